#include <ctype.h>
#include <string.h>

#include "arena.h"
#include "grant.h"
#include "statement_grants.h"

#define NAME_CHARS                                                                              \
	"abcdefghijklmnopqrstuvwxyz_.ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define OUTER_TABLES_MAX 16

struct token {
	const char *at;
	size_t size;
	int depth; /* of brackets */
};

/* A table that is not in a sub-select, which the statement may change. */
struct outer_table {
	const struct token *name, *alias;
};

struct reading {
	struct grants *grants;
	struct arena *arena;
	const struct token *tokens;
	size_t n;
	struct outer_table outer[OUTER_TABLES_MAX];
	size_t n_outer;
};

/* ---- The text. */

static size_t token_size(const char *text)
{
	if (*text == '\'')
		return strcspn(text + 1, "'") + 2;
	if (isalnum((unsigned char)*text) || *text == '_')
		return strspn(text, NAME_CHARS);
	return 1;
}

static void statement_read_tokens(struct reading *reading, const char *text)
{
	struct token *tokens = arena_array(reading->arena, struct token, strlen(text) + 1);
	int depth = 0;

	reading->tokens = tokens;
	for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
		depth -= *text == ')';
		tokens[reading->n++] =
			(struct token){.at = text, .size = token_size(text), .depth = depth};
		depth += *text == '(';
		text += token_size(text);
	}
}

static bool token_is(const struct reading *reading, size_t i, const char *word)
{
	const struct token *token = &reading->tokens[i];

	return i < reading->n && token->size == strlen(word) &&
		memcmp(token->at, word, token->size) == 0;
}

static bool token_is_name(const struct reading *reading, size_t i)
{
	return i < reading->n && islower((unsigned char)*reading->tokens[i].at);
}

static bool tokens_equal(const struct token *a, const char *at, size_t size)
{
	return a->size == size && memcmp(a->at, at, size) == 0;
}

/* Returns the place of the word outside of brackets from i on; reading->n: it is not there. */
static size_t statement_find_outer(const struct reading *reading, size_t i, const char *word)
{
	while (i < reading->n && !(reading->tokens[i].depth == 0 && token_is(reading, i, word)))
		i++;
	return i;
}

/* ---- Tables. */

static struct grant *grant_of(const struct reading *reading, const struct token *table)
{
	return grants_of(reading->grants, reading->arena, table->at, table->size);
}

/* Whether a table follows the word. */
static bool leads_to_table(const struct reading *reading, size_t i)
{
	static const char *const words[] = {"FROM", "JOIN", "STRAIGHT_JOIN", "INTO"};

	if (i == 0 && token_is(reading, i, "UPDATE"))
		return !token_is(reading, 1, "IGNORE");
	if (i == 1 && token_is(reading, i, "IGNORE"))
		return token_is(reading, 0, "UPDATE");
	for (size_t j = 0; j < sizeof(words) / sizeof(words[0]); j++)
		if (token_is(reading, i, words[j]))
			return true;
	return false;
}

/* What the server tells each user of itself. */
static bool is_of_server(const struct token *name)
{
	static const char schema[] = "information_schema.";

	return name->size > strlen(schema) && memcmp(name->at, schema, strlen(schema)) == 0;
}

static bool statement_read_table(struct reading *reading, size_t i)
{
	const struct token *name = &reading->tokens[i];
	const bool has_alias = token_is_name(reading, i + 1);

	if (token_is(reading, i + has_alias + 1, ","))
		return false;
	if (is_of_server(name))
		return true;
	if (memchr(name->at, '.', name->size) != NULL)
		return false;
	if (!token_is(reading, i - 1, "INTO"))
		grant_of(reading, name)->rights |= GRANT_SELECT;
	if (name->depth > 0)
		return true;
	if (reading->n_outer == OUTER_TABLES_MAX)
		return false;
	reading->outer[reading->n_outer++] = (struct outer_table){name, name + has_alias};
	return true;
}

