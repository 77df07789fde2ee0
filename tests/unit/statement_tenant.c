#include "unit.h"

#include <ctype.h>
#include <string.h>

#include "arena.h"
#include "mariadb.h"
#include "statement_tenant.h"
#include "stmt.h"
#include "str.h"

#define SCHEMA_ARENA_MAX (4 << 20)
#define TEXT_ARENA_MAX (4 << 20)
#define MAX_SCOPES 64
#define MAX_TABLES 64
#define MAX_COLUMNS 1000
#define NONE (-1)

/* ---- The schema. */

/* refers_to: "account.id", by a foreign key or as the primary key itself; "": no id. */
static struct schema_column {
	const char *table, *name, *refers_to;
} schema[MAX_COLUMNS];
static size_t n_schema;

static struct arena *schema_arena;

static const char *schema_text(const char *column)
{
	return arena_printf(schema_arena, "%s",
		sql_text("SELECT %s FROM columns_of_schema WHERE place = %zu", column,
			n_schema + 1));
}

void statement_tenant_begin(void)
{
	size_t n;

	schema_arena = arena_new(SCHEMA_ARENA_MAX);
	sql("CREATE TEMPORARY TABLE columns_of_schema (place INT AUTO_INCREMENT PRIMARY KEY) AS "
	    "SELECT c.table_name, c.column_name, COALESCE((SELECT MIN(CONCAT("
	    "k.referenced_table_name, '.', k.referenced_column_name)) "
	    "FROM information_schema.key_column_usage k WHERE k.table_schema = DATABASE() "
	    "AND k.table_name = c.table_name AND k.column_name = c.column_name "
	    "AND k.referenced_column_name IS NOT NULL), "
	    "IF(c.column_name = 'id', CONCAT(c.table_name, '.id'), '')) AS refers_to "
	    "FROM information_schema.columns c WHERE c.table_schema = DATABASE()");
	n = (size_t)sql_number("SELECT COUNT(*) FROM columns_of_schema");
	assert_in_range(n, 1, MAX_COLUMNS);
	for (n_schema = 0; n_schema < n; n_schema++)
		schema[n_schema] = (struct schema_column){.table = schema_text("table_name"),
			.name = schema_text("column_name"), .refers_to = schema_text("refers_to")};
}

static const struct schema_column *schema_find(const char *table, const char *name)
{
	for (size_t i = 0; i < n_schema; i++)
		if (strcmp(schema[i].table, table) == 0 && strcmp(schema[i].name, name) == 0)
			return &schema[i];
	return NULL;
}

static bool schema_is_tenants(const char *table)
{
	if (schema_find(table, "tenant_id") != NULL)
		return true;
	for (size_t i = 0; i < n_schema; i++) {
		const char *to = schema[i].refers_to;
		const char *parent = arena_strndup(schema_arena, to, strcspn(to, "."));

		if (strcmp(schema[i].table, table) == 0 && strcmp(parent, table) != 0 &&
			schema_find(parent, "tenant_id") != NULL)
			return true;
	}
	return false;
}

/* ---- The text: its words, which SELECT each is in, and the tables of each. */

enum clause { CLAUSE_OTHER, CLAUSE_LIST, CLAUSE_ON, CLAUSE_WHERE, CLAUSE_SET };

struct scope {
	int parent, depth; /* of its words outside of brackets */
	int select;        /* its first word */
	int n_branches;    /* joined by OR in WHERE */
	enum clause clause;
};

struct table {
	const char *name, *alias;
	int scope;
	bool is_left; /* joined by LEFT JOIN */
	bool is_tenants;
	int n_branches;
};

struct token {
	const char *text;
	int depth, scope;
	enum clause clause;
	int table; /* the last one before it in its scope */
};

static struct statement {
	struct arena *arena;
	const struct column *params;
	struct token *tokens;
	int n_tokens;
	struct scope scopes[MAX_SCOPES];
	int n_scopes;
	struct table tables[MAX_TABLES];
	int n_tables;
} st;

