#include "unit.h"

#include "arena.h"
#include "arguments.h"


static const char usage[] =
	"--tenant ID --kind mini|web [--note TEXT] --scopes read,write,admin [--force] "
	"[--from FILE] NAME";

enum { TENANT, KIND, NOTE, SCOPES, FORCE, FROM, NAME };

#define WORDS_MAX 16

#define UNEXPECTED(place) \
	"unexpected argument (the word " place " behind the command; it is not shown, since it " \
	"may be secret)"

static const char *read_words_by(const char *usage_text, struct arena *arena, const char *line,
	struct argument values_r[ARGUMENTS_MAX])
{
	char *words[WORDS_MAX + 1] = {NULL};

	for (size_t n = 0; *line != '\0'; n++) {
		size_t size = strcspn(line, " ");

		words[n] = arena_strndup(arena, line, size);
		line += size + (line[size] == ' ');
	}
	return arguments_read(usage_text, words, arena, values_r);
}

static const char *read_words(
	struct arena *arena, const char *line, struct argument values_r[ARGUMENTS_MAX])
{
	return read_words_by(usage, arena, line, values_r);
}

static void values_come_in_the_order_of_the_usage(void **state)
{
	static const char *const lines[] = {
		"--tenant 7 --kind web --scopes read,admin 小店",
		"小店 --scopes admin,read,read --kind=web --tenant=7",
	};
	struct arena *arena = arena_new(1 << 20);
	struct argument values[ARGUMENTS_MAX];

	(void)state;
	for (size_t i = 0; i < N_OF(lines); i++) {
		assert_null(read_words(arena, lines[i], values));
		assert_int_equal(values[TENANT].number, 7);
		assert_int_equal(values[KIND].number, 1);
		assert_string_equal(values[KIND].text, "web");
		assert_null(values[NOTE].text);
		assert_null(values[FORCE].text);
		assert_int_equal(values[SCOPES].number, 1 << 0 | 1 << 2);
		assert_string_equal(values[NAME].text, "小店");
	}
	assert_null(
		read_words(arena, "--note a=b -x --tenant 1 --kind mini --scopes write", values));
	assert_string_equal(values[NOTE].text, "a=b");
	assert_string_equal(values[NAME].text, "-x");
	assert_int_equal(values[KIND].number, 0);
	assert_null(read_words(arena,
		"--from /a/long/name/of/a/file/that/has/more/characters/than/a/name/can/have.csv "
		"--force --tenant 1 --kind mini --scopes write n",
		values));
	assert_string_equal(values[FORCE].text, "--force");
	assert_int_equal(strlen(values[FROM].text), 72);
	assert_string_equal(values[NAME].text, "n");
	arena_free(arena);
}

static void the_last_may_be_many(void **state)
{
	static const char many[] = "[--fast] FILE...";
	struct arena *arena = arena_new(1 << 20);
	struct argument values[ARGUMENTS_MAX];

	(void)state;
	assert_string_equal(read_words_by(many, arena, "", values), "FILE is missing");
	assert_null(read_words_by(
		many, arena, "1 2 --fast 3 4 5 6 7 8 9 10 11 12 13 14 15", values));
	assert_string_equal(values[0].text, "--fast");
	assert_string_equal(values[1].text, "1");
	assert_string_equal(values[15].text, "15");
	assert_null(read_words_by(many, arena, "only", values));
	assert_string_equal(values[1].text, "only");
	assert_null(values[2].text);
	assert_string_equal(
		read_words_by(many, arena, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", values),
		UNEXPECTED("16"));
	arena_free(arena);
}

static void wrong_words_are_named(void **state)
{
	static const struct {
		const char *line, *error;
	} cases[] = {
		{"", "--tenant is missing"},
		{"--tenant 1 --kind mini x", "--scopes is missing"},
		{"--tenant 1 --kind mini --scopes read", "NAME is missing"},
		{"--tenant 1 --kind mini --scopes read x y", UNEXPECTED("8")},
		{"--tenants 1", "unexpected argument --tenants; did you mean --tenant?"},
		{"--tenan 1", "unexpected argument --tenan; did you mean --tenant?"},
		{"--knid=5469a1b2c3d4e5f60718293a4b5c3408",
			"unexpected argument --knid; did you mean --kind?"},
		{"--secret 5469", "unexpected argument --secret"},
		{"--13812345678", UNEXPECTED("1")},
		{"--", "unexpected argument --"},
		{"n 5469a1b2c3d4e5f60718293a4b5c3408", UNEXPECTED("2")},
		{"n --note x 13812345678", UNEXPECTED("4")},
		{"--tenant", "--tenant needs a value"},
		{"--tenant 1 --tenant 1", "--tenant is given twice"},
		{"--tenant 0", "--tenant must be a number from 1"},
		{"--tenant -1", "--tenant must be a number from 1"},
		{"--tenant 2147483648", "--tenant must be a number from 1"},
		{"--tenant one", "--tenant must be a number from 1"},
		{"--tenant=", "--tenant must be a number from 1"},
		{"--force --force", "--force is given twice"},
		{"--force=yes", "--force must be given without a value"},
		{"--force= yes", "--force must be given without a value"},
		{"--from=", "--from must be the name of a file"},
		{"--kind min", "--kind must be one of mini|web"},
		{"--kind mini|web", "--kind must be one of mini|web"},
		{"--kind=", "--kind must be one of mini|web"},
		{"--scopes read,", "--scopes must be one or more of read,write,admin"},
		{"--scopes ,read", "--scopes must be one or more of read,write,admin"},
		{"--scopes all", "--scopes must be one or more of read,write,admin"},
		{"--note=", "--note must be 1 to 64 characters of UTF-8 without controls"},
		{"a\tb", "NAME must be 1 to 64 characters of UTF-8 without controls"},
		{"a\xff", "NAME must be 1 to 64 characters of UTF-8 without controls"},
		{"a\u202eb", "NAME holds U+202E, which cannot be seen; type it anew"},
		{"a\x7f", "NAME must be 1 to 64 characters of UTF-8 without controls"},
	};
	struct arena *arena = arena_new(1 << 20);
	struct argument values[ARGUMENTS_MAX];

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const char *error = read_words(arena, cases[i].line, values);

		if (error == NULL)
			fail_msg("case %zu is taken", i);
		assert_string_equal(error, cases[i].error);
	}
	arena_free(arena);
}

static void text_is_measured_in_characters(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct argument values[ARGUMENTS_MAX];
	char *name = arena_strdup(arena, "");

	(void)state;
	for (int n = 1; n <= ARGUMENT_OLD_ID_CHARS_MAX + 1; n++) {
		char *words[] = {name = arena_printf(arena, "%s店", name), NULL};

		assert_int_equal(arguments_read("NAME", words, arena, values) == NULL,
			n <= ARGUMENT_CHARS_MAX);
		assert_int_equal(arguments_read("OLD-ID", words, arena, values) == NULL,
			n <= ARGUMENT_OLD_ID_CHARS_MAX);
	}
	arena_free(arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_come_in_the_order_of_the_usage),
		cmocka_unit_test(the_last_may_be_many),
		cmocka_unit_test(wrong_words_are_named),
		cmocka_unit_test(text_is_measured_in_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
