#include <limits.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "job_lease.h"
#include "stmt.h"
#include "str.h"

#define LEASE "INTERVAL 1 MINUTE"
/* What lies further ahead was written while the clock was ahead, and holds no longer. The clocks of
 * a cluster's nodes differ by less. */
#define AHEAD_MINUTES 5
#define AHEAD "UTC_TIMESTAMP(6) + INTERVAL " STMT_NUMBER(AHEAD_MINUTES) " MINUTE"

struct lease {
	struct job_state state;
	int64_t until_us;
	bool is_forced;
	int32_t wait_s;
};

#define ROW(member, type) COLUMN(struct lease, member, type)

enum { READ, READ_ALL, ADD, TAKE, RENEW, END, FAIL, MAKE_DUE };

static const struct stmt statements[] = {
	[READ] =
		{
			.text = "SELECT holder, expires_at, due_at, ended_at, failed_at, "
				"COALESCE(n_rows, 0), now "
				"FROM (SELECT UTC_TIMESTAMP(6) AS now) clock "
				"LEFT JOIN job_lease ON name = ?",
			.params = COLUMNS(ROW(state.name, STR)),
			.columns = COLUMNS(ROW(state.holder, STR), ROW(until_us, TIME),
				ROW(state.due_us, TIME), ROW(state.ended_us, TIME),
				ROW(state.failed_us, TIME), ROW(state.n_rows, INT64),
				ROW(state.now_us, TIME)),
		},
	[READ_ALL] = {
		.text = "SELECT name, holder, expires_at, due_at, ended_at, failed_at, "
			"COALESCE(n_rows, 0), UTC_TIMESTAMP(6) FROM job_lease LIMIT 100",
		.columns = COLUMNS(ROW(state.name, STR), ROW(state.holder, STR),
			ROW(until_us, TIME), ROW(state.due_us, TIME), ROW(state.ended_us, TIME),
			ROW(state.failed_us, TIME), ROW(state.n_rows, INT64),
			ROW(state.now_us, TIME)),
		.row_size = sizeof(struct lease),
	},
	[ADD] =
		{
			.text = "INSERT IGNORE INTO job_lease (name, holder, expires_at) "
				"VALUES (?, '', UTC_TIMESTAMP(6))",
			.params = COLUMNS(ROW(state.name, STR)),
		},
	[TAKE] =
		{
			.text = "UPDATE job_lease SET holder = ?, expires_at = UTC_TIMESTAMP(6) "
				"+ " LEASE " WHERE name = ? "
				"AND (expires_at <= UTC_TIMESTAMP(6) OR expires_at > " AHEAD ") "
				"AND (? OR COALESCE(due_at <= UTC_TIMESTAMP(6), TRUE) "
				"OR ended_at > " AHEAD " OR failed_at > " AHEAD ")",
			.params = COLUMNS(
				ROW(state.holder, STR), ROW(state.name, STR), ROW(is_forced, BOOL)),
		},
	[RENEW] =
		{
			.text = "UPDATE job_lease SET expires_at = UTC_TIMESTAMP(6) + " LEASE
				" WHERE name = ? AND holder = ? AND expires_at > UTC_TIMESTAMP(6)",
			.params = COLUMNS(ROW(state.name, STR), ROW(state.holder, STR)),
		},
	[END] =
		{
			.text = "UPDATE job_lease SET holder = '', expires_at = UTC_TIMESTAMP(6), "
				"due_at = UTC_TIMESTAMP(6) + INTERVAL ? SECOND, "
				"ended_at = UTC_TIMESTAMP(6), n_rows = ?, failed_at = NULL "
				"WHERE name = ? AND holder = ?",
			.params = COLUMNS(ROW(wait_s, INT32), ROW(state.n_rows, INT64),
				ROW(state.name, STR), ROW(state.holder, STR)),
		},
	[MAKE_DUE] =
		{
			.text = "UPDATE job_lease SET due_at = UTC_TIMESTAMP(6) WHERE name = ?",
			.user = DB_USER_ADMIN,
			.params = COLUMNS(ROW(state.name, STR)),
		},
	[FAIL] =
		{
			.text = "UPDATE job_lease SET holder = '', expires_at = UTC_TIMESTAMP(6), "
				"due_at = UTC_TIMESTAMP(6) + INTERVAL ? SECOND, "
				"failed_at = UTC_TIMESTAMP(6) WHERE name = ? AND holder = ?",
			.params = COLUMNS(
				ROW(wait_s, INT32), ROW(state.name, STR), ROW(state.holder, STR)),
		},
};