static bool is(int i, const char *text)
{
	return i >= 0 && i < st.n_tokens && strcmp(st.tokens[i].text, text) == 0;
}

static bool is_one_of(int i, const char *const *words)
{
	for (; *words != NULL; words++)
		if (is(i, *words))
			return true;
	return false;
}

static bool is_word(int i)
{
	return i >= 0 && i < st.n_tokens &&
		(isalpha((unsigned char)*st.tokens[i].text) || *st.tokens[i].text == '_');
}

static bool is_keyword(int i)
{
	return is_word(i) && isupper((unsigned char)*st.tokens[i].text);
}

static size_t size_of_token(const char *text)
{
	if (*text == '\'')
		return strcspn(text + 1, "'") + 2;
	if (isalnum((unsigned char)*text) || *text == '_')
		return strspn(text, "abcdefghijklmnopqrstuvwxyz_."
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
	return strchr("<=>", *text) != NULL ? strspn(text, "<=>") : 1;
}

static void read_tokens(const char *text)
{
	st.tokens = arena_array(st.arena, struct token, strlen(text) + 1);
	for (st.n_tokens = 0; *text != '\0'; st.n_tokens++) {
		const size_t size = size_of_token(text);

		st.tokens[st.n_tokens].text = arena_strndup(st.arena, text, size);
		text += size;
		text += strspn(text, " ");
	}
}

static int add_scope(int parent, int depth, int select)
{
	assert_true(st.n_scopes < MAX_SCOPES);
	st.scopes[st.n_scopes] = (struct scope){
		.parent = parent, .depth = depth, .select = select, .n_branches = 1,
		.clause = CLAUSE_LIST};
	return st.n_scopes++;
}

/* Where a SELECT begins. */
static int scope_of_select(int i, int scope, int depth)
{
	const bool is_next = i > 0 && (is(i - 1, "UNION") || is(i - 1, "ALL"));

	return add_scope(is_next ? st.scopes[scope].parent : scope, depth, i);
}

static enum clause clause_after(int i, enum clause before)
{
	static const char *const others[] = {"FROM", "JOIN", "STRAIGHT_JOIN", "GROUP", "ORDER",
		"LIMIT", "HAVING", "FOR", "VALUES", "RETURNING", "UNION", NULL};

	if (is(i, "WHERE"))
		return CLAUSE_WHERE;
	if (is(i, "SET"))
		return CLAUSE_SET;
	if (is(i, "ON"))
		return is(i + 1, "DUPLICATE") ? CLAUSE_OTHER : CLAUSE_ON;
	return is_one_of(i, others) ? CLAUSE_OTHER : before;
}

static bool names_table(int i)
{
	static const char *const before[] = {
		"FROM", "JOIN", "STRAIGHT_JOIN", "INTO", "UPDATE", "IGNORE", NULL};

	return is_one_of(i - 1, before) && is_word(i) && !is_keyword(i) &&
		!(is(i - 1, "UPDATE") && (is(i - 2, "FOR") || is(i - 2, "KEY")));
}

/* A word after a table that is no keyword is its alias. */
static void add_table(int i, int scope)
{
	const bool has_alias = is_word(i + 1) && !is_keyword(i + 1);

	assert_true(st.n_tables < MAX_TABLES);
	st.tables[st.n_tables++] = (struct table){
		.name = st.tokens[i].text,
		.alias = st.tokens[i + has_alias].text,
		.scope = scope,
		.is_left = is(i - 1, "JOIN") && is(i - 2, "LEFT"),
	};
}

static void read_scopes(void)
{
	int stack[MAX_SCOPES], depth = 0, scope = add_scope(NONE, 0, 0);

	for (int i = 0; i < st.n_tokens; i++) {
		struct token *token = &st.tokens[i];

		if (is(i, "(")) {
			assert_true(depth < MAX_SCOPES);
			stack[depth++] = scope;
		} else if (is(i, ")"))
			scope = stack[--depth];
		else if (is(i, "SELECT") && i > 0)
			scope = scope_of_select(i, scope, depth);
		if (names_table(i))
			add_table(i, scope);
		if (depth == st.scopes[scope].depth) {
			st.scopes[scope].clause = clause_after(i, st.scopes[scope].clause);
			st.scopes[scope].n_branches +=
				is(i, "OR") && st.scopes[scope].clause == CLAUSE_WHERE;
		}
		*token = (struct token){.text = token->text, .depth = depth, .scope = scope,
			.clause = st.scopes[scope].clause, .table = st.n_tables - 1};
	}
}

/* ---- Conditions. */

static struct table *table_of(int i, const char **column_r)
{
	const char *text = st.tokens[i].text, *dot = strchr(text, '.');
	const char *alias =
		dot == NULL ? NULL : arena_strndup(st.arena, text, (size_t)(dot - text));

	*column_r = dot == NULL ? text : dot + 1;
	for (int scope = st.tokens[i].scope; scope != NONE; scope = st.scopes[scope].parent)
		for (struct table *table = st.tables; table < st.tables + st.n_tables; table++)
			if (table->scope == scope && (alias != NULL
					? strcmp(table->alias, alias) == 0
					: schema_find(table->name, *column_r) != NULL))
				return table;
	return NULL;
}

/* "tenant" for what says the tenant, "account.id" for what is an account's id, else NULL. */
static const char *id_of(int i, struct table **table_r)
{
	const struct schema_column *column;
	const char *name;

	*table_r = is_word(i) && !is_keyword(i) ? table_of(i, &name) : NULL;
	if (*table_r == NULL)
		return NULL;
	if (strcmp(name, "tenant_id") == 0)
		return "tenant";
	column = schema_find((*table_r)->name, name);
	if (column == NULL || *column->refers_to == '\0')
		return NULL;
	return strcmp(column->refers_to, "tenant.id") == 0 ? "tenant" : column->refers_to;
}

/* What goes into the ? at i. */
static const struct column *param_of(int i)
{
	const struct column *param = st.params;

	for (int at = 0;; at++) {
		while (param->kind == COLUMN_TENANT)
			param++;
		if (at == i || param->kind == COLUMN_END_OF_TABLE)
			return param;
		param += is(at, "?");
	}
}

/* Whether a ? is given the tenant: a member tenant_id. */
static bool is_given_tenant(int i)
{
	const char *member, *dot;

	if (!is(i, "?") || st.params == NULL)
		return is(i, "?");
	member = param_of(i)->member;
	dot = member == NULL ? NULL : strrchr(member, '.');
	return member != NULL && strcmp(dot == NULL ? member : dot + 1, "tenant_id") == 0;
}

/* Whether the condition whose = stands at i holds for each row of its tables. Of a branch of an OR
 * it is the first one in brackets. */
static bool is_certain(int i)
{
	const struct token *token = &st.tokens[i];
	const struct scope *scope = &st.scopes[token->scope];
	static const char *const before[] = {"WHERE", "ON", "AND", NULL};

	if (i + 2 < st.n_tokens && !is(i + 2, ")") && !is_keyword(i + 2))
		return false;
	if (token->clause != CLAUSE_WHERE && token->clause != CLAUSE_ON)
		return false;
	if (token->clause == CLAUSE_WHERE && scope->n_branches > 1)
		return token->depth == scope->depth + 1 && is(i - 2, "(") &&
			(is(i - 3, "WHERE") || is(i - 3, "OR"));
	return token->depth == scope->depth && is_one_of(i - 2, before) && !is(i + 2, "OR");
}

/* A table that a condition of its own SELECT makes the tenant's. */
static void make_tenants(struct table *table, int i)
{
	const struct token *token = &st.tokens[i];

	if (table->scope != token->scope || table->is_tenants)
		return;
	if (token->clause == CLAUSE_ON && table != &st.tables[token->table] &&
		st.tables[token->table].is_left)
		return;
	if (token->clause == CLAUSE_WHERE)
		table->is_tenants = ++table->n_branches >= st.scopes[token->scope].n_branches;
	else
		table->is_tenants = true;
}

static void read_condition(int i)
{
	struct table *left, *right;
	const char *id = id_of(i - 1, &left), *other = id_of(i + 1, &right);

	if (id == NULL || !is_certain(i))
		return;
	if (is_given_tenant(i + 1) && strcmp(id, "tenant") == 0)
		make_tenants(left, i);
	if (other == NULL || strcmp(id, other) != 0)
		return;
	if (right->is_tenants)
		make_tenants(left, i);
	if (left->is_tenants)
		make_tenants(right, i);
}

/* ---- What is read and inserted. */

/* The first word of the n-th item of the list that begins at i. */
static int item(int i, int n)
{
	for (const int depth = st.tokens[i].depth; n > 0 && i < st.n_tokens; i++)
		n -= is(i, ",") && st.tokens[i].depth == depth;
	return i;
}

static bool says_tenant(int i)
{
	struct table *table;
	const char *id = id_of(i, &table);

	return is_given_tenant(i) || (id != NULL && strcmp(id, "tenant") == 0 && table->is_tenants);
}

/* INSERT INTO t (…, tenant_id, …) VALUES (…) or SELECT …; INSERT INTO t SET tenant_id = ? */
static void read_insert(void)
{
	int place = 0, i = 3;

	if (!is(0, "INSERT"))
		return;
	i += is(1, "IGNORE");
	if (is(i, "SET")) {
		st.tables[0].is_tenants = is(i + 1, "tenant_id") && is_given_tenant(i + 3);
		return;
	}
	for (; is(i, "(") || is(i, ",") || (i < st.n_tokens && !is(i - 1, ")")); i++)
		if (is(i, "tenant_id"))
			break;
		else
			place += is(i, ",");
	if (!is(i, "tenant_id"))
		return;
	while (!is(i - 1, ")"))
		i++;
	st.tables[0].is_tenants = says_tenant(item(is(i, "VALUES") ? i + 2 : i + 1, place));
}

static const struct column *find_tenant(const struct column *column)
{
	for (; column != NULL && column->kind != COLUMN_END_OF_TABLE; column++)
		if (column->kind == COLUMN_TENANT)
			return column;
	return NULL;
}

/* The column that is compared when a row is read. */
static void read_compared(const struct stmt *stmt)
{
	const struct column *column = find_tenant(stmt->columns);
	struct table *table;
	const char *name;

	if (column == NULL || find_tenant(stmt->params) == NULL)
		return;
	table = table_of(item(1, (int)(column - stmt->columns)), &name);
	assert_non_null(table);
	assert_string_equal(name, "tenant_id");
	table->is_tenants = true;
}

static int n_tenants(void)
{
	int n = 0;

	for (int i = 0; i < st.n_tables; i++)
		n += st.tables[i].is_tenants;
	return n;
}

static void read_conditions(void)
{
	int before;

	do {
		before = n_tenants();
		for (int i = 0; i < st.n_tables; i++)
			st.tables[i].n_branches = 0;
		for (int i = 1; i < st.n_tokens; i++)
			if (is(i, "="))
				read_condition(i);
		read_insert();
	} while (n_tenants() > before);
}

const char *statement_tenant_missing(const struct stmt *stmt)
{
	arena_free(st.arena);
	st = (struct statement){.arena = arena_new(TEXT_ARENA_MAX), .params = stmt->params};
	read_tokens(stmt->text);
	read_scopes();
	read_compared(stmt);
	read_conditions();
	for (int i = 0; i < st.n_tables; i++)
		if (schema_is_tenants(st.tables[i].name) && !st.tables[i].is_tenants)
			return st.tables[i].alias;
	return NULL;
}

void statement_tenant_end(void)
{
	arena_free(schema_arena);
	arena_free(st.arena);
}
