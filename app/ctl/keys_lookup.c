#include <inttypes.h>
#include <string.h>

#include "command.h"
#include "conf.h"
#include "db.h"
#include "key_following.h"
#include "keys_lookup.h"
#include "lookup_rotation.h"
#include "secret_keys.h"

void keys_lookup_print_wait(void *ctx, const struct migration_holder *holder)
{
	char since[CTL_INSTANT_SIZE];

	(void)ctx;
	fprintf(stderr, "waits for %s, which rotates since %s (UTC+8)\n", holder->name,
		ctl_instant(holder->since_us, since));
}

#define LOOKUP_ROWS_TOLD 100000

/* What a rotation of the look-up key has told. */
struct lookup_show {
	char told[512]; /* what it waits for */
	int32_t step;
	int64_t n_told; /* rows */
};

static void print_wait_for(void *ctx, const char *reason)
{
	struct lookup_show *show = ctx;

	if (strncmp(show->told, reason, sizeof(show->told) - 1) != 0)
		fprintf(stderr, "waits: %s\n", reason);
	snprintf(show->told, sizeof(show->told), "%s", reason);
}

static void show_rows(void *ctx, int32_t step, int64_t n_rows)
{
	struct lookup_show *show = ctx;

	if (show->step == step && n_rows < show->n_told + LOOKUP_ROWS_TOLD)
		return;
	if (step == LOOKUP_STEP_NONE)
		fprintf(stderr, "%" PRId64 " rows were read\n", n_rows);
	else
		fprintf(stderr, "step %d of 3: %" PRId64 " rows\n", step, n_rows);
	show->step = step;
	show->n_told = n_rows;
}

/* What keeps both keys in use. */
static void tell_left(const struct lookup_rotation *rotation)
{
	if (rotation->n_left > 0)
		fprintf(stderr,
			"%" PRId64 " persons have confirmed a phone that no user, resident or "
			"member has any more, so that it cannot be hashed with key %d. It counts "
			"until they confirm a phone anew, or for the days of "
			"phone_confirmation_days.\n",
			rotation->n_left, rotation->number);
	if (rotation->n_closed > 0)
		fprintf(stderr,
			"%" PRId64 " phones or identity numbers that no key opens may be hashed "
			"with the old key. Which these are, and what to do, tells: wxuserctl keys "
			"verify\n",
			rotation->n_closed);
}

static int fail_as_not_over(const struct lookup_rotation *rotation)
{
	const int64_t n = rotation->n_left + rotation->n_closed;

	tell_left(rotation);
	if (rotation->n_give_up_most > 0)
		return ctl_fail("%" PRId64 " is less than the %" PRId64 " that are left, so that "
				"nothing was given up and both keys stay in use. What it means to "
				"give them up tells: wxuserctl keys rotate lookup --dry-run",
			rotation->n_give_up_most, n);
	return ctl_fail("both keys stay in use because of these; run this again later. How to "
			"end without them tells: wxuserctl keys rotate lookup --dry-run");
}

/* What it means to give up what is left. */
static int tell_of_giving_up(const struct lookup_rotation *rotation)
{
	tell_left(rotation);
	if (lookup_rotation_is_over(rotation)) {
		puts("Nothing would be given up; to go on, run: wxuserctl keys rotate lookup");
		return EXIT_SUCCESS;
	}
	puts("If they are given up, these persons are not found by that phone any more, as if "
	     "they\n"
	     "had never confirmed it: not by POST /v1/users/find, and they cannot take a card of\n"
	     "it. Their accounts, logins, profiles and cards stay, and they may confirm the phone\n"
	     "anew. A card whose phone no key opens is not found by it any more, and an import or "
	     "its\n"
	     "person makes another card. None of this can be taken back.");
	printf("To give them up: wxuserctl keys rotate lookup --give-up %" PRId64 "\n",
		rotation->n_left + rotation->n_closed);
	return EXIT_SUCCESS;
}

static int fail_as_stuck(const struct lookup_rotation *rotation)
{
	const struct lookup_hash *stuck = &rotation->stuck;

	return ctl_fail("%" PRId64 " hashes could not be made anew, since another %s of the tenant "
			"has the phone, as that of %s %" PRId64 " of tenant %d. Nobody is found "
			"by them. Compare both by \"wxuserctl members export --tenant %d\"",
		rotation->n_stuck, stuck->table, stuck->table, stuck->id, stuck->tenant_id,
		stuck->tenant_id);
}

static int tell_end(struct ctl *ctl, const struct lookup_rotation *rotation)
{
	if (rotation->n_given_up > 0)
		printf("%" PRId64 " were given up.\n", rotation->n_given_up);
	if (rotation->n_repaired > 0)
		printf("%" PRId64 " hashes of other keys were made anew.\n",
			rotation->n_repaired);
	if (rotation->n_closed > 0)
		fprintf(stderr,
			"%" PRId64 " phones or identity numbers open with no key. Which these are, "
			"and what to do, tells: wxuserctl keys verify\n",
			rotation->n_closed);
	printf("Key %d of %s is in use, and nothing is looked up with an older one.\n",
		rotation->number, secret_key_path(ctl->conf, SECRET_KEY_LOOKUP));
	if (rotation->n_stuck > 0)
		return fail_as_stuck(rotation);
	if (secret_key_newest(ctl->keys, SECRET_KEY_LOOKUP) != rotation->number)
		printf("Key %d is not in use yet; to go on with it, run: wxuserctl keys rotate "
		       "lookup\n",
			secret_key_newest(ctl->keys, SECRET_KEY_LOOKUP));
	return EXIT_SUCCESS;
}

int keys_lookup_rotate(struct ctl *ctl, int32_t give_up_most, bool is_dry_run)
{
	struct lookup_show show = {0};
	struct lookup_rotation rotation = {
		.wait = keys_lookup_print_wait,
		.wait_for = print_wait_for,
		.progress = show_rows,
		.ctx = &show,
		.n_give_up_most = give_up_most,
		.is_dry_run = is_dry_run,
		.reason = "",
	};
	const enum err err = lookup_rotation_run(ctl->db, &rotation);

	if (err != ERR_NONE)
		return ctl_status(err, rotation.reason);
	if (rotation.is_dry_run)
		return tell_of_giving_up(&rotation);
	return lookup_rotation_is_over(&rotation) ? tell_end(ctl, &rotation)
						  : fail_as_not_over(&rotation);
}
