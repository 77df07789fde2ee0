#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "conf_key.h"
#include "pool.h"
#include "secret_file.h"

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
	assert_int_equal(conf->server_workers_remote, 4);
	assert_int_equal(conf->account_replay_window_s, 60);
	assert_true(conf->rates_by_address);
	assert_false(conf->admin_api);
	assert_string_equal(conf->http_messages, "auto");
	conf_free(conf);
	conf_free(NULL);
}

static void core_workers_go_by_the_processors(void **state)
{
	static const struct {
		int n_processors;
		long n_workers;
	} cases[] = {{1, 8}, {2, 16}, {4, 32}, {7, 56}, {8, 64}, {9, 64}, {64, 64}, {1024, 64}};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++)
		assert_int_equal(pool_core_workers(cases[i].n_processors), cases[i].n_workers);
	/* What "wxuserctl check" reckons with, on MariaDB's default of 151 connections. */
	assert_in_range(2 * (POOL_CORE_WORKERS_MOST + 4), 1, 151 - 10);
}

static void assert_core_workers(const char *text, long n_workers)
{
	struct conf *conf = load(text);

	assert_int_equal(conf->server_workers_core, n_workers);
	conf_free(conf);
}

static void only_processors_that_the_program_may_use_count(void **state)
{
	cpu_set_t all, one;
	int processor = 0;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	while (!CPU_ISSET(processor, &all))
		processor++;
	CPU_ZERO(&one);
	CPU_SET(processor, &one);
	assert_core_workers("", pool_core_workers(CPU_COUNT(&all)));
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_core_workers("", pool_core_workers(1));
	assert_core_workers("[server]\nworkers_core = 0\n", pool_core_workers(1));
	assert_core_workers("[server]\nworkers_core = 3\n", 3);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
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
		{ "[nosuch]\nkey = 1\n", 2, "unknown section [nosuch]; \"wxuserctl" },
		{ "[databse]\nname = x\n", 2, "unknown section [databse]; did you mean database?" },
		{ "[log]\npassword = x\n", 2, "did you mean [database] password?" },
		{ "[server]\nlisten-core = x\n", 2, "did you mean listen_core?" },
		{ "[server]\nlisten = x\n", 2, "did you mean listen_core?" },
		{ "[server]\nnosuch = x\n", 2, "nosuch in section [server]; \"wxuserctl" },
		{ "[server]\nuser＝x\n", 2, "the sign is a full-width one" },
		{ "[server]\nuser：x\n", 2, "the sign is a full-width one" },
		{ "[http]\nhosts = a=wx1,\n  b=wx2 # shop\n", 3, "hosts must be without" },
		{ "[server]\nlisten = x\n", 2, "unknown key listen in section [server]" },
		{ "[Server]\nlisten_core = x\n", 2, "[Server]; did you mean server?" },
		{ "[server]\nlisten_core\n", 2, "neither [section] nor key = value" },
		{ "[server\nlisten_core = x\n", 1, "neither [section] nor key = value" },
		{ "[server]\nnonsense\nworkers_core = x\n", 2, "neither [section] nor" },
		{ "workers_core = 1\n", 1, "before any [section]" },
		{ "[server]\n\nworkers_remote = 0\n", 3,
			"workers_remote must be a number from 1 to 1024" },
		{ "[server]\nworkers_core = 1025\n", 2, "from 0 to 1024" },
		{ "[server]\nworkers_core = -1\n", 2, "from 0 to 1024" },
		{ "[server]\nworkers_core = 99999999999999999999\n", 2, "from 0 to 1024" },
		{ "[server]\nworkers_core = eight\n", 2, "from 0 to 1024" },
		{ "[server]\nworkers_core = 8 x\n", 2, "from 0 to 1024" },
		{ "[server]\nworkers_core = 0x8\n", 2, "from 0 to 1024" },
		{ "[server]\nworkers_core =\n", 2, "from 0 to 1024" },
		{ "[server]\nworkers_core = 1\nworkers_core = 1\n", 3,
			"workers_core is set twice, first in line 2; take out one" },
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
		{ "\xff\xfe[\n", 1, "it is UTF-16; save it as UTF-8" },
		{ "\xfe\xff", 1, "it is UTF-16; save it as UTF-8" },
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

static void what_is_right_beside_a_fault_is_read(void **state)
{
	struct conf *conf;

	(void)state;
	conf_free(load("[nosuch]\nkey = 1\n[server]\nno sign\nworkers_remote = x\n"
		       "state_directory = /a\n"));
	conf = conf_load_lenient(path, error, sizeof(error));
	assert_string_equal(conf->server_state_directory, "/a");
	assert_int_equal(conf->server_workers_remote, 4);
	assert_non_null(strstr(error, ":2: unknown section [nosuch]"));
	conf_free(conf);
	assert_null(conf_load_lenient("/nonexistent/wxuser.conf", error, sizeof(error)));
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	(void)state;
	assert_null(conf_load("/nonexistent/wxuser.conf", error, sizeof(error)));
	assert_string_equal(error, "/nonexistent/wxuser.conf: No such file or directory; "
				   "run: wxuserctl conf sample >/nonexistent/wxuser.conf");
	assert_null(conf_load("/tmp", error, sizeof(error)));
	assert_string_equal(error, "/tmp: Is a directory");
	assert_null(conf_load("/nonexistent/wxuser.conf", error, 10));
	assert_string_equal(error, "/nonexist");
}

/* One line of the key's section. */
static bool loads(const struct conf_key *key, const char *name, const char *value)
{
	char text[512];
	struct conf *conf;

	snprintf(text, sizeof(text), "[%s]\n%s = %s\n", key->section, name, value);
	conf = load(text);
	conf_free(conf);
	return conf != NULL;
}

static void assert_refused(const struct conf_key *key, const char *value, const char *why)
{
	char begin[128];

	if (loads(key, key->name, value))
		fail_msg("[%s] %s = %s loads", key->section, key->name, value);
	snprintf(begin, sizeof(begin), "%s:2: %s must be ", path, key->name);
	if (strncmp(error, begin, strlen(begin)) != 0 || strstr(error, why) == NULL)
		fail_msg("[%s] %s = %s: %s", key->section, key->name, value, error);
}

#define COMMENTS "a comment after a value begins with \" ;\""

static void assert_string_is_judged(const struct conf_key *key)
{
	const bool may_be_empty = key->kind != CONF_KIND_WORD;

	assert_refused(key, "\"x\"", "without the quotes");
	assert_refused(key, "'x'", "without the quotes");
	assert_refused(key, "\"\"", "without the quotes");
	assert_true(loads(key, key->name, "'x\""));
	assert_int_equal(loads(key, key->name, ""), may_be_empty);
	if (!may_be_empty)
		assert_refused(key, "", "something; without the line its default holds");
	if (key->kind == CONF_KIND_TEXT)
		assert_true(loads(key, key->name, "x # y"));
	else
		assert_refused(key, "x # y", COMMENTS);
	assert_true(loads(key, key->name, "x#y"));
}

static void assert_choice_is_judged(const struct conf_key *key)
{
	static const char *const wrong[] = {"", "x", "\"1\"", "'true'", "yes", "-1", "1,5", "１"};
	char commented[128];

	for (size_t i = 0; i < N_OF(wrong); i++)
		assert_refused(key, wrong[i], key->kind == CONF_KIND_INT ? "a number" : "one of");
	snprintf(commented, sizeof(commented), "%s # y", key->preset);
	assert_refused(key, commented, COMMENTS);
}

static void each_key_judges_its_value(void **state)
{
	(void)state;
	for (const struct conf_key *key = conf_keys; key->name != NULL; key++) {
		char commented[128];

		if (key->kind <= CONF_KIND_TEXT)
			assert_string_is_judged(key);
		else
			assert_choice_is_judged(key);
		snprintf(commented, sizeof(commented), "%s ; y", key->preset);
		if (!loads(key, key->name, commented))
			fail_msg("%s", error);
	}
}

static void a_mistyped_key_is_recognised(void **state)
{
	(void)state;
	for (const struct conf_key *key = conf_keys; key->name != NULL; key++) {
		const size_t size = strlen(key->name);
		char typed[64], question[128];

		snprintf(question, sizeof(question), "; did you mean %s?", key->name);
		snprintf(typed, sizeof(typed), "%.*s%s", (int)size / 2, key->name,
			key->name + size / 2 + 1);
		assert_false(loads(key, typed, "x"));
		if (strstr(error, question) == NULL)
			fail_msg("%s: %s", typed, error);
		snprintf(typed, sizeof(typed), "%sx", key->name);
		assert_false(loads(key, typed, "x"));
		if (strstr(error, question) == NULL)
			fail_msg("%s: %s", typed, error);
	}
}

/* An error text must not tell a password. */
static void a_refused_secret_is_not_told(void **state)
{
	(void)state;
	assert_null(load("[database]\npassword = \"hunter2\"\n"));
	assert_null(strstr(error, "hunter2"));
}

static void who_may_not_read_is_told_who_may(void **state)
{
	char *called = program_invocation_short_name;

	(void)state;
	if (geteuid() != 0)
		skip();
	conf_free(load(""));
	assert_int_equal(seteuid(65534), 0);
	assert_null(conf_load(path, error, sizeof(error)));
	assert_non_null(strstr(error, "user nobody may not read /"));
	assert_non_null(strstr(error, "; run: chgrp root /"));
	program_invocation_short_name = (char *)"wxuserctl";
	assert_null(conf_load(path, error, sizeof(error)));
	assert_int_equal(seteuid(0), 0);
	assert_non_null(strstr(error, ": user nobody may not read it; run: sudo wxuserctl ..."));
	assert_int_equal(lchown(path, 1, 1), 0);
	assert_int_equal(seteuid(65534), 0);
	assert_null(conf_load(path, error, sizeof(error)));
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(lchown(path, 0, 0), 0);
	assert_non_null(strstr(error, "; run: sudo -u daemon wxuserctl ..."));
	program_invocation_short_name = called;
}

/* Loads a file of the user, group and mode as the user. */
static bool is_taken(const char *file, uid_t owner, gid_t group, mode_t mode, uid_t reader)
{
	struct conf *conf;

	assert_int_equal(chown(file, owner, group), 0);
	assert_int_equal(chmod(file, mode), 0);
	assert_int_equal(seteuid(reader), 0);
	*error = '\0';
	conf = conf_load_lenient(file, error, sizeof(error));
	assert_int_equal(seteuid(0), 0);
	conf_free(conf);
	assert_true((conf == NULL) == (*error != '\0'));
	return conf != NULL;
}

static void a_file_that_others_may_write_is_refused(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	conf_free(load(""));
	assert_true(is_taken(path, 0, 1, 0644, 0));
	assert_true(is_taken(path, 0, 0, 0664, 0));
	assert_false(is_taken(path, 0, 1, 0660, 0));
	assert_non_null(strstr(error, "; move the file to /"));
	assert_false(is_taken(path, 0, 0, 0646, 0));
	/* The home of another user stays as it is. */
	assert_false(is_taken(path, 1, 0, 0600, 0));
	assert_non_null(strstr(error, "is user daemon's, who can change the configuration; run: "
				      "sudo -u daemon "));
	assert_non_null(strstr(error, " ..., or move the file to /"));
	/* Where no root is, the owner of the home runs all. */
	assert_true(is_taken(path, 1, 1, 0644, 65534));
	assert_true(is_taken(path, 1, 1, 0600, 1));
	/* The group is the user's own. */
	assert_true(is_taken(path, 1, 1, 0664, 1));
	assert_false(is_taken(path, 1, 1, 0664, 0));
	assert_false(is_taken(path, 1, 2, 0664, 1));
	assert_non_null(strstr(error, "; run: chmod go-w /"));
	assert_false(is_taken(path, 65534, 1, 0646, 65534));
	assert_true(is_taken(path, 0, 0, 0600, 0));
}

static void a_directory_in_which_others_may_write_is_refused(void **state)
{
	char above[] = "/tmp/wxuser-conf-XXXXXX", directory[64], file[80], link_to[80];

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_non_null(mkdtemp(above));
	assert_int_equal(chmod(above, 0755), 0);
	snprintf(directory, sizeof(directory), "%s/in", above);
	snprintf(file, sizeof(file), "%s/conf", directory);
	snprintf(link_to, sizeof(link_to), "%s/link", above);
	assert_int_equal(mkdir(directory, 0755), 0);
	assert_int_equal(close(open(file, O_CREAT | O_WRONLY, 0600)), 0);
	assert_int_equal(symlink(file, link_to), 0);
	assert_true(is_taken(file, 0, 0, 0644, 0));
	assert_int_equal(chmod(directory, 0757), 0);
	assert_false(is_taken(file, 0, 0, 0644, 0));
	assert_false(is_taken(link_to, 0, 0, 0644, 0));
	assert_non_null(strstr(error, "others may write to the directory /"));
	assert_false(is_taken(file, 1, 1, 0644, 1));
	assert_int_equal(chmod(directory, 01777), 0);
	assert_true(is_taken(file, 0, 0, 0644, 0));
	assert_int_equal(chmod(directory, 0755), 0);
	assert_int_equal(chown(above, 1, 1), 0);
	assert_false(is_taken(file, 0, 0, 0644, 0));
	assert_non_null(strstr(error, "the directory /"));
	assert_true(is_taken(file, 1, 1, 0644, 1));
	assert_int_equal(unlink(link_to), 0);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(rmdir(above), 0);
}

static void a_link_that_others_may_exchange_is_refused(void **state)
{
	char directory[] = "/tmp/wxuser-conf-XXXXXX", link_to[64];

	(void)state;
	if (geteuid() != 0)
		skip();
	conf_free(load(""));
	assert_non_null(mkdtemp(directory));
	snprintf(link_to, sizeof(link_to), "%s/link", directory);
	assert_int_equal(symlink(path, link_to), 0);
	assert_int_equal(chmod(directory, 0755), 0);
	assert_true(is_taken(link_to, 0, 0, 0644, 0));
	assert_int_equal(chmod(directory, 0757), 0);
	assert_false(is_taken(link_to, 0, 0, 0644, 0));
	assert_non_null(strstr(error, "others may write to the directory /"));
	assert_false(is_taken(link_to, 1, 1, 0644, 1));
	assert_int_equal(chmod(directory, 01777), 0);
	assert_true(is_taken(link_to, 0, 0, 0644, 0));
	/* Its owner may exchange it there. */
	assert_int_equal(lchown(link_to, 1, 1), 0);
	assert_null(conf_load(link_to, error, sizeof(error)));
	assert_non_null(strstr(error, "the link /"));
	assert_int_equal(unlink(link_to), 0);
	assert_int_equal(rmdir(directory), 0);
}

static void a_pipe_is_of_who_reads_it(void **state)
{
	static const char text[] = "[database]\nuser = shop\n";
	char fifo[] = "/tmp/wxuser-conf-XXXXXX", pipe_path[32];
	struct conf *conf;
	int ends[2];

	(void)state;
	if (geteuid() != 0)
		skip();
	/* As a shell's "<(…)". */
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
	close(ends[1]);
	snprintf(pipe_path, sizeof(pipe_path), "/dev/fd/%d", ends[0]);
	conf = conf_load(pipe_path, error, sizeof(error));
	assert_non_null(conf);
	assert_string_equal(conf->database_user, "shop");
	conf_free(conf);
	close(ends[0]);

	close(mkstemp(fifo));
	assert_int_equal(unlink(fifo), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_null(conf_load(fifo, error, sizeof(error)));
	assert_non_null(strstr(error, ": nobody writes to it"));
	assert_false(is_taken(fifo, 0, 0, 0622, 0));
	assert_non_null(strstr(error, "others may write to the file /"));
	assert_false(is_taken(fifo, 1, 1, 0600, 0));
	assert_false(is_taken(fifo, 1, 1, 0644, 65534));
	assert_non_null(strstr(error, "is user daemon's"));
	assert_int_equal(unlink(fifo), 0);
	conf = conf_load("/dev/null", error, sizeof(error));
	assert_non_null(conf);
	conf_free(conf);
}

static void a_password_that_others_may_read_is_refused(void **state)
{
	(void)state;
	conf_free(load(""));
	assert_int_equal(chmod(path, 0644), 0);
	conf_free(load("[database]\nuser = shop\n"));
	assert_string_equal(error, "");
	assert_null(load("[database]\npassword = said\n"));
	assert_non_null(
		strstr(error, "others may read it, and password stands there; run: chgrp "));
	assert_null(load("[server]\nuser = daemon\n[database]\npassword = said\n"));
	assert_non_null(strstr(error, "; run: chgrp daemon /"));
	assert_non_null(strstr(error, " && chmod 640 /"));
	assert_null(load("[sms]\nsecret = said\n"));
	assert_int_equal(chmod(path, 0640), 0);
	conf_free(load("[database]\npassword = said\n"));
	assert_string_equal(error, "");
}

static void the_environment_goes_before_the_file(void **state)
{
	static const struct {
		const char *name, *value, *error;
	} cases[] = {
		{ OVERRIDE, "5", NULL },
		{ OVERRIDE, "-1", "environment, " OVERRIDE ": workers_core must be a number" },
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
	assert_int_equal(conf->server_workers_remote, 4);
	assert_true(conf->log_access);
	assert_in_range(n_keys, 40, 200);
	conf_free(conf);
}

static void a_secret_is_the_first_line_of_its_file(void **state)
{
	static const char *const cases[][2] = {
		{"secret", "secret"},
		{"secret\nmore\n", "secret"},
		{"secret\r\n", "secret"},
		{"\xef\xbb\xbfsecret\n", "secret"},
		{" with blanks \n", " with blanks "},
		{"", ""},
	};
	char secret[64];

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		conf_free(load(cases[i][0]));
		assert_true(secret_file_read("", path, secret, sizeof(secret)));
		assert_string_equal(secret, cases[i][1]);
	}
	assert_true(secret_file_read("said", "", secret, sizeof(secret)));
	assert_string_equal(secret, "said");
	assert_false(secret_file_read("", "/nonexistent", secret, sizeof(secret)));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	alarm(20);
	assert_false(secret_file_read("", path, secret, sizeof(secret)));
	alarm(0);
	assert_int_equal(unlink(path), 0);
	conf_free(load(""));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_file_the_defaults_hold),
		cmocka_unit_test(core_workers_go_by_the_processors),
		cmocka_unit_test(only_processors_that_the_program_may_use_count),
		cmocka_unit_test(a_file_sets_each_kind_of_key),
		cmocka_unit_test(a_list_goes_on_after_a_comma),
		cmocka_unit_test(bad_files_are_refused_with_their_line),
		cmocka_unit_test(what_is_right_beside_a_fault_is_read),
		cmocka_unit_test(a_file_that_cannot_be_read_is_named),
		cmocka_unit_test(each_key_judges_its_value),
		cmocka_unit_test(a_mistyped_key_is_recognised),
		cmocka_unit_test(a_refused_secret_is_not_told),
		cmocka_unit_test(who_may_not_read_is_told_who_may),
		cmocka_unit_test(a_file_that_others_may_write_is_refused),
		cmocka_unit_test(a_directory_in_which_others_may_write_is_refused),
		cmocka_unit_test(a_link_that_others_may_exchange_is_refused),
		cmocka_unit_test(a_pipe_is_of_who_reads_it),
		cmocka_unit_test(a_password_that_others_may_read_is_refused),
		cmocka_unit_test(the_environment_goes_before_the_file),
		cmocka_unit_test(the_sample_loads_with_every_key_set),
		cmocka_unit_test(a_secret_is_the_first_line_of_its_file),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
