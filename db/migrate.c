#include <string.h>

#include "arena.h"
#include "conf.h"
#include "conn.h"
#include "migrate.h"
#include "migrate_hosts.h"
#include "migration_lock.h"
#include "migrations.h"
#include "session.h"
#include "stmt.h"
#include "str.h"

#define N_TRIES 10

struct version_row {
	int32_t version;
	const char *name;
	int32_t n_tables;
};

struct table_row {
	const char *name, *type, *engine, *collation, *columns;
};

struct foreign_row {
	const char *table, *name;
	const char *sql; /* the CREATE TABLE of a table that does not exist yet */
};

enum { HAS_TABLE, LATEST, APPLIED, TABLE, FOREIGN };

static const struct stmt statements[] = {
	[HAS_TABLE] = {
		.text = "SELECT COUNT(*) FROM information_schema.tables "
			"WHERE table_schema = DATABASE() AND table_name = 'schema_version'",
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(COLUMN(struct version_row, n_tables, INT32)),
	},
	[LATEST] = {
		.text = "SELECT MAX(version) FROM schema_version",
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(COLUMN(struct version_row, version, INT32)),
	},
	[APPLIED] = {
		/* One that was killed may have been about to store it, too. */
		.text = "INSERT IGNORE INTO schema_version (version, name, applied_at) "
			"VALUES (?, ?, UTC_TIMESTAMP(6))",
		.user = DB_USER_MIGRATION,
		.params = COLUMNS(COLUMN(struct version_row, version, INT32),
			COLUMN(struct version_row, name, STR)),
	},
	[TABLE] = {
		.text = "SELECT table_type, engine, table_collation, "
			"(SELECT GROUP_CONCAT(column_name) FROM information_schema.columns c "
			"WHERE c.table_schema = DATABASE() AND c.table_name = t.table_name) "
			"FROM information_schema.tables t "
			"WHERE table_schema = DATABASE() AND table_name = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(COLUMN(struct table_row, name, STR)),
		.columns = COLUMNS(COLUMN(struct table_row, type, STR),
			COLUMN(struct table_row, engine, STR),
			COLUMN(struct table_row, collation, STR),
			COLUMN(struct table_row, columns, STR)),
	},
	/* InnoDB allows the name of a foreign key once in a database. */
	[FOREIGN] = {
		.text = "SELECT table_name, constraint_name "
			"FROM information_schema.referential_constraints "
			"WHERE constraint_schema = DATABASE() AND table_name <> ? AND "
			"INSTR(?, CONCAT('CONSTRAINT ', constraint_name, ' FOREIGN KEY')) > 0 "
			"LIMIT 1",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(COLUMN(struct foreign_row, table, STR),
			COLUMN(struct foreign_row, sql, STR)),
		.columns = COLUMNS(COLUMN(struct foreign_row, table, STR),
			COLUMN(struct foreign_row, name, STR)),
	},
};

const struct stmt_table migrate_statements = STMT_TABLE(statements);

/* Finds the version of the schema; 0: there is none. */
static enum err migrate_read_version(struct db *db, int32_t *version_r)
{
	struct version_row row = {0};
	enum err err = stmt_need(db, &statements[HAS_TABLE], NULL, &row, ERR_INTERNAL);

	if (err == ERR_NONE && row.n_tables > 0)
		err = stmt_need(db, &statements[LATEST], NULL, &row, ERR_INTERNAL);
	*version_r = row.version;
	return err;
}

/* Returns the name in "CREATE TABLE IF NOT EXISTS name (…"; NULL for another statement. */
static const char *table_made_by(struct arena *arena, const char *sql)
{
	static const char begin[] = "CREATE TABLE IF NOT EXISTS ";

	if (!str_starts_with(sql, begin))
		return NULL;
	sql += sizeof(begin) - 1;
	return arena_strndup(arena, sql, strcspn(sql, " "));
}

/* Returns the first column of a CREATE TABLE that the table lacks; NULL: none. Each column begins a
 * line, in small letters. */
static const char *column_missing(struct arena *arena, const char *sql, const char *columns)
{
	for (const char *line = strchr(sql, '\n'); line != NULL; line = strchr(line + 1, '\n')) {
		const char *name = line + 1 + strspn(line + 1, " ");
		size_t size = strcspn(name, " ,\n");

		if (*name >= 'a' && *name <= 'z' && str_place_in(columns, ",", name, size) < 0)
			return arena_strndup(arena, name, size);
	}
	return NULL;
}

/* Returns why a table of that name is not the one that sql makes; NULL: it may be that. */
static const char *table_strangeness(
	struct arena *arena, const char *sql, const struct table_row *table)
{
	const char *column;

