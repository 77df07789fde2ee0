#include <limits.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "crypto.h"
#include "key_check.h"
#include "key_host.h"
#include "log.h"
#include "stmt.h"

#define LOOK_S 60
#define LOOK_US (LOOK_S * CLOCK_SECOND_US)
/* A worker logs a missing key once a second. It is there again once the database is another one. */
#define REFUSED_US CLOCK_SECOND_US

struct key_host_row {
	struct key_host host;
	int32_t settle_s; /* how long a process may go on with the files of before */
};

#define ROW(member, type) COLUMN(struct key_host_row, member, type)
#define KEYS                                                                                    \
	ROW(host.sealing, INT32), ROW(host.lookup, INT32), ROW(host.audit, INT32),              \
		ROW(host.followed, INT32)
#define IS_SAME                                                                                 \
	"sealing = VALUES(sealing) AND lookup = VALUES(lookup) AND audit = VALUES(audit) "      \
	"AND followed = VALUES(followed)"

enum { NOTE, LIST };

static const struct stmt statements[] = {
	/* Assigned from left to right: since sees the old numbers, settle_s the new since. Until
	 * the processes of before have ended, it is as long as theirs. */
	[NOTE] = {
		.text = "INSERT INTO key_host (host, has_steps, sealing, lookup, audit, followed, "
			"settle_s, since, seen_at) "
			"VALUES (?, TRUE, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)) "
			"ON DUPLICATE KEY UPDATE since = IF(" IS_SAME ", since, VALUES(since)), "
			"settle_s = IF(since <= VALUES(since) - INTERVAL settle_s SECOND, "
			"VALUES(settle_s), GREATEST(settle_s, VALUES(settle_s))), "
			"seen_at = IF(" IS_SAME " AND seen_at > VALUES(seen_at) - "
			"INTERVAL 30 SECOND, seen_at, VALUES(seen_at)), "
			"sealing = VALUES(sealing), lookup = VALUES(lookup), "
			"audit = VALUES(audit), followed = VALUES(followed)",
		.params = COLUMNS(ROW(host.name, STR), KEYS, ROW(settle_s, INT32)),
	},
	[LIST] = {
		.text = "SELECT host, sealing, lookup, audit, followed, has_steps, "
			"since <= UTC_TIMESTAMP(6) - INTERVAL GREATEST(settle_s, ?) SECOND "
			"FROM key_host "
			"WHERE seen_at > UTC_TIMESTAMP(6) - INTERVAL 10 MINUTE "
			"ORDER BY host, has_steps LIMIT 1000",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(settle_s, INT32)),
		.columns = COLUMNS(ROW(host.name, STR), KEYS, ROW(host.has_steps, BOOL),
			ROW(host.is_settled, BOOL)),
		.row_size = sizeof(struct key_host_row),
	},
};

const struct stmt_table key_host_statements = STMT_TABLE(statements);

static void key_host_note(struct db *db, int32_t followed)
{
	char name[HOST_NAME_MAX + 1] = "";
	struct key_host_row row = {
		.host.sealing = secret_key_newest(db->keys, SECRET_KEY_SEALING),
		.host.lookup = secret_key_newest(db->keys, SECRET_KEY_LOOKUP),
		.host.audit = secret_key_newest(db->keys, SECRET_KEY_AUDIT),
		.host.followed = followed,
		.settle_s = key_host_settle_s(db->conf),
	};

	/* A machine may have two installations. */
	gethostname(name, sizeof(name) - 1);
	row.host.name =
		arena_printf(db->arena, "%.64s %.180s", name, db->conf->server_state_directory);
	stmt_write_spare(db, &statements[NOTE], &row);
}

/* A random part keeps workers from looking in the same second. */
static int64_t key_host_next_us(void)
{
	uint32_t chance;

	crypto_random(&chance, sizeof(chance));
	return clock_boot_us() + LOOK_US - chance % (LOOK_US / 4);
}

/* What it has learned is as old as the moment before it asked. */
static enum err key_host_look(struct db *db, struct key_looks *looks, int32_t *followed_r)
{
	const int64_t now_us = clock_boot_us();
	const char *problem;
	enum err err = key_check_follow(db, followed_r, &problem);

	if (err == ERR_PARAMETER)
		log_error("keys: %s", problem);
	if (err == ERR_NONE)
		*looks = (struct key_looks){.next_us = looks->next_us, .known_us = now_us};
	else if (err != ERR_BUSY)
		*looks = (struct key_looks){.next_us = looks->next_us, .refused_us = now_us};
	return err == ERR_PARAMETER ? ERR_INTERNAL : err;
}

enum err key_host_need(struct db *db, struct key_looks *looks)
{
	const int64_t now_us = clock_boot_us();
	int32_t followed;
	enum err err;
	bool is_first;

	if (looks->known_us != 0 && now_us - looks->known_us < LOOK_US)
		return ERR_NONE;
	if (looks->refused_us != 0 && now_us - looks->refused_us < REFUSED_US)
		return ERR_INTERNAL;
	is_first = looks->known_us == 0;
	err = key_host_look(db, looks, &followed);
	if (err == ERR_NONE && is_first)
		key_host_note(db, followed);
	return err;
}

void key_host_follow(struct db *db, struct key_looks *looks)
{
	int32_t followed;

	if (clock_boot_us() < looks->next_us)
		return;
	if (looks->next_us != 0) {
		if (key_host_look(db, looks, &followed) == ERR_NONE)
			key_host_note(db, followed);
		db_end_request(db);
	}
	looks->next_us = key_host_next_us();
}

/* A process that has older files ends with the drain of a reload, or, if the reload fails, notes
 * them at its next look. A request goes on with the keys that were in use when it began. */
int32_t key_host_settle_s(const struct conf *conf)
{
	const int32_t drain_s = (int32_t)(conf->server_drain_timeout_ms / 1000);
	const int32_t request_s = (int32_t)(conf->server_request_deadline_ms / 1000);

	return (drain_s > LOOK_S + request_s ? drain_s : LOOK_S + request_s) + 5;
}

enum err key_host_each(
	struct db *db, void (*host)(void *ctx, const struct key_host *host), void *ctx)
{
	const struct key_host_row key = {.settle_s = key_host_settle_s(db->conf)};
	const struct key_host_row *hosts;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[LIST], &key, &rows, &n);

	if (err != ERR_NONE)
		return err;
	hosts = rows;
	for (size_t i = 0; i < n; i++)
		host(ctx, &hosts[i].host);
	return ERR_NONE;
}
