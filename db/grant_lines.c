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

	if (object == NULL)
		return;
	read_rights(&given, arena, line + strlen("GRANT "), object);
	to = strstr(object, " TO ");
	grantee->has_of_others |= given.rights != 0 && to != NULL && !names_user(to + 4);
	object += strlen(" ON ");
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