	if (strcmp(table->type, "VIEW") == 0 || strcmp(table->type, "SEQUENCE") == 0)
		return arena_printf(arena, "it is a %s", table->type);
	column = column_missing(arena, sql, table->columns);
	return column == NULL ? NULL : arena_printf(arena, "it has no column %s", column);
}

/* Finds out whether the name of a table that sql makes, or of one of its foreign keys, is taken. */
static enum err migrate_find_taken(struct db *db, const char *sql, const char **stranger_r)
{
	struct table_row table = {.name = table_made_by(db->arena, sql)};
	struct foreign_row foreign = {.table = table.name, .sql = sql};
	const char *why = NULL;
	enum err of_table = stmt_need(db, &statements[TABLE], &table, &table, ERR_ABSENT);
	enum err of_foreign =
		stmt_need(db, &statements[FOREIGN], &foreign, &foreign, ERR_ABSENT);

	if (of_foreign == ERR_NONE) {
		table.name = foreign.table;
		why = arena_printf(
			db->arena, "its foreign key %s is called as one of wxuser's", foreign.name);
	} else if (of_foreign != ERR_ABSENT) {
		return of_foreign;
	} else if (of_table == ERR_NONE) {
		why = table_strangeness(db->arena, sql, &table);
	}
	if (why != NULL)
		*stranger_r = arena_printf(db->arena,
			"table %s of the database %s is not wxuser's (%s); give wxuser a database "
			"of its own, see [database] name",
			table.name, db->conf->database_name, why);
	return of_table == ERR_ABSENT ? ERR_NONE : of_table;
}

/* Looks among the tables that the migration makes. */
static enum err migrate_find_stranger_in(
	struct db *db, const struct migration *migration, const char **stranger_r)
{
	enum err err = ERR_NONE;

	for (const char *const *sql = migration->statements; *sql != NULL && err == ERR_NONE; sql++)
		if (table_made_by(db->arena, *sql) != NULL)
			err = migrate_find_taken(db, *sql, stranger_r);
	return err;
}

enum err migrate_find_stranger(struct db *db, const char **stranger_r)
{
	int32_t version = 0;

	enum err err;

	*stranger_r = NULL;
	err = migrate_find_stranger_in(db, &migrations[0], stranger_r);
	if (err == ERR_NONE && *stranger_r == NULL)
		err = migrate_read_version(db, &version);
	for (size_t i = 1; i < n_migrations && err == ERR_NONE && *stranger_r == NULL; i++)
		if (migrations[i].version > version)
			err = migrate_find_stranger_in(db, &migrations[i], stranger_r);
	return err;
}

/* A run of migrate(). */
struct migrating {
	struct db *db;
	const struct migrate_report *report;
	struct migration_lock lock;
	bool has_lock;
	enum err lost; /* why the lock is no longer held */
};

static void migrate_keep_lock(void *ctx)
{
	struct migrating *migrating = ctx;

	if (migrating->has_lock && migrating->lost == ERR_NONE)
		migrating->lost = migration_lock_renew(&migrating->lock);
}

/* Nodes of a cluster undo one of two statements that meet. */
static enum err migrate_query(struct migrating *migrating, const char *sql)
{
	struct db *db = migrating->db;

	for (int n_tries = 1;; n_tries++) {
		migrate_keep_lock(migrating);
		if (migrating->lost != ERR_NONE)
			return migrating->lost;
		if (session_open(db) == 0 &&
			conn_query_slowly(db, sql, migrate_keep_lock, migrating) == 0)
			return ERR_NONE;
		if (db->error.kind != DB_ERROR_CONTENTION || n_tries == N_TRIES)
			return db_error_report(&db->error);
		conn_pause(db, n_tries);
	}
}

static enum err migrate_apply(struct migrating *migrating, const struct migration *migration)
{
	enum err err = ERR_NONE;

	for (const char *const *sql = migration->statements; *sql != NULL && err == ERR_NONE; sql++)
		err = migrate_query(migrating, *sql);
	return err;
}

/* Finds the version that others have left behind, perhaps on another node. */
static enum err migrate_apply_missing(struct migrating *migrating)
{
	const struct migrate_report *report = migrating->report;
	struct db *db = migrating->db;
	int32_t version;
	enum err err;

	db->caught_up_on = 0;
	conn_plan_catch_up(db);
	err = migrate_read_version(db, &version);
	for (size_t i = 1; i < n_migrations && err == ERR_NONE; i++) {
		const struct version_row row = {
			.version = migrations[i].version,
			.name = migrations[i].name,
		};

		if (row.version <= version)
			continue;
		if (report->progress != NULL)
			report->progress(report->ctx, row.name);
		err = migrate_apply(migrating, &migrations[i]);
		if (err == ERR_NONE)
			err = stmt_write(db, &statements[APPLIED], &row);
	}
	return err;
}

