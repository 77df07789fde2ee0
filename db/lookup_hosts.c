#include "arena.h"
#include "conn.h"
#include "key_following.h"
#include "key_host.h"
#include "lookup_hosts.h"

struct host_search {
	struct db *db;
	int32_t number, step; /* of the new key */
	const char *reason;   /* NULL: all hosts follow */
};

static const char *why_host_is_behind(const struct host_search *search, const struct key_host *host)
{
	struct db *db = search->db;

	if (!host->has_steps)
		return arena_printf(db->arena,
			"the service of host %s is of an older release, or was in the last "
			"10 minutes",
			host->name);
	if (host->lookup < search->number)
		return arena_printf(db->arena,
			"the service of host %s has not got key %d: copy %s there, and run "
			"\"wxuserctl reload\" there; its workers tell within a minute that they "
			"have it",
			host->name, search->number, secret_key_path(db->conf, SECRET_KEY_LOOKUP));
	if (!host->is_settled ||
		(search->step != LOOKUP_STEP_NONE &&
			host->followed < LOOKUP_PROGRESS(search->number, search->step)))
		return arena_printf(db->arena,
			"all processes of the service of host %s take a minute to follow",
			host->name);
	return NULL;
}

static void note_old(void *ctx, const struct key_host *host)
{
	struct host_search *search = ctx;

	if (!host->has_steps)
		search->reason = why_host_is_behind(search, host);
}

enum err lookup_hosts_may_add(struct db *db, const char **reason_r)
{
	struct host_search search = {.db = db};
	enum err err = key_host_each(db, note_old, &search);

	*reason_r = search.reason;
	return err == ERR_NONE && search.reason != NULL ? ERR_PARAMETER : err;
}

static void note_behind(void *ctx, const struct key_host *host)
{
	struct host_search *search = ctx;

	if (search->reason == NULL)
		search->reason = why_host_is_behind(search, host);
}

enum err lookup_hosts_find_behind(
	struct db *db, int32_t number, int32_t step, const char **reason_r)
{
	struct host_search search = {.db = db, .number = number, .step = step};
	enum err err = key_host_each(db, note_behind, &search);

	*reason_r = search.reason;
	return err;
}
