#include "connection.h"
#include "key_following.h"
#include "secret.h"

bool key_following_is_lost(const struct db *db, const struct known_key *known)
{
	return secret_keys_lost(
		db->keys, (enum secret_key_kind)known->kind, (uint16_t)known->number);
}

static bool is_in_use(
	const struct db *db, const struct known_key *known, enum secret_key_kind kind)
{
	return known->kind == (int32_t)kind && known->used_us != 0 && !known->is_retired &&
		!key_following_is_lost(db, known);
}

uint16_t key_following_in_use(const struct db *db, const struct known_key *known, size_t n,
	enum secret_key_kind kind)
{
	int32_t number = 0;

	for (size_t i = 0; i < n; i++)
		if (is_in_use(db, &known[i], kind) && known[i].number > number)
			number = known[i].number;
	return (uint16_t)number;
}

static bool is_replacing(const struct db *db, const struct known_key *known)
{
	return known->kind == SECRET_KEY_LOOKUP && !known->is_retired &&
		(known->step == LOOKUP_STEP_HASHED || known->step == LOOKUP_STEP_USED) &&
		!key_following_is_lost(db, known);
}

/* Keys are in the order of their numbers: of the look-up key that replaces another one and that
 * other one, the first is in use before the second. */
static void follow_lookup(const struct db *db, const struct known_key *known, size_t n)
{
	uint16_t before = 0, next = 0;

	for (size_t i = 0; i < n && next == 0; i++) {
		if (is_replacing(db, &known[i]))
			next = (uint16_t)known[i].number;
		else if (is_in_use(db, &known[i], SECRET_KEY_LOOKUP))
			before = (uint16_t)known[i].number;
	}
	if (before == 0 || next == 0)
		secret_keys_replace(db->keys, 0, 0);
	else
		secret_keys_replace(db->keys,
			next == secret_key_number(db->keys, SECRET_KEY_LOOKUP) ? before : next,
			next);
}

void key_following_follow(const struct db *db, const struct known_key *known, size_t n)
{
	for (int kind = 0; kind < SECRET_KEY_KINDS; kind++)
		secret_keys_use(db->keys, (enum secret_key_kind)kind,
			key_following_in_use(db, known, n, (enum secret_key_kind)kind));
	follow_lookup(db, known, n);
}

int32_t key_following_last_step(const struct known_key *known, size_t n)
{
	int32_t last = 0;

	for (size_t i = 0; i < n; i++) {
		const int32_t progress = LOOKUP_PROGRESS(known[i].number, known[i].step);

		if (known[i].kind == SECRET_KEY_LOOKUP && progress > last &&
			(known[i].used_us != 0 || known[i].step != LOOKUP_STEP_NONE))
			last = progress;
	}
	return last;
}
