#include "unit.h"

#include <unistd.h>

#include "conf.h"


#define TEN_DIGITS "0123456789"
#define FIFTY_DIGITS TEN_DIGITS TEN_DIGITS TEN_DIGITS TEN_DIGITS TEN_DIGITS
#define OVERRIDE "WXUSER_CONF_server__workers_core"

static char path[] = "/tmp/wxuser-conf-XXXXXX";
static char error[512];

static int set_up(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	return close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static struct conf *load(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	*error = '\0';
	return conf_load(path, error, sizeof(error));
}

static void without_a_file_the_defaults_hold(void **state)
{
	struct conf *conf = conf_load(NULL, error, sizeof(error));

	(void)state;
	assert_non_null(conf);
	assert_null(conf->path);
	assert_string_equal(conf->server_listen_core, RUNSTATEDIR "/wxuser/core.sock");
	assert_string_equal(conf->database_host, "");
	assert_int_equal(conf->server_workers_core, 8);
	assert_int_equal(conf->account_replay_window_s, 60);
	assert_true(conf->rates_by_address);
	assert_string_equal(conf->http_messages, "auto");
	conf_free(conf);
	conf_free(NULL);
}

static void a_file_sets_each_kind_of_key(void **state)
{
	struct conf *conf = load("\xef\xbb\xbf# comment\n"
		    "; comment\n"
		    "\n"
		    "[server]\r\n"
		    "workers_core=1\r\n"
		    "workers_remote : 1024 ; the most\n"
		    "base_path =\n"
		    "[database]\n"
		    "name = 用户 = x\n"
		    "[rates]\n"
		    "by_address = false\n"
		    "[http]\n"
		    "messages = zh\n"
		    "[server]\n"
		    "max_requests = 0");

	(void)state;
	assert_string_equal(error, "");
	assert_non_null(conf);
	assert_string_equal(conf->path, path);
	assert_int_equal(conf->server_workers_core, 1);
	assert_int_equal(conf->server_workers_remote, 1024);
	assert_string_equal(conf->server_base_path, "");
	assert_string_equal(conf->database_name, "用户 = x");
	assert_false(conf->rates_by_address);
	assert_string_equal(conf->http_messages, "zh");
	assert_int_equal(conf->server_max_requests, 0);
	conf_free(conf);
}

static void a_list_goes_on_after_a_comma(void **state)
{
	struct conf *conf = load("[http]\n"
				 "hosts = a.example=wx1,\n"
				 "\tb.example=wx2,\n"
				 "  # between\n"
				 "  c.example=wx3\n");

	(void)state;
	assert_string_equal(error, "");
	assert_non_null(conf);
	assert_string_equal(conf->http_hosts, "a.example=wx1,b.example=wx2,c.example=wx3");
	conf_free(conf);
}

static void bad_files_are_refused_with_their_line(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *error;
	} cases[] = {
		{ "[nosuch]\nkey = 1\n", 2, "unknown section [nosuch]" },
		{ "[server]\nlisten = x\n", 2, "unknown key listen in section [server]" },
		{ "[Server]\nlisten_core = x\n", 2, "unknown section [Server]" },
		{ "[server]\nlisten_core\n", 2, "neither [section] nor key = value" },
		{ "[server\nlisten_core = x\n", 1, "neither [section] nor key = value" },
		{ "[server]\nnonsense\nworkers_core = x\n", 2, "neither [section] nor" },
		{ "workers_core = 1\n", 1, "before any [section]" },
		{ "[server]\n\nworkers_core = 0\n", 3,
			"workers_core must be a number from 1 to 1024" },
		{ "[server]\nworkers_core = 1025\n", 2, "from 1 to 1024" },
		{ "[server]\nworkers_core = -1\n", 2, "from 1 to 1024" },
		{ "[server]\nworkers_core = 99999999999999999999\n", 2, "from 1 to 1024" },
		{ "[server]\nworkers_core = eight\n", 2, "from 1 to 1024" },
		{ "[server]\nworkers_core = 8 x\n", 2, "from 1 to 1024" },
		{ "[server]\nworkers_core = 0x8\n", 2, "from 1 to 1024" },
		{ "[server]\nworkers_core =\n", 2, "from 1 to 1024" },
		{ "[server]\nworkers_core = 1\nworkers_core = 1\n", 3, "set twice" },
		{ "[rates]\nby_address = yes\n", 2, "by_address must be one of true|false" },
		{ "[rates]\nby_address = tru\n", 2, "one of true|false" },
		{ "[http]\nmessages = en|auto\n", 2, "one of zh|en|auto" },
		{ "[http]\nmessages =\n", 2, "one of zh|en|auto" },
		{ "[http]\nmessages = ENGLISH\n", 2, "one of zh|en|auto" },
		{ "[database]\nname = \xff\n", 2, "name must be UTF-8" },
		{ "[server]\nworkers_core = 2\n  workers_remote = 2\n", 3,
			"no list that ends with a comma" },
		{ "[server]\nlisten_core = x\n  listen_remote = y\n", 3,
			"no list that ends with a comma" },
		{ "[http]\nhosts = a,\n  \xff\n", 3, "hosts must be UTF-8" },
		{ "[http]\nhosts = " FIFTY_DIGITS FIFTY_DIGITS FIFTY_DIGITS FIFTY_DIGITS "\n", 2,
			"longer than" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		char place[64];

		if (load(cases[i].text) != NULL)
			fail_msg("case %zu loads", i);
		snprintf(place, sizeof(place), "%s:%d: ", path, cases[i].line);
		if (strncmp(error, place, strlen(place)) != 0 ||
			strstr(error, cases[i].error) == NULL)
			fail_msg("case %zu: %s", i, error);
	}
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	(void)state;
	assert_null(conf_load("/nonexistent/wxuser.conf", error, sizeof(error)));
	assert_string_equal(error, "/nonexistent/wxuser.conf: No such file or directory; "
				   "\"wxuserctl conf sample\" writes one");
	assert_null(conf_load("/tmp", error, sizeof(error)));
	assert_string_equal(error, "/tmp: Is a directory");
	assert_null(conf_load("/nonexistent/wxuser.conf", error, 10));
	assert_string_equal(error, "/nonexist");
}

static void the_environment_goes_before_the_file(void **state)
{
	static const struct {
		const char *name, *value, *error;
	} cases[] = {
		{ OVERRIDE, "5", NULL },
		{ OVERRIDE, "0", "environment, " OVERRIDE ": workers_core must be a number" },
		{ OVERRIDE, "", "environment, " OVERRIDE ": workers_core must be a number" },
		{ "WXUSER_CONF_server__nosuch", "5", "unknown key nosuch in section [server]" },
		{ "WXUSER_CONF_nosuch__key", "5", "unknown section [nosuch]" },
		{ "WXUSER_CONF_SERVER__WORKERS_CORE", "5", "unknown section [SERVER]" },
		{ "WXUSER_CONF_", "__=", NULL },
		{ "WXUSER_CONF_server_workers_core", "a__b", NULL },
		{ "wxuser_conf_server__nosuch", "5", NULL },
		{ "WXUSER_server__nosuch", "5", NULL },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct conf *conf;

		setenv(cases[i].name, cases[i].value, 1);
		conf = load("[server]\nworkers_core = 3\n");
		unsetenv(cases[i].name);
		if (conf == NULL &&
			(cases[i].error == NULL || strstr(error, cases[i].error) == NULL))
			fail_msg("case %zu: %s", i, error);
		assert_int_equal(conf == NULL, cases[i].error != NULL);
		if (conf != NULL)
			assert_int_equal(conf->server_workers_core, i == 0 ? 5 : 3);
		conf_free(conf);
	}
}

/* Takes the comment sign from every line of the sample that sets a key. */
static void the_sample_loads_with_every_key_set(void **state)
{
	char text[32768], *from, *to = text;
	FILE *file = tmpfile();
	struct conf *conf;
	size_t size;
	int n_keys = 0;

	(void)state;
	conf_write_sample(file);
	rewind(file);
	size = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[size] = '\0';
	conf = load(text);
	assert_non_null(conf);
	conf_free(conf);
	for (from = text; *from != '\0'; from++) {
		bool is_key = *from == '#' && from[1] != ' ';

		n_keys += is_key;
		if (!is_key)
			*to++ = *from;
	}
	*to = '\0';
	conf = load(text);
	assert_string_equal(error, "");
	assert_non_null(conf);
	assert_int_equal(conf->server_workers_remote, 16);
	assert_true(conf->log_access);
	assert_in_range(n_keys, 40, 200);
	conf_free(conf);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_file_the_defaults_hold),
		cmocka_unit_test(a_file_sets_each_kind_of_key),
		cmocka_unit_test(a_list_goes_on_after_a_comma),
		cmocka_unit_test(bad_files_are_refused_with_their_line),
		cmocka_unit_test(a_file_that_cannot_be_read_is_named),
		cmocka_unit_test(the_environment_goes_before_the_file),
		cmocka_unit_test(the_sample_loads_with_every_key_set),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
