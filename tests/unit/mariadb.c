#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <mysql.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "mariadb.h"
#include "migrate.h"
#include "secret_keys.h"

#define START_LIMIT_US (60 * 1000000)
#define WAIT_LIMIT_US (30 * 1000000)
#define RACE_TIMEOUT_S 30

struct conf *test_conf;
struct secret_keys *test_keys;
struct db *test_db;
const char *mariadb_options[4];

static char directory[] = "/tmp/wxuser-db-XXXXXX";
static char data_option[64], socket_path[64], socket_option[64], log_option[64];
static pid_t server;
static MYSQL *own;

/* MariaDB refuses to run as root. */
static void become_nobody(void)
{
	const struct passwd *nobody = getpwnam("nobody");

	if (geteuid() != 0)
		return;
	if (nobody == NULL || setgroups(0, NULL) != 0 || setgid(nobody->pw_gid) != 0 ||
		setuid(nobody->pw_uid) != 0)
		_exit(126);
}

static pid_t spawn(const char *program, char *const *arguments)
{
	pid_t pid = fork();
	int nowhere;

	assert_true(pid >= 0);
	if (pid != 0)
		return pid;
	nowhere = open("/dev/null", O_RDWR);
	dup2(nowhere, STDIN_FILENO);
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
	become_nobody();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	/* A server that starts removes what others of the same directory work with. */
	setenv("TMPDIR", directory, 1);
	execvp(program, arguments);
	_exit(127);
}

static MYSQL *connect_own(void)
{
	MYSQL *mysql = mysql_init(NULL);

	if (mysql_real_connect(mysql, NULL, "root", "", NULL, 0, socket_path,
		    CLIENT_MULTI_STATEMENTS) == NULL) {
		mysql_close(mysql);
		return NULL;
	}
	return mysql;
}

void mariadb_start(void)
{
	const int64_t begun_us = clock_monotonic_us();

	server = spawn("mariadbd",
		(char *[]){"mariadbd", "--no-defaults", data_option, socket_option, log_option,
			"--skip-networking", "--skip-log-bin", "--max-connections=200",
			"--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M",
			"--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0",
			"--innodb-flush-method=nosync", "--debug-no-sync",
			(char *)mariadb_options[0], (char *)mariadb_options[1],
			(char *)mariadb_options[2], (char *)mariadb_options[3], NULL});
	while ((own = connect_own()) == NULL) {
		assert_true(clock_monotonic_us() - begun_us < START_LIMIT_US);
		assert_int_equal(waitpid(server, NULL, WNOHANG), 0);
		usleep(10000);
	}
}

void mariadb_stop(void)
{
	mysql_close(own);
	own = NULL;
	if (server == 0)
		return;
	kill(server, SIGTERM);
	assert_int_equal(waitpid(server, NULL, 0), server);
	server = 0;
}

void mariadb_freeze(void)
{
	int status;

	assert_int_equal(kill(server, SIGSTOP), 0);
	/* Its threads stop one by one; the last one tells. */
	assert_int_equal(waitpid(server, &status, WUNTRACED), server);
	assert_true(WIFSTOPPED(status));
}

void mariadb_thaw(void)
{
	assert_int_equal(kill(server, SIGCONT), 0);
}

