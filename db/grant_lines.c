#include <string.h>

#include "arena.h"
#include "grants.h"

/* Reads SHOW GRANTS. A line is one of
 *
 *	GRANT USAGE ON *.* TO `wxuser`@`localhost` IDENTIFIED BY PASSWORD '…'
 *	GRANT SELECT, UPDATE (`a`, `b`) ON `wxuser`.`api_key` TO `wxuser`@`localhost`
 *	GRANT ALL PRIVILEGES ON `wxuser\_%`.* TO `wxuser`@`localhost` WITH GRANT OPTION
 *	GRANT `operator` TO `wxuser`@`localhost`
 *
 * The rights of a role that is in effect have lines of their own. Names have quotes unless the
 * server presets sql_quote_show_create. */

/* Copies the name, without its quotes, and moves *at behind it. */
static char *read_name(struct arena *arena, const char **at)
{
	char *name = arena_alloc(arena, strlen(*at) + 1), *end = name;
	const bool is_quoted = **at == '`';

	for (*at += is_quoted; **at != '\0'; ++*at) {
		if (is_quoted && **at == '`' && *++*at != '`')
			break;
		if (!is_quoted && strchr(".,) ", **at) != NULL)
			break;
		*end++ = **at;
	}
	*end = '\0';
	return name;
}

/* Whether the name of a database fits the pattern, in which % and _ are as in LIKE. */
static bool pattern_fits(const char *pattern, const char *name)
{
	for (; *pattern != '\0'; pattern++, name++) {
		if (*pattern == '%') {
			while (!pattern_fits(pattern + 1, name))
				if (*name++ == '\0')
					return false;
			return true;
		}
		if (*name == '\0')
			return false;
		if (*pattern == '_')
			continue;
		if (*pattern == '\\' && pattern[1] != '\0')
			pattern++;
		if (*pattern != *name)
			return false;
	}
	return *name == '\0';
}

/* Whether the pattern means the one database alone. */
static bool pattern_names(const char *pattern, const char *name)
{
	for (; *pattern != '\0'; pattern++, name++) {
		if (*pattern == '%')
			return false;
		if (*pattern == '\\' && pattern[1] != '\0')
			pattern++;
		if (*pattern != *name)
			return false;
	}
	return *name == '\0';
}

/* Whether it is `user`@`host`, and not `role`. */
static bool names_user(const char *name)
{
	return memchr(name, '@', strcspn(name, " ")) != NULL;
}

/* Returns where " ON " is, behind the rights; NULL: it is the grant of a role. */
static const char *find_object(const char *line)
{
	bool is_quoted = false;

	for (; *line != '\0'; line++) {
		is_quoted ^= *line == '`';
		if (!is_quoted && strncmp(line, " TO ", 4) == 0)
			return NULL;
		if (!is_quoted && strncmp(line, " ON ", 4) == 0)
			return line;
	}
	return NULL;
}

/* Reads the columns "(`a`, `b`)" of a right. */
static void read_columns(
	struct grant *grant, struct arena *arena, const char *right, const char **at)
{
	const bool is_update = strncmp(right, "UPDATE", strlen("UPDATE")) == 0;

	for (++*at; **at != '\0' && **at != ')';) {
		const char *name = read_name(arena, at);

		if (is_update)
			grant_add_column(grant, arena, name, strlen(name));
		*at += strspn(*at, ", ");
	}
	*at += **at == ')';
}

/* Reads the rights up to end. */
static void read_rights(
	struct grant *grant, struct arena *arena, const char *at, const char *end)
{
	while (at < end) {
		const char *right = at;
		size_t size;

		at += strcspn(at, ",(");
		if (at > end)
			at = end;
		size = (size_t)(at - right);
		while (size > 0 && right[size - 1] == ' ')
			size--;
		if (*at == '(')
			read_columns(grant, arena, right, &at);
		else
			grant->rights |= grant_right_of(right, size);
		at += strspn(at, ", ");
	}
}

static void note_beyond(
	struct grantee *grantee, struct arena *arena, const struct grant_beyond *beyond)
{
	struct grant_beyond **end = &grantee->beyond;

	while (*end != NULL)
		end = &(*end)->next;
	*end = arena_new_of(arena, struct grant_beyond);
	**end = *beyond;
}

/* What "ALL PRIVILEGES" of a database has beside GRANT_ALL. */
#define MORE_OF_DATABASE                                                                        \
	"CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, CREATE ROUTINE, ALTER ROUTINE, EVENT, " \
	"DELETE HISTORY"
#define MORE_OF_TABLE "DELETE HISTORY"

/* Notes one right on our database or one of its tables, with its columns, unless statements may
 * need it. */
static void note_right(struct grantee *grantee, struct arena *arena, const char *right,
	size_t size, struct grant_beyond beyond)
{
	const size_t n_name = strcspn(right, "(");
	const bool has_columns = n_name < size;
	size_t n = has_columns ? n_name : size;

	while (n > 0 && right[n - 1] == ' ')
		n--;
	beyond.right = grant_right_of(right, n);
	if (beyond.right == GRANT_ALL)
		beyond.rights = beyond.table == NULL ? MORE_OF_DATABASE : MORE_OF_TABLE;
	else if (has_columns ? beyond.right != GRANT_UPDATE : beyond.right == 0)
		beyond.rights = arena_strndup(arena, right, size);
	else
		return;
	if (!has_columns)
		beyond.table = NULL;
	note_beyond(grantee, arena, &beyond);
}

