#include <stdlib.h>

#include "arena.h"
#include "audit.h"
#include "log.h"
#include "remembered.h"
#include "setting.h"
#include "stmt.h"
#include "str.h"
#include "tenant.h"
#include "transaction.h"

enum kind { KIND_BOOL, KIND_INT };

struct definition {
	enum kind kind;
	const char *name, *preset;
	const char *zh, *en; /* what it means */
	int32_t least, most;
	bool is_of_operator;
};

static const struct definition definitions[] = {
#define SETTING_BOOL(name_, preset_, zh_, en_)                                                  \
	[SETTING_##name_] = {.kind = KIND_BOOL, .name = #name_, .preset = #preset_,             \
		.zh = zh_, .en = en_},
#define SETTING_INT(name_, preset_, least_, most_, zh_, en_)                                    \
	[SETTING_##name_] = {.kind = KIND_INT, .name = #name_, .preset = #preset_,              \
		.zh = zh_, .en = en_, .least = least_, .most = most_},
#define SETTING_INT_OF_OPERATOR(name_, preset_, least_, most_, zh_, en_)                        \
	[SETTING_##name_] = {.kind = KIND_INT, .name = #name_, .preset = #preset_,              \
		.zh = zh_, .en = en_, .least = least_, .most = most_, .is_of_operator = true},
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

enum { FIND, LIST, LOCK, UPDATE, INSERT };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT s.value FROM tenant t LEFT JOIN setting s "
			"ON s.tenant_id = t.id AND s.name = ? WHERE t.id = ?",
		.params = COLUMNS(ROW(name, STR), ROW(tenant_id, INT32)),
		.columns = COLUMNS(ROW(value, STR)),
	},
	/* One row without a name if the tenant has set none. */
	[LIST] = {
		.text = "SELECT s.name, s.value FROM tenant t LEFT JOIN setting s "
			"ON s.tenant_id = t.id WHERE t.id = ? LIMIT 1000",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(tenant_id, INT32)),
		.columns = COLUMNS(ROW(name, STR), ROW(value, STR)),
		.row_size = sizeof(struct setting_row),
	},
	[LOCK] = {
		.text = "SELECT value FROM setting WHERE tenant_id = ? AND name = ? FOR UPDATE",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(name, STR)),
		.columns = COLUMNS(ROW(value, STR)),
	},
	[UPDATE] = {
		.text = "UPDATE setting SET value = ? WHERE tenant_id = ? AND name = ?",
		.changes_remembered = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(value, STR), ROW(tenant_id, INT32), ROW(name, STR)),
	},
	[INSERT] = {
		.text = "INSERT INTO setting (tenant_id, name, value) "
			"SELECT id, ?, ? FROM tenant WHERE id = ?",
		.changes_remembered = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(name, STR), ROW(value, STR), ROW(tenant_id, INT32)),
	},
};

const struct stmt_table setting_statements = STMT_TABLE(statements);

/* Returns NULL if there is no such name. */
static const struct definition *setting_definition(const char *name)
{
	for (const struct definition *at = definitions; at < definitions + N_DEFINITIONS; at++)
		if (strcmp(at->name, name) == 0)
			return at;
	return NULL;
}

static bool setting_is_valid(const struct definition *definition, const char *value)
{
	int32_t number;

	if (definition->kind == KIND_BOOL)
		return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
	return str_parse_int32(value, &number) && number >= definition->least &&
		number <= definition->most;
}

/* Returns what holds if the tenant has set value; NULL: it has set none. */
static const char *setting_value(
	int32_t tenant_id, const struct definition *definition, const char *value)
{
	if (value == NULL || setting_is_valid(definition, value))
		return value == NULL ? definition->preset : value;
	log_warning("tenant %d: setting %s is no value of its kind, the default holds", tenant_id,
		definition->name);
	return definition->preset;
}

/* Returns ERR_ABSENT and the default if there is no such tenant. */
static enum err setting_read(struct db *db, int32_t tenant_id,
	const struct definition *definition, const char **value_r)
{
	struct setting_row row = {.tenant_id = tenant_id, .name = definition->name};
	enum err err = stmt_need(db, &statements[FIND], &row, &row, ERR_ABSENT);

	*value_r = err == ERR_NONE ? setting_value(tenant_id, definition, row.value)
				   : definition->preset;
	return err;
}

static int32_t setting_number(const struct definition *definition, const char *value)
{
	int32_t number = strcmp(value, "true") == 0;

	if (definition->kind == KIND_INT)
		str_parse_int32(value, &number);
	return number;
}

/* By its place in setting.def. A bool is 0 or 1. */
static enum err setting_find(struct db *db, int32_t tenant_id, int place, int32_t *number_r)
{
	const int32_t key[] = {tenant_id, place};
	struct remembered_query query = {
		.kind = REMEMBERED_SETTING, .key = key, .key_size = sizeof(key)};
	const int32_t *found = remembered_find(db->conn->remembered, &query);
	const char *value;
	int32_t *kept;
	enum err err;