static void install(void)
{
	int status;
	pid_t pid = spawn("mariadb-install-db",
		(char *[]){"mariadb-install-db", "--no-defaults", data_option, "--skip-test-db",
			"--skip-name-resolve", "--auth-root-authentication-method=normal",
			"--innodb-flush-method=nosync", "--debug-no-sync", NULL});

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void make_directory(void)
{
	const struct passwd *nobody = getpwnam("nobody");

	assert_non_null(mkdtemp(directory));
	if (geteuid() == 0)
		assert_int_equal(chown(directory, nobody->pw_uid, nobody->pw_gid), 0);
	snprintf(data_option, sizeof(data_option), "--datadir=%s/data", directory);
	snprintf(socket_path, sizeof(socket_path), "%s/sock", directory);
	snprintf(socket_option, sizeof(socket_option), "--socket=%s/sock", directory);
	snprintf(log_option, sizeof(log_option), "--log-error=%s/log", directory);
}

/* As WXUSER_CONF_keys__NAME. */
static void name_key(const char *name, const char *file)
{
	char variable[64], path[64];

	snprintf(variable, sizeof(variable), "WXUSER_CONF_keys__%s", name);
	snprintf(path, sizeof(path), "%s/%s", directory, file);
	setenv(variable, path, 1);
}

static void name_keys(void)
{
	name_key("sealing", "sealing.keys");
	name_key("lookup", "lookup.keys");
	name_key("erasure", "erasure.keys");
	name_key("audit", "audit.keys");
	name_key("erasure_log", "erasures.log");
}

static void load_keys(void)
{
	char error[256];

	assert_int_equal(secret_key_file_create(test_conf->keys_sealing, 1), 0);
	assert_int_equal(secret_key_file_create(test_conf->keys_lookup, 1), 0);
	assert_int_equal(secret_key_file_create(test_conf->keys_erasure, 1), 0);
	assert_int_equal(secret_key_file_create(test_conf->keys_audit, 1), 0);
	test_keys = secret_keys_load(test_conf, error, sizeof(error));
	assert_non_null(test_keys);
}

int mariadb_open(void **state)
{
	char error[256];

	(void)state;
	make_directory();
	install();
	mariadb_start();
	sql("CREATE DATABASE wxuser");
	setenv("WXUSER_CONF_database__socket", socket_path, 1);
	setenv("WXUSER_CONF_database__user", "root", 1);
	name_keys();
	test_conf = conf_load(NULL, error, sizeof(error));
	assert_non_null(test_conf);
	load_keys();
	test_db = db_new(test_conf, test_keys);
	assert_int_equal(migrate(test_db, &(struct migrate_report){0}), ERR_NONE);
	sql("USE wxuser");
	return 0;
}

int mariadb_close(void **state)
{
	char command[64];

	(void)state;
	db_free(test_db);
	secret_keys_free(test_keys);
	conf_free(test_conf);
	mariadb_stop();
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static MYSQL_RES *run(const char *format, va_list arguments)
{
	char text[32768];
	MYSQL_RES *last = NULL;

	vsnprintf(text, sizeof(text), format, arguments);
	if (mysql_query(own, text) != 0)
		fail_msg("%s: %s", text, mysql_error(own));
	do {
		mysql_free_result(last);
		last = mysql_store_result(own);
		if (mysql_errno(own) != 0)
			fail_msg("%s: %s", text, mysql_error(own));
	} while (mysql_next_result(own) == 0);
	return last;
}

void sql(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	mysql_free_result(run(format, arguments));
	va_end(arguments);
}

unsigned sql_error(const char *format, ...)
{
	char text[4096];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	mysql_query(own, text);
	return mysql_errno(own);
}

static const char *first_value(MYSQL_RES *result)
{
	static char text[1024];
	MYSQL_ROW row = result == NULL ? NULL : mysql_fetch_row(result);
	bool is_there = row != NULL && row[0] != NULL;

	if (is_there)
		snprintf(text, sizeof(text), "%s", row[0]);
	mysql_free_result(result);
	return is_there ? text : NULL;
}

const char *sql_text(const char *format, ...)
{
	va_list arguments;
	const char *text;

	va_start(arguments, format);
	text = first_value(run(format, arguments));
	va_end(arguments);
	return text;
}

int64_t sql_number(const char *format, ...)
{
	va_list arguments;
	const char *text;

	va_start(arguments, format);
	text = first_value(run(format, arguments));
	va_end(arguments);
	return text == NULL ? 0 : strtoll(text, NULL, 10);
}

void wait_until(const char *format, ...)
{
	const int64_t begun_us = clock_monotonic_us();
	va_list arguments;
	const char *text = NULL;

	while (text == NULL || strcmp(text, "0") == 0) {
		assert_true(clock_monotonic_us() - begun_us < WAIT_LIMIT_US);
		usleep(2000);
		va_start(arguments, format);
		text = first_value(run(format, arguments));
		va_end(arguments);
	}
}

int n_erasure_lines(void)
{
	FILE *file = fopen(test_conf->keys_erasure_log, "r");
	int n = 0;

	for (int c; file != NULL && (c = fgetc(file)) != EOF;)
		n += c == '\n';
	if (file != NULL)
		fclose(file);
	return n;
}

int64_t mariadb_rows_read(void)
{
	return sql_number("SELECT CAST(variable_value AS INT) "
			  "FROM information_schema.global_status "
			  "WHERE variable_name = 'INNODB_ROWS_READ'");
}

int64_t purged(enum err (*purge)(struct db *db))
{
	assert_int_equal(purge(test_db), ERR_NONE);
	return test_db->n_rows;
}

static void race_alone(int index, int ready, int start, int (*fn)(int index))
{
	char c = 0;
	int status;

	/* The last of many waits for all others, on a machine that may be busy. */
	test_conf->database_read_timeout_s = RACE_TIMEOUT_S;
	test_db = db_new(test_conf, test_keys);
	db_ping(test_db);
	if (write(ready, &c, 1) != 1)
		_exit(1);
	/* The end of the pipe is the signal. */
	while (read(start, &c, 1) < 0 && errno == EINTR)
		;
	status = fn(index);
	db_free(test_db);
	_exit(status == 0 ? 0 : 1);
}

int mariadb_race(int n, int (*fn)(int index))
{
	int ready[2], start[2], n_good = 0;
	char c;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(start), 0);
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			close(ready[0]);
			close(start[1]);
			race_alone(i, ready[1], start[0], fn);
		}
	}
	close(ready[1]);
	close(start[0]);
	for (int i = 0; i < n; i++)
		assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(start[1]);
	for (int i = 0; i < n; i++) {
		int status;

		assert_true(wait(&status) > 0);
		n_good += status == 0;
	}
	return n_good;
}