const struct stmt_table job_lease_statements = STMT_TABLE(statements);

/* Of a job that was never taken, which has no row. */
static const struct lease never_taken = {.state.holder = ""};

/* With this process as its holder. */
static struct lease lease_of(struct db *db, const char *name)
{
	char host[HOST_NAME_MAX + 1] = "";

	gethostname(host, sizeof(host) - 1);
	return (struct lease){
		.state.name = name,
		.state.holder = arena_printf(db->arena, "%s %d", host, (int)getpid()),
	};
}

enum err job_lease_take(struct db *db, const char *name, bool is_forced)
{
	struct lease lease = lease_of(db, name);
	enum err err = stmt_write(db, &statements[ADD], &lease);

	lease.is_forced = is_forced;
	return err != ERR_NONE ? err : stmt_change(db, &statements[TAKE], &lease, ERR_ABSENT);
}

enum err job_lease_renew(struct db *db, const char *name)
{
	const struct lease lease = lease_of(db, name);

	return stmt_change(db, &statements[RENEW], &lease, ERR_ABSENT);
}

void job_lease_end(struct db *db, const char *name, int64_t n_rows, int32_t wait_s)
{
	struct lease lease = lease_of(db, name);

	lease.wait_s = wait_s;
	lease.state.n_rows = n_rows;
	stmt_write(db, &statements[END], &lease);
}

void job_lease_fail(struct db *db, const char *name, int32_t wait_s)
{
	struct lease lease = lease_of(db, name);

	lease.wait_s = wait_s;
	stmt_write(db, &statements[FAIL], &lease);
}

enum err job_lease_make_due(struct db *db, const char *name)
{
	const struct lease lease = {.state.name = name};

	return stmt_write(db, &statements[MAKE_DUE], &lease);
}

static bool is_ahead(const struct job_state *state, int64_t at_us)
{
	return at_us > state->now_us + AHEAD_MINUTES * 60 * CLOCK_SECOND_US;
}

/* Sets of the state what the row says. */
static void lease_show(const struct lease *lease, struct job_state *state)
{
	const struct job_state job = *state;

	*state = lease->state;
	state->name = job.name;
	state->does = job.does;
	if (lease->until_us <= lease->state.now_us || is_ahead(&lease->state, lease->until_us))
		state->holder = "";
}

enum err job_lease_read(struct db *db, struct job_state *state)
{
	struct lease lease = {.state.name = state->name};
	enum err err = stmt_need(db, &statements[READ], &lease, &lease, ERR_INTERNAL);

	if (err == ERR_NONE)
		lease_show(&lease, state);
	return err;
}

enum err job_lease_read_all(struct db *db, struct job_state *states, size_t n_states)
{
	const struct lease *leases;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[READ_ALL], NULL, &rows, &n);

	if (err != ERR_NONE)
		return err;
	leases = rows;
	for (size_t i = 0; i < n_states; i++) {
		lease_show(&never_taken, &states[i]);
		for (size_t at = 0; at < n; at++)
			if (strcmp(leases[at].state.name, states[i].name) == 0)
				lease_show(&leases[at], &states[i]);
	}
	return ERR_NONE;
}

bool job_lease_is_free(const struct job_state *state)
{
	return str_is_empty(state->holder);
}

bool job_lease_is_due(const struct job_state *state)
{
	return state->due_us <= state->now_us || is_ahead(state, state->ended_us) ||
		is_ahead(state, state->failed_us);
}
