#include "unit.h"

#include <string.h>

#include "ascii.h"
#include "endpoint.h"
#include "endpoints.h"

typedef void check_fn(const struct dialect *dialect, enum err err);

/* Each error that a client may meet somewhere in the dialect, once an endpoint. */
/* A dialect tells ERR_INTEGRITY as ERR_INTERNAL. */
static void check_each(check_fn *check)
{
	for (const struct endpoint *const *at = endpoints; *at != NULL; at++) {
		for (enum err err = ERR_NONE + 1; err < ERR_N; err++) {
			if (err != ERR_INTEGRITY && endpoint_may_return(*at, err))
				check((*at)->dialect, err);
		}
	}
}

/* U+4E00 to U+9FFF, all but a few of which begin with these bytes. */
static bool has_chinese(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text >= 0xe4 && (unsigned char)*text <= 0xe9)
			return true;
	}
	return false;
}

static bool is_english(const char *text)
{
	if (!ascii_is_letter(*text))
		return false;
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~')
			return false;
	}
	return true;
}

static void check_languages(const struct dialect *dialect, enum err err)
{
	const struct dialect_error *error = &dialect->errors[err];

	if (error->zh == NULL || !has_chinese(error->zh))
		fail_msg("%s has no Chinese text for %s", dialect->name, err_name(err));
	if (error->en == NULL || !is_english(error->en))
		fail_msg("%s has no English text for %s", dialect->name, err_name(err));
}

static void a_text_is_in_its_language(void **state)
{
	(void)state;
	check_each(check_languages);
}

/* Web API fills in the URI, the method and the media type; nothing else is filled in anywhere. */
static int n_holes_filled(const struct dialect *dialect, enum err err)
{
	return dialect->is_negotiating &&
		(err == ERR_NOT_FOUND || err == ERR_METHOD || err == ERR_MEDIA_TYPE);
}

static int n_holes(const char *text)
{
	int n = 0;

	while ((text = strchr(text, '%')) != NULL) {
		assert_int_equal(*++text, 's');
		n++;
	}
	return n;
}

static void check_holes(const struct dialect *dialect, enum err err)
{
	const struct dialect_error *error = &dialect->errors[err];

	check_languages(dialect, err);
	assert_int_equal(n_holes(error->zh), n_holes_filled(dialect, err));
	assert_int_equal(n_holes(error->en), n_holes_filled(dialect, err));
}

static void what_is_filled_in_has_a_place(void **state)
{
	(void)state;
	check_each(check_holes);
}

static void the_table_of_endpoints_is_good(void **state)
{
	const char *problem = endpoint_find_problem(endpoints);

	(void)state;
	if (problem != NULL)
		fail_msg("%s", problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_of_endpoints_is_good),
		cmocka_unit_test(a_text_is_in_its_language),
		cmocka_unit_test(what_is_filled_in_has_a_place),
	};

	return cmocka_run_group_tests_name("texts", tests, NULL, NULL);
}
