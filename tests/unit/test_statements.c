#include "unit.h"

#include "arena.h"
#include "statements.h"
#include "stmt.h"
#include "str.h"

/* Rules for the text of every statement, which need no database. */

/* Returns "u." for "UPDATE … wechat_user u … SET", "" for "UPDATE wechat_user SET". */
static const char *prefix_of_user(struct arena *arena, const char *text)
{
	const char *alias = strstr(text, "wechat_user ") + strlen("wechat_user ");

	if (str_starts_with(alias, "SET "))
		return "";
	return arena_printf(arena, "%.*s.", (int)strcspn(alias, " "), alias);
}

static bool updates_user(struct arena *arena, const char *text)
{
	const char *set = strstr(text, " SET "), *user = strstr(text, "wechat_user "), *list;

	if (!str_starts_with(text, "UPDATE ") || user == NULL || user > set)
		return false;
	list = arena_strndup(arena, set, (size_t)(strstr(set, " WHERE ") - set));
	return strstr(list, arena_printf(arena, " %s", prefix_of_user(arena, text))) != NULL;
}

struct found {
	struct arena *arena;
	size_t n;
};

static void check_version(void *ctx, const struct stmt *stmt)
{
	struct found *found = ctx;
	struct arena *arena = found->arena;
	const char *prefix;

	if (!updates_user(arena, stmt->text))
		return;
	found->n++;
	prefix = prefix_of_user(arena, stmt->text);
	if (strstr(stmt->text, arena_printf(arena, " %sversion = %sversion + 1", prefix, prefix)) ==
		NULL)
		fail_msg("the statement does not raise the user's version: %s", stmt->text);
}

/* db/schema/0013_user_version.sql */
static void every_update_of_a_user_raises_its_version(void **state)
{
	struct found found = {.arena = arena_new(64 * 1024)};

	(void)state;
	statements_each(check_version, &found);
	assert_true(found.n >= 7);
	arena_free(found.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_update_of_a_user_raises_its_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