/* Creates the tables that this needs itself. */
static enum err migrate_prepare(struct migrating *migrating)
{
	enum err err = migrate_apply(migrating, &migrations[0]);

	for (size_t i = 1; i < n_migrations && err == ERR_NONE; i++)
		if (strstr(migrations[i].name, MIGRATION_LOCK_TABLE) != NULL)
			err = migrate_apply(migrating, &migrations[i]);
	return err;
}

static enum err migrate_locked(struct migrating *migrating)
{
	const struct migrate_report *report = migrating->report;
	enum err err = migrate_prepare(migrating);

	if (err == ERR_NONE)
		err = migration_lock_take(&migrating->lock, report->wait, report->ctx);
	if (err != ERR_NONE)
		return err;
	migrating->has_lock = true;
	err = migrate_apply_missing(migrating);
	migration_lock_release(&migrating->lock);
	return err;
}

enum err migrate(struct db *db, const struct migrate_report *report)
{
	struct migrating migrating = {.db = db, .report = report};
	int version, wanted;
	const char *stranger, *problem;
	enum err err;

	db->conn->creates_tables = true;
	err = migrate_find_stranger(db, &stranger);
	if (err != ERR_NONE || stranger != NULL)
		return err != ERR_NONE ? err : ERR_PARAMETER;
	err = migrate_check(db, &version, &wanted);
	if (err != ERR_PARAMETER)
		return err;
	migrate_hosts_find_problem(db, &problem);
	if (problem != NULL) {
		if (report->refuse != NULL)
			report->refuse(report->ctx, problem);
		return ERR_PARAMETER;
	}
	migrating.lock.db = db_new(db->conf, db->keys);
	migrating.lock.db->conn->login = db->conn->login;
	migrating.lock.db->conn->creates_tables = true;
	conn_set_no_timeout(migrating.lock.db->conn);
	conn_set_no_timeout(db->conn);
	err = migrate_locked(&migrating);
	db_free(migrating.lock.db);
	conn_close(db->conn);
	db->conn->no_timeout = db->conn->creates_tables = false;
	return err;
}

enum err migrate_check(struct db *db, int *version_r, int *wanted_r)
{
	int32_t version;
	enum err err = migrate_read_version(db, &version);

	*wanted_r = migrations_newest();
	*version_r = version;
	if (err != ERR_NONE)
		return err;
	return version == *wanted_r ? ERR_NONE : ERR_PARAMETER;
}

/* Returns what is wrong with a table that exists; NULL: nothing. */
static const char *table_problem(
	struct arena *arena, const char *sql, const struct table_row *table)
{
	const char *why = table_strangeness(arena, sql, table);

	if (why != NULL)
		return arena_printf(arena, "%s, so that it is not wxuser's; restore that from a "
					   "backup", why);
	if (strcmp(table->engine, "InnoDB") != 0)
		return arena_printf(arena,
			"its engine is %s; run in SQL: ALTER TABLE %s ENGINE = InnoDB",
			table->engine, table->name);
	if (strcmp(table->collation, "utf8mb4_nopad_bin") != 0 &&
		strcmp(table->collation, "ascii_nopad_bin") != 0)
		return arena_printf(arena, "its collation is %s; restore it from a backup",
			table->collation);
	return NULL;
}

/* Finds what is wrong with a table; NULL: nothing. */
static enum err migrate_check_table(
	struct db *db, const char *name, const char *sql, const char **problem_r)
{
	struct table_row table = {.name = name};
	enum err err = stmt_need(db, &statements[TABLE], &table, &table, ERR_ABSENT);

	*problem_r = "it is gone; restore it from a backup";
	if (err == ERR_NONE)
		*problem_r = table_problem(db->arena, sql, &table);
	return err == ERR_ABSENT ? ERR_NONE : err;
}

enum err migrate_check_tables(struct db *db,
	void (*problem)(void *ctx, const char *table, const char *what), void *ctx)
{
	const char *name, *what;
	enum err err;

	for (size_t i = 0; i < n_migrations; i++) {
		for (const char *const *sql = migrations[i].statements; *sql != NULL; sql++) {
			name = table_made_by(db->arena, *sql);
			if (name == NULL)
				continue;
			err = migrate_check_table(db, name, *sql, &what);
			if (err != ERR_NONE)
				return err;
			if (what != NULL)
				problem(ctx, name, what);
		}
	}
	return ERR_NONE;
}
