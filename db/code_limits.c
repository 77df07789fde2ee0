#include "arena.h"
#include "code_limits.h"
#include "confirmed_phone.h"
#include "conn.h"
#include "principal.h"
#include "setting.h"

#define HOUR_S 3600
#define DAY_S (24 * HOUR_S)
#define N_SHARED_SLOTS 16

/* What the tenant has set. */
struct code_settings {
	int32_t n_of_tenant, reserve_percent, n_of_app, n_of_key;
};

/* Adds a limit with a slot for each message. */
static void limit_exactly(struct code_limits *limits, const char *kind, const char *subject,
	int32_t n_messages, int32_t window_s)
{
	limits->items[limits->n_items++] = (struct slot_limit){
		.kind = kind,
		.subject = subject,
		.n_slots = n_messages,
		.n_most = n_messages,
		.window_s = window_s,
	};
}

/* Adds a limit with few slots, which many requests use at once. */
static void limit_shared(struct code_limits *limits, const char *kind, const char *subject,
	int32_t n_messages, int32_t window_s)
{
	limit_exactly(limits, kind, subject, n_messages, window_s);
	limits->items[limits->n_items - 1].n_slots = N_SHARED_SLOTS;
}

/* One code of a phone's is kept for the account that has confirmed it. */
static void limit_phone(
	struct code_limits *limits, const struct code_requester *requester, struct uuid holder)
{
	const bool is_kept = !uuid_is_nil(holder) && !uuid_is_equal(holder, requester->account_id);

	limit_exactly(limits, "phone_hour", requester->phone, 5 - is_kept, HOUR_S);
	limit_exactly(limits, "phone_day", requester->phone, 10 - is_kept, DAY_S);
}

static void limit_owner(
	struct db *db, struct code_limits *limits, const struct code_requester *requester)
{
	const char *owner = requester->owner;

	limit_exactly(limits, "owner_phone_hour",
		arena_printf(db->arena, "%s %s", owner, requester->phone), 3, HOUR_S);
	limit_exactly(limits, "owner_phones_day", owner, 10, DAY_S);
	limits->items[limits->n_items - 1].is_of_new = true;
	limit_exactly(limits, "owner_hour", owner, 5, HOUR_S);
}

static void limit_source(struct code_limits *limits, const struct code_requester *requester,
	const struct code_settings *settings)
{
	if (!principal_is_person(requester->principal))
		limit_shared(
			limits, "key_day", requester->principal->name, settings->n_of_key, DAY_S);
	else if (requester->address != NULL)
		limit_exactly(limits, "address_hour", requester->address, 20, HOUR_S);
}

static void limit_app(struct db *db, struct code_limits *limits,
	const struct code_requester *requester, const struct code_settings *settings)
{
	limit_shared(limits, "app_hour", arena_printf(db->arena, "%d", requester->app_id),
		settings->n_of_app, HOUR_S);
}

/* A share of the tenant's codes is kept for phones that somebody has confirmed. */
static void limit_tenant(
	struct code_limits *limits, struct uuid holder, const struct code_settings *settings)
{
	int32_t n_of_tenant = settings->n_of_tenant;

	if (uuid_is_nil(holder))
		n_of_tenant -= (int32_t)((int64_t)n_of_tenant * settings->reserve_percent / 100);
	limit_shared(limits, "tenant_day", "all", n_of_tenant, DAY_S);
}

static enum err code_limits_settings(
	struct db *db, int32_t tenant_id, struct code_settings *settings_r)
{
	enum err err = setting_int(db, tenant_id, SETTING_sms_per_day, &settings_r->n_of_tenant);

	if (err == ERR_NONE)
		err = setting_int(
			db, tenant_id, SETTING_sms_reserve_percent, &settings_r->reserve_percent);
	if (err == ERR_NONE)
		err = setting_int(
			db, tenant_id, SETTING_sms_per_app_and_hour, &settings_r->n_of_app);
	if (err == ERR_NONE)
		err = setting_int(
			db, tenant_id, SETTING_sms_per_key_and_day, &settings_r->n_of_key);
	return err;
}

/* The narrowest limit is the first, so that requests for one phone wait for each other there,
 * before they lock what other requests need. */
enum err code_limits_find(
	struct db *db, const struct code_requester *requester, struct code_limits *limits_r)
{
	struct code_settings settings;
	struct uuid holder;
	enum err err = code_limits_settings(db, requester->tenant_id, &settings);

	if (err == ERR_NONE)
		err = confirmed_phone_find_holder(
			db, requester->tenant_id, requester->phone, &holder);
	if (err != ERR_NONE)
		return err;
	limits_r->n_items = 0;
	limit_exactly(limits_r, CODE_LIMIT_RESEND, requester->phone, 1, CODE_LIMIT_RESEND_S);
	limit_phone(limits_r, requester, holder);
	limits_r->n_of_phone = limits_r->n_items;
	limit_owner(db, limits_r, requester);
	limit_source(limits_r, requester, &settings);
	limit_app(db, limits_r, requester, &settings);
	limit_tenant(limits_r, holder, &settings);
	return ERR_NONE;
}

enum err code_limits_give_back(
	struct db *db, int32_t tenant_id, const struct code_limits *limits, size_t n)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < n && err == ERR_NONE; i++)
		err = slot_limit_give_back(db, tenant_id, &limits->items[i]);
	return err;
}
