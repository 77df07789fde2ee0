#include "arena.h"
#include "conn.h"
#include "phone_attempt.h"
#include "principal.h"
#include "setting.h"
#include "transaction.h"

#define DAY_S (24 * 60 * 60)
#define N_OF_PERSON 5
#define N_SHARED_SLOTS 16

static struct slot_limit limit_of_person(const char *kind, const char *account)
{
	return (struct slot_limit){
		.kind = kind,
		.subject = account,
		.n_slots = N_OF_PERSON,
		.n_most = N_OF_PERSON,
		.window_s = DAY_S,
	};
}

static struct slot_limit limit_of_tenant(int32_t n_most)
{
	return (struct slot_limit){
		.kind = "tenant_numbers",
		.subject = "all",
		.n_slots = N_SHARED_SLOTS,
		.n_most = n_most,
		.window_s = DAY_S,
	};
}

bool phone_attempt_is_near(int32_t n_taken, int32_t n_most)
{
	return 5 * (int64_t)n_taken >= 4 * (int64_t)n_most;
}

/* Lets one a day through. */
static enum err phone_attempt_warn(struct db *db, struct phone_attempt *attempt)
{
	const struct slot_limit *of_tenant = &attempt->limits[PHONE_ATTEMPT_OF_TENANT];
	struct slot_limit once = {
		.kind = "numbers_warned", .subject = "all", .n_slots = 1, .n_most = 1,
		.window_s = DAY_S,
	};
	int32_t wait_s;
	enum err err = ERR_RATE;

	if (phone_attempt_is_near(of_tenant->n_taken, of_tenant->n_most))
		err = slot_limit_take(db, attempt->tenant_id, &once, 1, &wait_s);
	attempt->is_warning = err == ERR_NONE;
	return err == ERR_RATE ? ERR_NONE : err;
}

static enum err phone_attempt_take(struct db *db, void *ctx)
{
	struct phone_attempt *attempt = ctx;
	enum err err = slot_limit_take(db, attempt->tenant_id, attempt->limits, PHONE_ATTEMPT_N,
		&attempt->wait_s);

	return err == ERR_NONE ? phone_attempt_warn(db, attempt) : err;
}

enum err phone_attempt_begin(
	struct db *db, const struct principal *person, struct phone_attempt *attempt_r)
{
	const int32_t tenant_id = person->tenant_id;
	char *account = arena_alloc(db->arena, UUID_TEXT_SIZE);
	int32_t n_most;
	enum err err = setting_int(db, tenant_id, SETTING_phone_numbers_per_day, &n_most);

	if (err != ERR_NONE)
		return err;
	uuid_format(person->account_id, account);
	*attempt_r = (struct phone_attempt){.tenant_id = tenant_id};
	attempt_r->limits[PHONE_ATTEMPT_FAILURES] =
		limit_of_person("person_failures", account);
	attempt_r->limits[PHONE_ATTEMPT_NUMBERS] =
		limit_of_person("person_numbers", account);
	attempt_r->limits[PHONE_ATTEMPT_OF_TENANT] = limit_of_tenant(n_most);
	return transaction_run(db, phone_attempt_take, attempt_r);
}

enum err phone_attempt_end(
	struct db *db, const struct phone_attempt *attempt, bool has_number, bool has_bad_code)
{
	enum err err = ERR_NONE;

	for (int i = 0; i < PHONE_ATTEMPT_N && err == ERR_NONE; i++)
		if (!(i == PHONE_ATTEMPT_FAILURES ? has_bad_code : has_number))
			err = slot_limit_give_back(db, attempt->tenant_id, &attempt->limits[i]);
	return err;
}

enum err phone_attempt_count(
	struct db *db, int32_t tenant_id, int32_t *n_taken_r, int32_t *n_most_r)
{
	struct slot_limit limit;
	enum err err = setting_int(db, tenant_id, SETTING_phone_numbers_per_day, n_most_r);

	if (err != ERR_NONE)
		return err;
	limit = limit_of_tenant(*n_most_r);
	return slot_limit_look(db, tenant_id, &limit, n_taken_r);
}