	if (found != NULL) {
		*number_r = *found;
		return ERR_NONE;
	}
	err = setting_read(db, tenant_id, &definitions[place], &value);
	*number_r = setting_number(&definitions[place], value);
	if (err != ERR_NONE)
		return err == ERR_ABSENT ? ERR_NONE : err;
	kept = remembered_put(db->conn->remembered, &query);
	if (kept != NULL)
		*kept = *number_r;
	return ERR_NONE;
}

enum err setting_bool(struct db *db, int32_t tenant_id, enum setting_bool setting, bool *value_r)
{
	int32_t number;
	enum err err = setting_find(db, tenant_id, (int)setting, &number);

	*value_r = number != 0;
	return err;
}

int32_t setting_default(enum setting_int setting)
{
	return (int32_t)strtol(definitions[setting].preset, NULL, 10);
}

enum err setting_int(struct db *db, int32_t tenant_id, enum setting_int setting, int32_t *value_r)
{
	return setting_find(db, tenant_id, (int)setting, value_r);
}

enum err setting_read_after_write(struct db *db, int32_t tenant_id, bool *is_set_r)
{
	enum err err;

	*is_set_r = false;
	if (!db->conn->is_cluster)
		return ERR_NONE;
	err = setting_bool(db, tenant_id, SETTING_read_after_write, is_set_r);
	if (*is_set_r)
		conn_plan_catch_up(db);
	return err;
}

static enum err setting_write(struct db *db, void *ctx)
{
	const struct setting_row *row = ctx;
	const struct definition *definition = setting_definition(row->name);
	struct setting_row before = {.tenant_id = row->tenant_id, .name = row->name};
	struct audit_entry entry = {
		.tenant_id = row->tenant_id,
		.action = "tenant.set",
		.subject = arena_printf(db->arena, "setting %s", row->name),
	};
	enum err err = stmt_need(db, &statements[LOCK], &before, &before, ERR_ABSENT);

	if (err == ERR_NONE)
		err = stmt_write(db, &statements[UPDATE], row);
	else if (err == ERR_ABSENT)
		err = stmt_change(db, &statements[INSERT], row, ERR_PARAMETER);
	/* Values are numbers and booleans of JSON. */
	entry.details = arena_printf(db->arena, "{\"before\":%s,\"after\":%s}",
		setting_value(row->tenant_id, definition, before.value), row->value);
	return err == ERR_NONE ? audit_write(db, &entry) : err;
}

enum err setting_check(struct db *db, int32_t tenant_id, const char *name, const char *value)
{
	const struct definition *definition = setting_definition(name);

	if (definition == NULL || !setting_is_valid(definition, value))
		return ERR_PARAMETER;
	return tenant_check(db, tenant_id);
}

enum err setting_set(struct db *db, int32_t tenant_id, const char *name, const char *value)
{
	struct setting_row row = {.tenant_id = tenant_id, .name = name, .value = value};
	enum err err = setting_check(db, tenant_id, name, value);

	if (err != ERR_NONE)
		return err;
	return transaction_run(db, setting_write, &row);
}

static const char *setting_values(struct arena *arena, const struct definition *definition)
{
	if (definition->kind == KIND_BOOL)
		return "true|false";
	return arena_printf(arena, "%d to %d", definition->least, definition->most);
}

bool setting_at(struct arena *arena, size_t place, struct setting *setting_r)
{
	const struct definition *definition = &definitions[place];

	if (place >= N_DEFINITIONS)
		return false;
	*setting_r = (struct setting){
		.name = definition->name,
		.value = definition->preset,
		.preset = definition->preset,
		.values = setting_values(arena, definition),
		.meaning = definition->en,
		.meaning_zh = definition->zh,
		.is_of_operator = definition->is_of_operator,
	};
	return true;
}

bool setting_exists(const char *name)
{
	return setting_definition(name) != NULL;
}

bool setting_is_of_operator(const char *name)
{
	const struct definition *definition = setting_definition(name);

	return definition != NULL && definition->is_of_operator;
}

static const char *setting_find_set(
	const struct setting_row *rows, size_t n_rows, const char *name)
{
	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].name != NULL && strcmp(rows[i].name, name) == 0)
			return rows[i].value;
	return NULL;
}

enum err setting_list(struct db *db, int32_t tenant_id,
	void (*row)(void *ctx, const struct setting *setting), void *ctx)
{
	const struct setting_row key = {.tenant_id = tenant_id}, *set;
	struct setting setting;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[LIST], &key, &rows, &n);

	if (err != ERR_NONE || n == 0)
		return err == ERR_NONE ? ERR_PARAMETER : err;
	set = rows;
	for (size_t i = 0; setting_at(db->arena, i, &setting); i++) {
		setting.value = setting_value(tenant_id, &definitions[i],
			setting_find_set(set, n, setting.name));
		row(ctx, &setting);
	}
	return ERR_NONE;
}
