#include "unit.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "captured_log.h"
#include "clock.h"
#include "conf.h"
#include "err.h"
#include "log.h"
#include "str.h"

#define LIMIT_US (10 * CLOCK_SECOND_US)

static char directory[] = "/tmp/wxuser_log_XXXXXX";

static const char *in_directory(const char *name)
{
	static char paths[4][64];
	static unsigned at;

	at = (at + 1) % N_OF(paths);
	snprintf(paths[at], sizeof(paths[at]), "%s/%s", directory, name);
	return paths[at];
}

/* NULL: refused. */
static struct log *open_log(const char *path, const char *access_path)
{
	const struct conf conf = {
		.log_path = path,
		.log_access_path = access_path,
		.log_facility = "local3",
		.log_level = "info",
	};

	return log_new(&conf);
}

static struct log *use_log(const char *path, const char *access_path)
{
	struct log *log = open_log(path, access_path);

	assert_non_null(log);
	log_use(log);
	return log;
}

static const char *text_of(const char *path)
{
	static char text[16384];
	FILE *file = fopen(path, "r");

	if (file == NULL)
		return NULL;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

/* ---- What a line looks like. */

static void a_line_cannot_be_forged(void **state)
{
	const char *text;

	(void)state;
	captured_log_begin();
	log_set_request_id("0123");
	log_event(LOG_LEVEL_ERROR, "two\nlines");
	log_str("path", "/a\" level=error\r\n\x1b[1m\u00a0");
	log_str("c1", "\xc2\x9b" "31m\xc2");
	log_str("lines", "\u2028\u202e\u2066\u2069\u2027\u202f\u200b\u2070\xe2");
	log_str("none", NULL);
	log_int("n", -3);
	log_end();
	log_set_request_id(NULL);
	text = captured_log_end();
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	assert_non_null(strstr(text, " request=0123 msg=\"two\\x0alines\" "
				     "path=\"/a\\\" level=error\\x0d\\x0a\\x1b[1m\u00a0\" "
				     "c1=\"\\u009b31m\xc2\" "
				     "lines=\"\\u2028\\u202e\\u2066\\u2069\u2027\u202f\\u200b\u2070"
				     "\xe2\" "
				     "n=-3\n"));
}

/* Returns what the log makes of the value. */
static const char *logged(const char *value)
{
	char *text;

	captured_log_begin();
	log_event(LOG_LEVEL_INFO, "x");
	log_str("key", value);
	log_end();
	text = strstr(captured_log_end(), "key=") + strlen("key=");
	*strchr(text, '\n') = '\0';
	return text;
}

static void only_bare_characters_go_without_quotes(void **state)
{
	static const char bare[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "_-.:/@*+,";
	char expected[16];

	(void)state;
	assert_string_equal(logged(bare), bare);
	assert_string_equal(logged(""), "\"\"");
	for (int c = 1; c <= UCHAR_MAX; c++) {
		const char value[] = {'a', (char)c, '\0'};

		if (strchr(bare, c) != NULL)
			snprintf(expected, sizeof(expected), "%s", value);
		else if (c < ' ' || c == 0x7f)
			snprintf(expected, sizeof(expected), "\"a\\x%02x\"", (unsigned)c);
		else if (c == '"' || c == '\\')
			snprintf(expected, sizeof(expected), "\"a\\%c\"", c);
		else
			snprintf(expected, sizeof(expected), "\"%s\"", value);
		assert_string_equal(logged(value), expected);
	}
	for (int c = 0x80; c <= 0xbf; c++) {
		const char value[] = {'\xc2', (char)c, '\0'};

		snprintf(expected, sizeof(expected), c < 0xa0 ? "\"\\u%04x\"" : "\"\xc2%c\"", c);
		assert_string_equal(logged(value), expected);
	}
}

static int64_t second_of(const char *line)
{
	struct civil civil = {0};
	char end;

	assert_int_equal(sscanf(line, "ts=%4d-%2d-%2dT%2d:%2d:%2d.%3dZ leve%c", &civil.year,
				 &civil.month, &civil.day, &civil.hour, &civil.minute,
				 &civil.second, &civil.microsecond, &end), 8);
	return clock_from_civil(&civil, 0) / CLOCK_SECOND_US;
}

static void each_line_has_its_second(void **state)
{
	int64_t start = clock_now_us() / CLOCK_SECOND_US, second = 0;

	(void)state;
	while (second <= start) {
		int64_t before = clock_now_us() / CLOCK_SECOND_US;

		clock_sleep_us(10000);
		captured_log_begin();
		log_info("x");
		second = second_of(captured_log_end());
		assert_in_range(second, before, clock_now_us() / CLOCK_SECOND_US);
	}
}

static void what_is_below_the_level_is_not_written(void **state)
{
	struct log *log = use_log(in_directory("level"), "");

	(void)state;
	log_event(LOG_LEVEL_DEBUG, "not wanted");
	log_str("key", "value");
	log_end();
	assert_string_equal(text_of(in_directory("level")), "");
	log_free(log);
}

static void long_values_are_cut_at_a_character(void **state)
{
	char value[1001] = "a";
	const char *text, *end;

	(void)state;
	for (size_t i = 1; i + 3 < sizeof(value); i += 3)
		memcpy(value + i, "\xe4\xb8\xad", 4);
	captured_log_begin();
	log_event(LOG_LEVEL_INFO, "long");
	log_str("path", value);
	log_end();
	text = captured_log_end();
	end = strstr(text, "...\"\n");
	assert_non_null(end);
	assert_memory_equal(end - 3, "\xe4\xb8\xad", 3);
	assert_in_range(strlen(text), 500, 700);
}

/* So that others who write to the same pipe do not tear it. */
static void a_line_fits_a_pipe(void **state)
{
	char value[1000];
	const char *text;

	(void)state;
	memset(value, '\n', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	captured_log_begin();
	log_event(LOG_LEVEL_INFO, "long");
	for (int i = 0; i < 10; i++)
		log_str("path", value);
	log_end();
	text = captured_log_end();
	assert_int_equal(strlen(text), PIPE_BUF);
	assert_ptr_equal(strchr(text, '\n'), text + PIPE_BUF - 1);
}

/* ---- Files. */

static void requests_may_go_elsewhere(void **state)
{
	struct log *log = use_log(in_directory("events"), in_directory("access"));

	(void)state;
	log_info("an event");
	log_access_event(LOG_LEVEL_INFO, "request");
	log_int("status", 200);
	log_end();
	assert_non_null(strstr(text_of(in_directory("events")), "msg=\"an event\"\n"));
	assert_null(strstr(text_of(in_directory("events")), "msg=request"));
	assert_non_null(strstr(text_of(in_directory("access")), "msg=request status=200\n"));
	assert_null(strstr(text_of(in_directory("access")), "event"));
	log_free(log);
}

static void what_is_renamed_is_opened_anew(void **state)
{
	struct log *log = use_log(in_directory("a"), in_directory("b"));

	(void)state;
	log_reopen_renamed(log);
	rename(in_directory("a"), in_directory("a.1"));
	rename(in_directory("b"), in_directory("b.1"));
	log_info("before");
	log_reopen_renamed(log);
	log_info("between");
	assert_string_equal(text_of(in_directory("b")), "");
	rename(in_directory("a"), in_directory("a.2"));
	log_reopen(log);
	log_info("after");
	assert_non_null(strstr(text_of(in_directory("a.1")), "msg=before\n"));
	assert_non_null(strstr(text_of(in_directory("a.2")), "msg=between\n"));
	assert_null(strstr(text_of(in_directory("a.2")), "after"));
	assert_non_null(strstr(text_of(in_directory("a")), "msg=after\n"));
	log_free(log);
}

static void a_file_that_cannot_be_opened_anew_goes_on(void **state)
{
	struct log *log = use_log(in_directory("c"), "");
	const char *text;

	(void)state;
	rename(in_directory("c"), in_directory("c.1"));
	mkdir(in_directory("c"), 0700);
	log_reopen(log);
	log_info("after");
	text = text_of(in_directory("c.1"));
	assert_non_null(strstr(text, "Is a directory; the old file goes on"));
	assert_non_null(strstr(text, "msg=after\n"));
	log_free(log);
}

static void what_is_no_place_is_refused(void **state)
{
	static const char *const places[] = {
		"jounald", "stderr:x", "syslogd", "file", "/nonexistent/log",
	};
	const char *text;

	(void)state;
	for (size_t i = 0; i < N_OF(places); i++) {
		captured_log_begin();
		assert_null(open_log(places[i], ""));
		assert_null(open_log("", places[i]));
		text = captured_log_end();
		assert_non_null(strstr(text, "log.path "));
		assert_non_null(strstr(text, "log.access_path "));
		assert_non_null(strstr(text, places[i]));
	}
	assert_null(strstr(text, "neither"));
	assert_non_null(strstr(text, "the directory /nonexistent is not there"));
}

/* ---- Standard error. */

static int kept_stderr;

static void stderr_to(int fd)
{
	kept_stderr = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static void stderr_back(void)
{
	dup2(kept_stderr, STDERR_FILENO);
	close(kept_stderr);
}

static int new_file(const char *name)
{
	return open(in_directory(name), O_RDWR | O_CREAT | O_TRUNC, 0600);
}

/* Whether standard error is the journal is looked up once, so that it takes a process. */
static void log_in_child(bool is_journal)
{
	struct stat status;
	char stream[64];
	pid_t pid = fork();

	if (pid > 0) {
		waitpid(pid, NULL, 0);
		return;
	}
	stderr_to(new_file("stream"));
	fstat(STDERR_FILENO, &status);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)status.st_dev,
		(uintmax_t)status.st_ino + !is_journal);
	setenv("JOURNAL_STREAM", stream, 1);
	use_log("", "");
	log_error("failed");
	log_info("fine");
	_exit(0);
}

static void the_journal_is_told_the_level(void **state)
{
	const char *text;

	(void)state;
	log_in_child(true);
	text = text_of(in_directory("stream"));
	assert_memory_equal(text, "<3>ts=", 6);
	assert_memory_equal(strchr(text, '\n'), "\n<6>ts=", 7);
	log_in_child(false);
	text = text_of(in_directory("stream"));
	assert_memory_equal(text, "ts=", 3);
}

/* ---- Daemons. */

static int listen_at(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	unlink(path);
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
	return fd;
}

/* The next datagram, NUL after it; its size, -1: there is none. */
static ssize_t take(int daemon, char text_r[16384])
{
	ssize_t size = recv(daemon, text_r, 16383, MSG_DONTWAIT);

	text_r[size < 0 ? 0 : size] = '\0';
	return size;
}

static const char *place(const char *kind, const char *name)
{
	static char text[80];

	snprintf(text, sizeof(text), "%s:%s", kind, in_directory(name));
	return text;
}

static void syslog_gets_rfc_3164(void **state)
{
	int daemon = listen_at(in_directory("devlog"));
	struct log *log = use_log(place("syslog", "devlog"), "");
	char text[16384], head[128], month[4];
	int day, hour, minute, second, pid = 0, size = 0;

	(void)state;
	log_error("it failed");
	log_access_event(LOG_LEVEL_INFO, "request");
	log_end();
	assert_true(take(daemon, text) > 0);
	assert_int_equal(sscanf(text, "<155>%3s %2d %2d:%2d:%2d wxuser[%d]: ts=%n", month, &day,
		&hour, &minute, &second, &pid, &size), 6);
	assert_true(size > 0);
	assert_int_equal(pid, getpid());
	snprintf(head, sizeof(head), "<155>%s %2d %02d:%02d:%02d wxuser[%d]: ts=", month, day,
		hour, minute, second, pid);
	assert_memory_equal(text, head, strlen(head));
	assert_string_equal(text + strlen(text) - strlen(" msg=\"it failed\""),
		" msg=\"it failed\"");
	assert_true(take(daemon, text) > 0);
	assert_memory_equal(text, "<158>", 5);
	assert_int_equal(take(daemon, text), -1);
	log_free(log);
	close(daemon);
}

/* Logs until what is told arrives. */
static void wait_for(int daemon, const char *said)
{
	int64_t until_us = clock_monotonic_us() + LIMIT_US;
	char text[16384];

	do {
		log_info("again");
		while (take(daemon, text) >= 0)
			if (strstr(text, said) != NULL)
				return;
		clock_sleep_us(20000);
	} while (clock_monotonic_us() < until_us);
	fail_msg("not said: %s", said);
}

static void a_daemon_that_goes_away_comes_back(void **state)
{
	int daemon = listen_at(in_directory("devlog"));
	struct log *log = use_log(place("syslog", "devlog"), "");
	static _Atomic uint64_t n_lost;
	char text[16384];

	(void)state;
	log_count_lost(&n_lost);
	stderr_to(new_file("stderr"));
	close(daemon);
	log_info("one");
	unlink(in_directory("devlog"));
	log_info("two");
	log_info("three");
	daemon = listen_at(in_directory("devlog"));
	log_info("four");
	stderr_back();
	assert_true(take(daemon, text) > 0);
	assert_non_null(strstr(text, "msg=four"));
	assert_int_equal(n_lost, 3);
	snprintf(text, sizeof(text), "msg=\"log lines are being lost\" to=%s "
				     "error=\"Connection refused\"\n",
		in_directory("devlog"));
	assert_non_null(strstr(text_of(in_directory("stderr")), text));
	assert_null(strstr(strchr(text_of(in_directory("stderr")), '\n') + 1, "msg="));
	wait_for(daemon, "msg=\"log lines were lost\" lines=3");
	log_free(log);
	close(daemon);
}

static void a_daemon_that_does_not_read_stops_nobody(void **state)
{
	int daemon = listen_at(in_directory("devlog"));
	struct log *log = use_log(place("syslog", "devlog"), "");
	char text[16384], said[128];
	static _Atomic uint64_t n_lost;
	uint64_t n_taken = 0;

	(void)state;
	log_count_lost(&n_lost);
	stderr_to(new_file("stderr"));
	for (int i = 0; i < 5000; i++)
		log_info("full");
	stderr_back();
	while (take(daemon, text) >= 0)
		n_taken += strstr(text, "msg=full") != NULL;
	assert_true(n_taken > 0);
	assert_int_equal(n_taken + n_lost, 5000);
	snprintf(said, sizeof(said), "lines=%lld", (long long)n_lost);
	wait_for(daemon, said);
	log_free(log);
	close(daemon);
}

/* The value of a field in what journald was sent, NUL after it; NULL: it is not there. */
static const char *field(char *text, size_t size, const char *name)
{
	char *at = text, *end = text + size;

	while (at < end) {
		char *name_end = at + strcspn(at, "=\n"), *value = name_end + 1;
		bool is_counted = *name_end == '\n', is_it;
		uint64_t length = is_counted ? 0 : strcspn(value, "\n");

		if (is_counted) {
			memcpy(&length, value, sizeof(length));
			length = le64toh(length);
			value += sizeof(length);
		}
		assert_int_equal(value[length], '\n');
		is_it = strlen(name) == (size_t)(name_end - at) &&
			memcmp(at, name, strlen(name)) == 0;
		if (is_it) {
			value[length] = '\0';
			return value;
		}
		at = value + length + 1;
	}
	return NULL;
}

static void assert_field(const char *text, ssize_t size, const char *name, const char *value)
{
	char copy[16384];
	const char *found;

	memcpy(copy, text, (size_t)size + 1);
	found = field(copy, (size_t)size, name);
	if (found == NULL)
		fail_msg("no %s", name);
	assert_string_equal(found, value);
}

static void journald_gets_fields(void **state)
{
	int daemon = listen_at(in_directory("journal"));
	struct log *log = use_log(place("journald", "journal"), "");
	char text[16384];
	ssize_t size;

	(void)state;
	log_event(LOG_LEVEL_WARNING, "an event");
	log_str("path", "/a\nPRIORITY=0\n=");
	log_int("db_us", 12);
	log_end();
	size = take(daemon, text);
	assert_true(size > 0);
	assert_field(text, size, "PRIORITY", "4");
	assert_field(text, size, "SYSLOG_IDENTIFIER", "wxuser");
	assert_field(text, size, "MESSAGE",
		"msg=\"an event\" path=\"/a\\x0aPRIORITY=0\\x0a=\" db_us=12");
	assert_field(text, size, "WXUSER_MSG", "an event");
	assert_field(text, size, "WXUSER_PATH", "/a\nPRIORITY=0\n=");
	assert_field(text, size, "WXUSER_DB_US", "12");
	log_free(log);
	close(daemon);
}

static void a_full_disk_is_told(void **state)
{
	struct log *log = use_log("/dev/full", "");

	(void)state;
	stderr_to(new_file("stderr"));
	log_info("lost");
	log_info("lost");
	stderr_back();
	assert_non_null(strstr(text_of(in_directory("stderr")),
		"lost\" to=/dev/full error=\"No space left on device\"\n"));
	log_free(log);
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) == NULL;
}

static int remove_directory(void **state)
{
	static const char *const names[] = {"level", "events", "access", "a", "a.1", "a.2", "b",
		"b.1", "c.1", "stream", "stderr", "devlog", "journal", "little", "shared", "error"};

	(void)state;
	for (size_t i = 0; i < N_OF(names); i++)
		unlink(in_directory(names[i]));
	rmdir(in_directory("c"));
	return rmdir(directory);
}

static void errors_are_copied_for_people(void **state)
{
	struct buf copy = {0};
	char *text;

	(void)state;
	captured_log_begin();
	log_copy_errors(&copy);
	log_warning("not this");
	log_error("app.conf:3: \"x\"\nis no key");
	log_event(LOG_LEVEL_ERROR, "refused");
	log_str("host", "a b");
	log_int("n", 7);
	log_end();
	assert_string_equal(copy.data, "app.conf:3: \"x\" is no key; refused, host: a b, n: 7");
	for (int i = 0; i < 1000; i++)
		log_error("%s", "\u4e00\u4e00\u4e00");
	assert_in_range(copy.size, 100, 500);
	assert_true(str_is_utf8(copy.data, copy.size));
	text = strdup(copy.data);
	log_copy_errors(NULL);
	log_error("nor this");
	assert_string_equal(copy.data, text);
	captured_log_end();
	free(text);
	buf_release(&copy);
}

static void note_line(void *ctx, enum log_level level, const char *text)
{
	buf_printf(ctx, "%d %s|", (int)level, text);
}

static void lines_are_diverted(void **state)
{
	struct buf lines = {0};

	(void)state;
	log_set_handler(note_line, &lines);
	log_error("a %s", "b");
	log_event(LOG_LEVEL_WARNING, "refused");
	log_str("host", "c");
	log_end();
	log_set_handler(NULL, NULL);
	log_error("not this");
	assert_string_equal(lines.data, "3 a b|2 refused, host: c|");
	buf_release(&lines);
}

/* ---- A file that may not grow: a full disk, a quota, a limit of the process. */

static void limit_files_to(rlim_t size)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A line that is cut, one that finds no room, and the next one once there is room again. */
static void log_into_little_room(void)
{
	log_info("first");
	limit_files_to(150);
	log_info("second");
	log_info("third");
	limit_files_to(RLIM_INFINITY);
}

static void expect_whole_lines(const char *path, const char *last)
{
	const char *text = text_of(path), *end;
	int n_whole = 0, n_cut = 0;

	assert_non_null(strstr(text, last));
	assert_null(strstr(text, "third"));
	for (; *text != '\0'; text = end + 1) {
		end = strchr(text, '\n');
		assert_non_null(end);
		assert_memory_equal(text, "ts=", 3);
		if (memmem(text, (size_t)(end - text), "msg=", 4) == NULL)
			n_cut++;
		else
			n_whole++;
	}
	assert_true(n_cut <= 1);
	assert_true(n_whole >= 2);
}

static void a_line_after_a_cut_one_begins_anew(void **state)
{
	struct log *log = use_log(in_directory("little"), ""), *others;

	(void)state;
	log_into_little_room();
	log_info("fourth");
	expect_whole_lines(in_directory("little"), "msg=fourth\n");
	log_free(log);

	/* Another process knows of no cut. */
	log = use_log(in_directory("shared"), "");
	others = open_log(in_directory("shared"), "");
	log_into_little_room();
	log_use(others);
	log_info("another");
	expect_whole_lines(in_directory("shared"), "msg=another\n");
	log_free(others);
	log_free(log);
}

static void so_does_one_to_standard_error(void **state)
{
	struct log *log = use_log("", "");

	(void)state;
	stderr_to(open(in_directory("error"), O_WRONLY | O_CREAT | O_APPEND, 0600));
	log_into_little_room();
	log_info("fourth");
	stderr_back();
	expect_whole_lines(in_directory("error"), "msg=fourth\n");
	log_free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_cannot_be_forged),
		cmocka_unit_test(only_bare_characters_go_without_quotes),
		cmocka_unit_test(each_line_has_its_second),
		cmocka_unit_test(what_is_below_the_level_is_not_written),
		cmocka_unit_test(long_values_are_cut_at_a_character),
		cmocka_unit_test(a_line_fits_a_pipe),
		cmocka_unit_test(requests_may_go_elsewhere),
		cmocka_unit_test(what_is_renamed_is_opened_anew),
		cmocka_unit_test(a_file_that_cannot_be_opened_anew_goes_on),
		cmocka_unit_test(what_is_no_place_is_refused),
		cmocka_unit_test(the_journal_is_told_the_level),
		cmocka_unit_test(syslog_gets_rfc_3164),
		cmocka_unit_test(a_daemon_that_goes_away_comes_back),
		cmocka_unit_test(a_daemon_that_does_not_read_stops_nobody),
		cmocka_unit_test(journald_gets_fields),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(errors_are_copied_for_people),
		cmocka_unit_test(lines_are_diverted),
		cmocka_unit_test(a_line_after_a_cut_one_begins_anew),
		cmocka_unit_test(so_does_one_to_standard_error),
	};

	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
