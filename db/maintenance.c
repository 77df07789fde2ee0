#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "audit.h"
#include "clock.h"
#include "conf.h"
#include "maintenance.h"
#include "stmt.h"
#include "tenant.h"
#include "transaction.h"

#define FRESH_US 900000

struct maintenance_look {
	bool is_on;
	const char *disabled_tenants; /* NULL: none */
};

enum { FIND, LOOK, SET };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT is_on, changed_at, changed_by FROM maintenance WHERE id = 1",
		.user = DB_USER_ADMIN,
		.columns = COLUMNS(COLUMN(struct maintenance, is_on, BOOL),
			COLUMN(struct maintenance, changed_us, TIME),
			COLUMN(struct maintenance, changed_by, STR)),
	},
	/* What each worker asks once a second. */
	[LOOK] = {
		.text = "SELECT is_on, (SELECT GROUP_CONCAT(id) FROM tenant "
			"WHERE disabled_at IS NOT NULL) FROM maintenance WHERE id = 1",
		.columns = COLUMNS(COLUMN(struct maintenance_look, is_on, BOOL),
			COLUMN(struct maintenance_look, disabled_tenants, STR)),
	},
	[SET] = {
		.text = "UPDATE maintenance SET is_on = ?, changed_at = UTC_TIMESTAMP(6), "
			"changed_by = ? WHERE id = 1 AND is_on <> ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(COLUMN(struct maintenance, is_on, BOOL),
			COLUMN(struct maintenance, changed_by, STR),
			COLUMN(struct maintenance, is_on, BOOL)),
	},
};

const struct stmt_table maintenance_statements = STMT_TABLE(statements);

struct flag {
	char path[PATH_MAX];
};

static struct flag flag_of(const struct conf *conf)
{
	struct flag flag;

	snprintf(flag.path, sizeof(flag.path), "%s/maintenance", conf->server_state_directory);
	return flag;
}

bool maintenance_is_on_here(const struct conf *conf)
{
	const struct flag flag = flag_of(conf);

	return access(flag.path, F_OK) == 0;
}

int maintenance_set_here(const struct conf *conf, bool is_on)
{
	const struct flag flag = flag_of(conf);
	int fd;

	if (!is_on)
		return unlink(flag.path) < 0 && errno != ENOENT ? -1 : 0;
	fd = open(flag.path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	return fd < 0 ? -1 : close(fd);
}

enum err maintenance_find(struct db *db, struct maintenance *maintenance_r)
{
	enum err err;

	*maintenance_r = (struct maintenance){0};
	err = stmt_need(db, &statements[FIND], NULL, maintenance_r, ERR_ABSENT);
	return err == ERR_ABSENT ? ERR_NONE : err;
}

static struct audit_entry entry_of(bool is_on, const char *details)
{
	return (struct audit_entry){
		.tenant_id = AUDIT_INSTALLATION,
		.action = is_on ? "maintenance.on" : "maintenance.off",
		.subject = "maintenance",
		.details = details,
	};
}

/* The host is that of the entry's origin. */
enum err maintenance_note_here(struct db *db, bool is_on)
{
	const struct audit_entry entry = entry_of(is_on, "{\"is_everywhere\":false}");

	return audit_write_alone(db, &entry);
}

static enum err maintenance_write(struct db *db, void *ctx)
{
	const struct maintenance *maintenance = ctx;
	const struct audit_entry entry =
		entry_of(maintenance->is_on, "{\"is_everywhere\":true}");
	enum err err = stmt_write(db, &statements[SET], maintenance);

	return err == ERR_NONE && db->n_rows > 0 ? audit_write(db, &entry) : err;
}

enum err maintenance_set(struct db *db, bool is_on, const char *by)
{
	struct maintenance maintenance = {.is_on = is_on, .changed_by = by};

	return transaction_run(db, maintenance_write, &maintenance);
}

enum err maintenance_set_alone(struct db *db, bool is_on, const char *by)
{
	const struct maintenance maintenance = {.is_on = is_on, .changed_by = by};

	return stmt_write(db, &statements[SET], &maintenance);
}

/* Leaves both as they were if the database does not answer. The next request asks again if nothing
 * is known. */
static void maintenance_look(struct db *db, struct maintenance_watch *watch)
{
	struct maintenance_look look = {0};
	enum err err = stmt_need(db, &statements[LOOK], NULL, &look, ERR_ABSENT);

	if (err != ERR_NONE && err != ERR_ABSENT) {
		watch->seen_us = watch->is_known ? watch->seen_us : 0;
		return;
	}
	watch->is_known = true;
	watch->is_everywhere = look.is_on;
	tenant_keep_disabled(db, look.disabled_tenants);
}

bool maintenance_is_on(struct db *db, struct maintenance_watch *watch)
{
	int64_t now_us = clock_monotonic_us();

	if (watch->seen_us != 0 && now_us - watch->seen_us < FRESH_US)
		return watch->is_on;
	watch->seen_us = now_us;
	watch->is_on = maintenance_is_on_here(db->conf);
	if (watch->is_on)
		return true;
	maintenance_look(db, watch);
	watch->is_on = watch->is_everywhere;
	return watch->is_on;
}
