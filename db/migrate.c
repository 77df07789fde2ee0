#include "conn.h"
#include "migrate.h"
#include "stmt.h"

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

enum { HAS_TABLE, LATEST, LOCK, APPLIED };

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
