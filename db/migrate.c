#include <string.h>

#include "arena.h"
#include "conn.h"
#include "migrate.h"
#include "stmt.h"
#include "str.h"

struct migration {
	int32_t version;
	const char *name;
	const char *const *statements; /* ends with NULL */
};

/* In order; the first makes schema_version and is applied each time. */
static const struct migration migrations[] = {
#include "schema_text.inc"
};
#define N_MIGRATIONS (sizeof(migrations) / sizeof(migrations[0]))

struct version_row {
	int32_t version;
	const char *name;
	int32_t n_tables;
};

struct table_row {
	const char *name, *engine, *collation;
};

enum { HAS_TABLE, LATEST, LOCK, APPLIED, TABLE };

static const struct stmt statements[] = {
	[HAS_TABLE] = {
		.text = "SELECT COUNT(*) FROM information_schema.tables "
			"WHERE table_schema = DATABASE() AND table_name = 'schema_version'",
		.columns = COLUMNS(COLUMN(struct version_row, n_tables, INT32)),
	},
	[LATEST] = {
		.text = "SELECT MAX(version) FROM schema_version",
		.columns = COLUMNS(COLUMN(struct version_row, version, INT32)),
	},
	[LOCK] = {
		.text = "SELECT version FROM schema_version WHERE version = 0 FOR UPDATE",
		.columns = COLUMNS(COLUMN(struct version_row, version, INT32)),
	},
	[APPLIED] = {
		.text = "INSERT INTO schema_version (version, name, applied_at) "
			"VALUES (?, ?, UTC_TIMESTAMP(6))",
		.params = COLUMNS(COLUMN(struct version_row, version, INT32),
			COLUMN(struct version_row, name, STR)),
	},
	[TABLE] = {
		.text = "SELECT engine, table_collation FROM information_schema.tables "
			"WHERE table_schema = DATABASE() AND table_name = ?",
		.params = COLUMNS(COLUMN(struct table_row, name, STR)),
		.columns = COLUMNS(COLUMN(struct table_row, engine, STR),
			COLUMN(struct table_row, collation, STR)),
	},
};

const struct stmt_table migrate_statements = STMT_TABLE(statements);

/* 0, or -1 with the failure logged. */
static int read_version(struct db *db, int32_t *version_r)
{
	struct version_row row = {0};

	if (stmt_find(db, &statements[HAS_TABLE], NULL, &row) < 0)
		return -1;
	if (row.n_tables > 0 && stmt_find(db, &statements[LATEST], NULL, &row) < 0)
		return -1;
	*version_r = row.version;
	return 0;
}

static enum err apply(struct db *db, const struct migration *migration)
{
	for (const char *const *sql = migration->statements; *sql != NULL; sql++) {
		if (conn_open(db) != 0 || conn_query(db, *sql) != 0)
			return conn_report(db);
	}
	return ERR_NONE;
}

static enum err apply_missing(
	struct db *db, void (*progress)(void *ctx, const char *name), void *ctx)
{
	enum err err = ERR_NONE;
	int32_t version;

	if (read_version(db, &version) != 0)
		return conn_err(db);
	for (size_t i = 1; i < N_MIGRATIONS && err == ERR_NONE; i++) {
		const struct version_row row = {
			.version = migrations[i].version,
			.name = migrations[i].name,
		};

		if (row.version <= version)
			continue;
		progress(ctx, row.name);
		err = apply(db, &migrations[i]);
		if (err == ERR_NONE && stmt_run(db, &statements[APPLIED], &row) < 0)
			err = conn_err(db);
	}
	return err;
}

/* A lock that CREATE and ALTER, which commit, do not end: another connection holds it. */
static enum err lock(struct db *guard)
{
	struct version_row row;

	if (conn_open(guard) != 0 || conn_query(guard, "START TRANSACTION") != 0)
		return conn_report(guard);
	return stmt_find(guard, &statements[LOCK], NULL, &row) < 0 ? conn_err(guard) : ERR_NONE;
}

enum err migrate(struct db *db, void (*progress)(void *ctx, const char *name), void *ctx)
{
	int version, wanted;
	enum err err = migrate_check(db, &version, &wanted);
	struct db *guard;

	if (err != ERR_PARAMETER)
		return err;
	guard = db_new(db->conf, db->keys);
	conn_be_patient(guard);
	conn_be_patient(db);
	err = apply(db, &migrations[0]);
	if (err == ERR_NONE)
		err = lock(guard);
	if (err == ERR_NONE)
		err = apply_missing(db, progress, ctx);
	db_free(guard);
	conn_close(db);
	db->is_patient = false;
	return err;
}

enum err migrate_check(struct db *db, int *version_r, int *wanted_r)
{
	int32_t version = 0;

	*wanted_r = migrations[N_MIGRATIONS - 1].version;
	if (read_version(db, &version) != 0)
		return conn_err(db);
	*version_r = version;
	return version == *wanted_r ? ERR_NONE : ERR_PARAMETER;
}

/* The name in "CREATE TABLE IF NOT EXISTS name (…"; NULL: another statement. */
static const char *table_made_by(struct arena *arena, const char *sql)
{
	static const char begin[] = "CREATE TABLE IF NOT EXISTS ";

	if (!str_starts_with(sql, begin))
		return NULL;
	sql += sizeof(begin) - 1;
	return arena_strndup(arena, sql, strcspn(sql, " "));
}

/* NULL: nothing. */
static const char *offence_of(struct arena *arena, const struct table_row *table)
{
	if (strcmp(table->engine, "InnoDB") != 0)
		return arena_printf(arena,
			"its engine is %s; say in SQL: ALTER TABLE %s ENGINE = InnoDB",
			table->engine, table->name);
	if (strcmp(table->collation, "utf8mb4_nopad_bin") != 0 &&
		strcmp(table->collation, "ascii_nopad_bin") != 0)
		return arena_printf(arena, "its collation is %s; restore it from a backup",
			table->collation);
	return NULL;
}

/* 0 or -1; NULL: all is well. */
static int check_table(struct db *db, const char *name, const char **offence_r)
{
	struct table_row table = {.name = name};
	int found = stmt_find(db, &statements[TABLE], &table, &table);

	*offence_r = "it is gone; restore it from a backup";
	if (found > 0)
		*offence_r = offence_of(db->arena, &table);
	return found < 0 ? -1 : 0;
}

enum err migrate_check_tables(struct db *db,
	void (*offence)(void *ctx, const char *table, const char *what), void *ctx)
{
	const char *name, *what;

	for (size_t i = 0; i < N_MIGRATIONS; i++) {
		for (const char *const *sql = migrations[i].statements; *sql != NULL; sql++) {
			name = table_made_by(db->arena, *sql);
			if (name == NULL)
				continue;
			if (check_table(db, name, &what) != 0)
				return conn_err(db);
			if (what != NULL)
				offence(ctx, name, what);
		}
	}
	return ERR_NONE;
}