static bool statement_read_tables(struct reading *reading)
{
	for (size_t i = 0; i + 1 < reading->n; i++) {
		if (!leads_to_table(reading, i) || token_is(reading, i + 1, "("))
			continue;
		if (!token_is_name(reading, i + 1) || !statement_read_table(reading, i + 1))
			return false;
	}
	return true;
}

/* Returns the table of that name or alias; NULL: there is none. */
static const struct token *outer_called(const struct reading *reading, const char *at, size_t size)
{
	for (size_t i = 0; i < reading->n_outer; i++)
		if (tokens_equal(reading->outer[i].alias, at, size))
			return reading->outer[i].name;
	return NULL;
}

/* ---- What is changed. */

/* Reads "column" or "alias.column", which is given a value. */
static bool statement_read_target(const struct reading *reading, size_t i)
{
	const struct token *target = &reading->tokens[i];
	const char *dot = memchr(target->at, '.', target->size);
	const char *column = dot == NULL ? target->at : dot + 1;
	const struct token *table = NULL;
	struct grant *grant;

	if (!token_is_name(reading, i) || !token_is(reading, i + 1, "="))
		return false;
	if (dot != NULL)
		table = outer_called(reading, target->at, (size_t)(dot - target->at));
	else if (reading->n_outer == 1)
		table = reading->outer[0].name;
	if (table == NULL)
		return false;
	grant = grant_of(reading, table);
	grant->rights |= GRANT_UPDATE;
	grant_add_column(grant, reading->arena, column,
		(size_t)(target->at + target->size - column));
	return true;
}

/* Reads "a = …, b = …" from i on. */
static bool statement_read_assignments(const struct reading *reading, size_t i)
{
	if (!statement_read_target(reading, i))
		return false;
	for (; i < reading->n && !token_is(reading, i, "WHERE"); i++)
		if (reading->tokens[i].depth == 0 && token_is(reading, i, ",") &&
			!statement_read_target(reading, i + 1))
			return false;
	return true;
}

static bool statement_read_insert(struct reading *reading)
{
	const size_t duplicate = statement_find_outer(reading, 0, "DUPLICATE");
	struct grant *grant;

	if (reading->n_outer == 0)
		return false;
	grant = grant_of(reading, reading->outer[0].name);
	grant->rights |= GRANT_INSERT;
	if (statement_find_outer(reading, 0, "RETURNING") < reading->n)
		grant->rights |= GRANT_SELECT;
	if (duplicate == reading->n)
		return true;
	grant->rights |= GRANT_SELECT;
	reading->n_outer = 1; /* others are only read */
	return token_is(reading, duplicate + 2, "UPDATE") &&
		statement_read_assignments(reading, duplicate + 3);
}

static bool statement_read_update(const struct reading *reading)
{
	return statement_read_assignments(reading, statement_find_outer(reading, 0, "SET") + 1);
}

/* Reads "DELETE FROM table" and "DELETE alias FROM …". */
static bool statement_read_delete(const struct reading *reading)
{
	const struct token *name = &reading->tokens[token_is(reading, 1, "FROM") ? 2 : 1];
	const struct token *table = outer_called(reading, name->at, name->size);

	if (table == NULL)
		return false;
	grant_of(reading, table)->rights |= GRANT_DELETE;
	return true;
}

bool statement_grants_add(struct grants *grants, struct arena *arena, const char *text)
{
	struct reading reading = {.grants = grants, .arena = arena};

	statement_read_tokens(&reading, text);
	if (strcmp(text, "SHOW GRANTS") == 0)
		return true;
	if (!statement_read_tables(&reading))
		return false;
	if (token_is(&reading, 0, "SELECT"))
		return true;
	if (token_is(&reading, 0, "INSERT"))
		return statement_read_insert(&reading);
	if (token_is(&reading, 0, "UPDATE"))
		return statement_read_update(&reading);
	return token_is(&reading, 0, "DELETE") && statement_read_delete(&reading);
}
