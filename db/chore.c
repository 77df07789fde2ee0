#include <unistd.h>

#include "arena.h"
#include "chore.h"
#include "clock.h"
#include "login.h"
#include "push_event.h"
#include "secret.h"
#include "stmt.h"
#include "token.h"
#include "verify_code.h"

#define PERIOD_US (60 * CLOCK_SECOND_US)

struct lease {
	const char *name, *holder;
};

enum { TAKE };

static const struct stmt statements[] = {
	[TAKE] = {
		.text = "UPDATE job_lease SET holder = ?, "
			"expires_at = UTC_TIMESTAMP(6) + INTERVAL 55 SECOND "
			"WHERE name = ? AND expires_at <= UTC_TIMESTAMP(6)",
		.params = COLUMNS(
			COLUMN(struct lease, holder, STR), COLUMN(struct lease, name, STR)),
	},
};

const struct stmt_table chore_statements = STMT_TABLE(statements);

static bool take_lease(struct db *db, const char *name)
{
	struct lease lease = {.name = name};
	char host[65] = "";

	gethostname(host, sizeof(host) - 1);
	lease.holder = arena_printf(db->arena, "%s %d", host, (int)getpid());
	return stmt_run(db, &statements[TAKE], &lease) == 1;
}

/* Not all workers in the same second. */
static int64_t next_due_us(void)
{
	uint32_t chance;

	secret_random(&chance, sizeof(chance));
	return clock_monotonic_us() + PERIOD_US + chance % (PERIOD_US / 4);
}

/* Each removes a bounded number of rows, which it returns. */
static const struct {
	const char *lease;
	int (*run)(struct db *db);
} purges[] = {
	{"login_claim", login_purge},
	{"access_token", token_purge},
	{"push_event", push_event_purge},
	{"verify_code", verify_code_purge},
};

void chore_run(struct db *db)
{
	if (clock_monotonic_us() < db->chore_due_us)
		return;
	db->chore_due_us = next_due_us();
	for (size_t i = 0; i < sizeof(purges) / sizeof(purges[0]); i++) {
		if (take_lease(db, purges[i].lease)) {
			while (purges[i].run(db) > 0)
				;
		}
	}
	db_end_request(db);
}