/* Notes each right of the text up to end. */
static void note_rights(struct grantee *grantee, struct arena *arena, const char *at,
	const char *end, const struct grant_beyond *beyond)
{
	while (at < end) {
		const char *right = at;
		bool is_in_columns = false;

		for (; at < end && (is_in_columns || *at != ','); at++)
			is_in_columns = *at == '(' || (is_in_columns && *at != ')');
		note_right(grantee, arena, right, (size_t)(at - right), *beyond);
		at += strspn(at, ", ");
	}
}

/* Returns where its end is, " TO ", which no quoted name is. */
static const char *find_end(const char *object)
{
	bool is_quoted = false;

	for (; *object != '\0'; object++) {
		is_quoted ^= *object == '`';
		if (!is_quoted && strncmp(object, " TO ", 4) == 0)
			return object;
	}
	return object;
}

/* "GRANT `operator` TO `wxuser`@`localhost` WITH ADMIN OPTION" */
static void note_role(struct grantee *grantee, struct arena *arena, const char *line)
{
	const char *role = line + strlen("GRANT "), *end = find_end(role);
	const struct grant_beyond beyond = {
		.object = arena_strndup(arena, role, (size_t)(end - role))};

	if (*end != '\0' && names_user(end + strlen(" TO ")))
		note_beyond(grantee, arena, &beyond);
}

/* Notes what a line of the user's own has beyond what statements may need. object: behind ON. */
static void note_line_beyond(
	struct grantee *grantee, struct arena *arena, const char *line, const char *object)
{
	const char *rights = line + strlen("GRANT "), *rights_end = object - strlen(" ON ");
	const char *end = find_end(object), *at = object;
	struct grant_beyond beyond = {
		.object = arena_strndup(arena, object, (size_t)(end - object))};
	const char *database = read_name(arena, &at);
	const bool is_of_table = *at == '.' && at[1] != '*';

	beyond.is_of_others = *at != '.' ||
		(is_of_table ? strcmp(database, grantee->database) != 0
			     : !pattern_names(database, grantee->database));
	if (strstr(end, " WITH GRANT OPTION") != NULL) {
		beyond.rights = "GRANT OPTION";
		beyond.is_option = !beyond.is_of_others;
		note_beyond(grantee, arena, &beyond);
		beyond.is_option = false;
	}
	if (beyond.is_of_others) {
		beyond.rights = arena_strndup(arena, rights, (size_t)(rights_end - rights));
		if (strcmp(beyond.rights, "USAGE") != 0)
			note_beyond(grantee, arena, &beyond);
		return;
	}
	if (is_of_table) {
		at++;
		beyond.table = read_name(arena, &at);
	}
	note_rights(grantee, arena, rights, rights_end, &beyond);
}

static void note_of_database(struct grantee *grantee, const char *pattern, unsigned rights)
{
	if (!pattern_fits(pattern, grantee->database))
		return;
	grantee->has.of_database |= rights;
	if (pattern_names(pattern, grantee->database))
		grantee->pattern = pattern;
	else
		grantee->has_of_others |= rights != 0;
}

static void note_of_table(struct grantee *grantee, struct arena *arena, const char *table,
	const struct grant *given)
{
	struct grant *grant = grants_of(&grantee->has, arena, table, strlen(table));

	grant->rights |= given->rights;
	for (size_t i = 0; i < given->n_columns; i++)
		grant_add_column(grant, arena, given->columns[i], strlen(given->columns[i]));
}

void grants_add_line(struct grantee *grantee, struct arena *arena, const char *line)
{
	const char *object = find_object(line), *database;
	const bool may_grant = strstr(line, " WITH GRANT OPTION") != NULL;
	const char *to;
	struct grant given = {.table = ""};

	if (object == NULL) {
		note_role(grantee, arena, line);
		return;
	}
	read_rights(&given, arena, line + strlen("GRANT "), object);
	to = strstr(object, " TO ");
	grantee->has_of_others |= given.rights != 0 && to != NULL && !names_user(to + 4);
	object += strlen(" ON ");
	if (to != NULL && names_user(to + 4))
		note_line_beyond(grantee, arena, line, object);
	database = read_name(arena, &object);
	if (*object++ != '.')
		return; /* a procedure, or another user */
	if (strcmp(database, "*") == 0) {
		grantee->has.everywhere |= given.rights;
		grantee->has.may_grant |= may_grant;
	} else if (*object == '*') {
		note_of_database(grantee, database, given.rights);
		grantee->has.may_grant |= may_grant && pattern_fits(database, grantee->database);
	} else if (strcmp(database, grantee->database) == 0) {
		note_of_table(grantee, arena, read_name(arena, &object), &given);
	}
}
