#include "arena.h"
#include "audit.h"
#include "log.h"
#include "setting.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

enum kind { KIND_BOOL, KIND_INT };

struct definition {
	enum kind kind;
	const char *name, *preset, *meaning;
	int32_t least, most;
};

static const struct definition definitions[] = {
#define SETTING_BOOL(name_, preset_, meaning_)                                                  \
	{.kind = KIND_BOOL, .name = #name_, .preset = #preset_, .meaning = meaning_},
#define SETTING_INT(name_, preset_, least_, most_, meaning_)                                    \
	{.kind = KIND_INT, .name = #name_, .preset = #preset_, .meaning = meaning_,             \
		.least = least_, .most = most_},
#include "setting.def"
#undef SETTING_BOOL
#undef SETTING_INT
};

#define N_DEFINITIONS (sizeof(definitions) / sizeof(definitions[0]))

struct setting_row {
	int32_t tenant_id;
	const char *name, *value;
};

#define ROW(member, type) COLUMN(struct setting_row, member, type)

enum { FIND, UPDATE, INSERT };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT s.value FROM tenant t LEFT JOIN setting s "
			"ON s.tenant_id = t.id AND s.name = ? WHERE t.id = ?",
		.params = COLUMNS(ROW(name, STR), ROW(tenant_id, INT32)),
		.columns = COLUMNS(ROW(value, STR)),
	},
	[UPDATE] = {
		.text = "UPDATE setting SET value = ? WHERE tenant_id = ? AND name = ?",
		.params = COLUMNS(ROW(value, STR), ROW(tenant_id, INT32), ROW(name, STR)),
	},
	[INSERT] = {
		.text = "INSERT INTO setting (tenant_id, name, value) "
			"SELECT id, ?, ? FROM tenant WHERE id = ?",
		.params = COLUMNS(ROW(name, STR), ROW(value, STR), ROW(tenant_id, INT32)),
	},
};

const struct stmt_table setting_statements = STMT_TABLE(statements);

/* NULL: no such name. */
static const struct definition *find_definition(const char *name)
{
	for (const struct definition *at = definitions; at < definitions + N_DEFINITIONS; at++)
		if (strcmp(at->name, name) == 0)
			return at;
	return NULL;
}

static bool is_valid(const struct definition *definition, const char *value)
{
	int32_t number;

	if (definition->kind == KIND_BOOL)
		return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
	return str_parse_int32(value, &number) && number >= definition->least &&
		number <= definition->most;
}

/* 1; 0: no such tenant, which has the default too; -1. */
static int read_value(struct db *db, int32_t tenant_id, const struct definition *definition,
	const char **value_r)
{
	struct setting_row row = {.tenant_id = tenant_id, .name = definition->name};
	int found = stmt_find(db, &statements[FIND], &row, &row);

	*value_r = definition->preset;
	if (found <= 0 || row.value == NULL)
		return found;
	if (is_valid(definition, row.value))
		*value_r = row.value;
	else
		log_warning("tenant %d: setting %s is no value of its kind, the default holds",
			tenant_id, row.name);
	return found;
}

/* NULL: failed. */
static const char *read_named(
	struct db *db, int32_t tenant_id, const char *name, enum kind kind)
{
	const struct definition *definition = find_definition(name);
	const char *value;

	if (definition == NULL || definition->kind != kind)
		BUG("no setting %s of this kind", name);
	return read_value(db, tenant_id, definition, &value) < 0 ? NULL : value;
}

int setting_bool(struct db *db, int32_t tenant_id, const char *name, bool *value_r)
{
	const char *value = read_named(db, tenant_id, name, KIND_BOOL);

	if (value == NULL)
		return -1;
	*value_r = strcmp(value, "true") == 0;
	return 0;
}

int setting_int(struct db *db, int32_t tenant_id, const char *name, int32_t *value_r)
{
	const char *value = read_named(db, tenant_id, name, KIND_INT);

	if (value == NULL)
		return -1;
	str_parse_int32(value, value_r);
	return 0;
}

static enum err set(struct db *db, void *ctx)
{
	const struct setting_row *row = ctx;
	const struct audit_entry entry = {
		.tenant_id = row->tenant_id,
		.action = "tenant.set",
		.actor = "wxuserctl",
		.subject = arena_printf(db->arena, "setting %s", row->name),
		.details = "{}",
	};
	int n_set = stmt_run(db, &statements[UPDATE], row);
	enum err err;

	if (n_set == 0)
		n_set = stmt_run(db, &statements[INSERT], row);
	if (n_set == 0)
		return ERR_PARAMETER;
	err = transaction_wrote(db, n_set);
	if (err == ERR_NONE && audit_write(db, &entry) != 0)
		err = transaction_failed(db);
	return err;
}

enum err setting_set(struct db *db, int32_t tenant_id, const char *name, const char *value)
{
	const struct definition *definition = find_definition(name);
	struct setting_row row = {.tenant_id = tenant_id, .name = name, .value = value};

	if (definition == NULL || !is_valid(definition, value))
		return ERR_PARAMETER;
	return transaction_run(db, set, &row);
}

static const char *describe_values(struct arena *arena, const struct definition *definition)
{
	if (definition->kind == KIND_BOOL)
		return "true|false";
	return arena_printf(arena, "%d to %d", definition->least, definition->most);
}

enum err setting_list(struct db *db, int32_t tenant_id,
	void (*row)(void *ctx, const struct setting *setting), void *ctx)
{
	for (const struct definition *at = definitions; at < definitions + N_DEFINITIONS; at++) {
		struct setting setting = {
			.name = at->name,
			.values = describe_values(db->arena, at),
			.meaning = at->meaning,
		};
		int found = read_value(db, tenant_id, at, &setting.value);

		if (found <= 0)
			return found == 0 ? ERR_PARAMETER : conn_err(db);
		row(ctx, &setting);
	}
	return ERR_NONE;
}
