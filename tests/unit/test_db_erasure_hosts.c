#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ascii.h"
#include "conf.h"
#include "db.h"
#include "erasure.h"
#include "erasure_log.h"
#include "erasure_replay.h"
#include "erasure_sync.h"
#include "logins.h"
#include "mariadb.h"
#include "whole_person.h"

/* Hosts of one database, each with an erasures.log and a state directory of its own. */

#define N_RACERS 8
#define N_MANY 2500

static struct host {
	char directory[64], log[80], bookmark[96];
} a, b;

static void make_host(struct host *host)
{
	snprintf(host->directory, sizeof(host->directory), "%.*s/host-XXXXXX",
		(int)(strrchr(test_conf->keys_lookup, '/') - test_conf->keys_lookup),
		test_conf->keys_lookup);
	assert_non_null(mkdtemp(host->directory));
	snprintf(host->log, sizeof(host->log), "%s/erasures.log", host->directory);
	snprintf(host->bookmark, sizeof(host->bookmark), "%s/erasures.bookmark", host->directory);
}

/* From now on this process is one of the host. */
static void be(const struct host *host)
{
	test_conf->keys_erasure_log = host->log;
	test_conf->server_state_directory = host->directory;
}

/* Two hosts of an empty database. */
static int begin(void **state)
{
	(void)state;
	sql("DELETE FROM tombstone; DELETE FROM audit");
	make_host(&a);
	make_host(&b);
	return 0;
}

static void erase_at(const struct host *host, const char *openid)
{
	const struct erasure erasure = {
		.tenant_id = tenant, .app_id = mini.id, .appid = mini.appid, .openid = openid,
		.actor = "test",
	};
	struct erased erased;

	be(host);
	log_in(&mini, openid, NULL);
	assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_NONE);
	assert_true(erased.is_found);
}

/* A worker of the host looks, as if nobody had within the minute. */
static void look_at(const struct host *host)
{
	const struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	int64_t look_us = 0;

	be(host);
	utimensat(AT_FDCWD, host->bookmark, long_ago, 0);
	erasure_sync_step(test_db, &look_us);
}

/* How many lines the file has, each of them once. */
static size_t n_lines(const struct host *host)
{
	FILE *file = fopen(host->log, "r");
	struct erasures erasures;
	size_t n = 0;

	assert_non_null(file);
	for (int c; (c = fgetc(file)) != EOF;)
		n += c == '\n';
	fclose(file);
	assert_int_equal(erasure_log_read_file(test_db, host->log, &erasures), ERR_NONE);
	assert_int_equal(erasures.list.n, n);
	tombstone_list_free(&erasures.list);
	return n;
}

/* As if the rows had been written long ago. */
static void settle(void)
{
	sql("UPDATE tombstone SET added_at = added_at - INTERVAL 11 MINUTE");
}

/* Hashes of nobody. */
static void add_rows(int64_t first_id, int n)
{
	sql("INSERT INTO tombstone (id, subject_hash, erased_at, added_at) SELECT %lld + seq, "
	    "UNHEX(SHA2(CONCAT(%lld + seq), 256)), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) "
	    "FROM seq_1_to_%d",
		(long long)first_id - 1, (long long)first_id, n);
}

static int64_t n_executed(void)
{
	return sql_number("SELECT variable_value FROM information_schema.global_status "
			  "WHERE variable_name = 'COM_STMT_EXECUTE'");
}

static void copy(const char *from, const char *to)
{
	char command[256];

	snprintf(command, sizeof(command), "cp %s %s", from, to);
	assert_int_equal(system(command), 0);
}

/* ---- Appending what other hosts have erased. */

static void each_host_gets_what_the_other_has_erased(void **state)
{
	(void)state;
	erase_at(&a, "oOne");
	erase_at(&b, "oTwo");
	assert_int_equal(n_lines(&a), 1);
	look_at(&a);
	look_at(&b);
	assert_int_equal(n_lines(&a), 2);
	assert_int_equal(n_lines(&b), 2);
	erase_at(&a, "oOne");
	look_at(&b);
	assert_int_equal(n_lines(&b), 3);
	/* A host that was down for long, with more than are read at once. */
	add_rows(sql_number("SELECT MAX(id) + 1 FROM tombstone"), N_MANY);
	settle();
	look_at(&b);
	look_at(&b);
	assert_int_equal(n_lines(&b), 3 + N_MANY);
}

static bool lacks_known(const struct host *host)
{
	struct erasure_comparison comparison;
	bool lacks;

	be(host);
	assert_int_equal(erasure_compare(test_db, &comparison), ERR_NONE);
	lacks = comparison.lacks_known;
	erasure_comparison_free(&comparison);
	return lacks;
}

/* Both were restored, or the file was lost with the database. What a host knew tells that the file
 * that it makes anew is not whole. */
static void an_erasure_that_both_lack_is_known(void **state)
{
	char lines[96];

	(void)state;
	snprintf(lines, sizeof(lines), "%s/copy", a.directory);
	erase_at(&a, "oOne");
	erase_at(&a, "oTwo");
	settle();
	look_at(&a);
	assert_false(lacks_known(&a));
	copy(a.log, lines);
	sql("DELETE FROM tombstone ORDER BY id DESC LIMIT 1");
	unlink(a.log);
	for (int i = 0; i < 3; i++) {
		look_at(&a);
		assert_int_equal(n_lines(&a), 1);
		assert_true(lacks_known(&a));
	}
	erase_at(&a, "oThree");
	settle();
	look_at(&a);
	assert_true(lacks_known(&a));
	/* Another host does not know it. */
	look_at(&b);
	assert_false(lacks_known(&b));
	copy(lines, a.log);
	assert_false(lacks_known(&a));
	look_at(&a);
	assert_false(lacks_known(&a));
}

static void nothing_new_costs_one_statement(void **state)
{
	struct stat before, after;
	int64_t n;

	(void)state;
	add_rows(1, 3);
	settle();
	look_at(&a);
	assert_int_equal(n_lines(&a), 3);
	assert_int_equal(stat(a.log, &before), 0);
	n = n_executed();
	look_at(&a);
	assert_int_equal(n_executed(), n + 1);
	assert_int_equal(stat(a.log, &after), 0);
	assert_int_equal(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

static void one_worker_of_a_host_looks_in_a_minute(void **state)
{
	int64_t look_us = 0, n;

	(void)state;
	look_at(&a);
	n = n_executed();
	erasure_sync_step(test_db, &look_us);
	assert_int_equal(n_executed(), n);
	look_us = 0;
	be(&b);
	erasure_sync_step(test_db, &look_us);
	assert_int_equal(n_executed(), n + 1);
	erasure_sync_step(test_db, &look_us);
	assert_int_equal(n_executed(), n + 1);
}

/* The nodes of a cluster give out ids in turns, and commit in any order. */
static void ids_that_come_late_are_not_missed(void **state)
{
	(void)state;
	add_rows(100, 1);
	look_at(&a);
	add_rows(107, 1);
	look_at(&a);
	add_rows(101, 1);
	add_rows(98, 1);
	look_at(&a);
	assert_int_equal(n_lines(&a), 4);
	settle();
	look_at(&a);
	add_rows(109, 1);
	look_at(&a);
	assert_int_equal(n_lines(&a), 5);
}

/* Of the size that it has. */
static void spoil_line(const struct host *host, size_t line)
{
	FILE *file = fopen(host->log, "r+");

	assert_non_null(file);
	while (line-- > 0)
		for (int c; (c = fgetc(file)) != '\n';)
			assert_int_not_equal(c, EOF);
	fputc('x', file);
	fclose(file);
}

static size_t n_good_lines(const struct host *host)
{
	struct erasures erasures;
	size_t n;

	assert_int_equal(erasure_log_read_file(test_db, host->log, &erasures), ERR_NONE);
	n = erasures.list.n;
	tombstone_list_free(&erasures.list);
	return n;
}

/* A new row is looked for again and again, since one with a lower id may follow, but only behind
 * what the file had before: what is spoilt there is not noticed. */
static void only_what_is_new_is_read(void **state)
{
	(void)state;
	add_rows(1, 5);
	settle();
	look_at(&a);
	add_rows(6, 1);
	look_at(&a);
	add_rows(7, 1);
	look_at(&a);
	assert_int_equal(n_lines(&a), 7);
	spoil_line(&a, 0);
	look_at(&a);
	assert_int_equal(n_good_lines(&a), 6);
	/* It is behind the place. */
	spoil_line(&a, 5);
	look_at(&a);
	assert_int_equal(n_good_lines(&a), 6);
	settle();
	look_at(&a);
	add_rows(8, 1);
	look_at(&a);
	spoil_line(&a, 6);
	look_at(&a);
	assert_int_equal(n_good_lines(&a), 6);
}

/* An import has written the lines before the rows. */
static void many_are_not_written_twice(void **state)
{
	char more[96], command[256];

	(void)state;
	snprintf(more, sizeof(more), "%s.more", a.log);
	add_rows(1, N_MANY);
	look_at(&a);
	copy(a.log, more);
	sql("CREATE TABLE spare AS SELECT * FROM tombstone; DELETE FROM tombstone");
	unlink(a.log);
	add_rows(N_MANY + 1, 1);
	settle();
	look_at(&a);
	snprintf(command, sizeof(command), "cat %s >> %s", more, a.log);
	assert_int_equal(system(command), 0);
	add_rows(N_MANY + 2, 1);
	look_at(&a);
	settle();
	look_at(&a);
	sql("INSERT INTO tombstone (id, subject_hash, erased_at, added_at) SELECT id + %d, "
	    "subject_hash, erased_at, UTC_TIMESTAMP(6) FROM spare; DROP TABLE spare", 2 * N_MANY);
	look_at(&a);
	assert_int_equal(n_lines(&a), N_MANY + 2);
}

static void a_file_that_was_deleted_or_is_older_is_filled_again(void **state)
{
	char older[96];

	(void)state;
	snprintf(older, sizeof(older), "%s.older", a.log);
	add_rows(1, 3);
	settle();
	look_at(&a);
	copy(a.log, older);
	unlink(a.log);
	look_at(&a);
	assert_int_equal(n_lines(&a), 3);
	add_rows(4, 3);
	settle();
	look_at(&a);
	assert_int_equal(n_lines(&a), 6);
	copy(older, a.log);
	look_at(&a);
	assert_int_equal(n_lines(&a), 6);
	/* The older one has become longer than the newer one was. */
	copy(older, a.log);
	for (int i = 0; i < 4; i++)
		erase_at(&a, "oAgain");
	look_at(&a);
	assert_int_equal(n_lines(&a), 10);
	assert_int_equal(truncate(a.log, 0), 0);
	look_at(&a);
	assert_int_equal(n_lines(&a), 10);
}

static void a_database_that_was_restored_is_read_from_its_start(void **state)
{
	(void)state;
	add_rows(1, 6);
	settle();
	look_at(&a);
	sql("DELETE FROM tombstone WHERE id > 3");
	look_at(&a);
	assert_int_equal(n_lines(&a), 6);
	/* By others, under the same ids. */
	sql("UPDATE tombstone SET subject_hash = UNHEX(SHA2('other', 256)) WHERE id = 3");
	add_rows(1004, 1);
	sql("UPDATE tombstone SET id = 6 WHERE id = 1004");
	look_at(&a);
	assert_int_equal(n_lines(&a), 8);
}

static void a_bookmark_of_yesterday_is_not_trusted(void **state)
{
	const int64_t day_us = INT64_C(24) * 3600 * 1000000;
	int64_t compared_us;
	int fd;

	(void)state;
	add_rows(10, 3);
	settle();
	look_at(&a);
	add_rows(5, 1);
	look_at(&a);
	assert_int_equal(n_lines(&a), 3);
	/* Behind the id and the subject. */
	fd = open(a.bookmark, O_RDWR);
	assert_int_equal(pread(fd, &compared_us, 8, 40), 8);
	compared_us -= day_us;
	assert_int_equal(pwrite(fd, &compared_us, 8, 40), 8);
	close(fd);
	look_at(&a);
	assert_int_equal(n_lines(&a), 4);
	assert_int_equal(truncate(a.bookmark, 17), 0);
	look_at(&a);
	assert_int_equal(n_lines(&a), 4);
	/* One of no time at all. */
	fd = open(a.bookmark, O_RDWR);
	assert_int_equal(pwrite(fd, &(int64_t){INT64_MIN}, 8, 40), 8);
	close(fd);
	add_rows(4, 1);
	look_at(&a);
	assert_int_equal(n_lines(&a), 5);
}

static int look_together(int index)
{
	size_t n_appended;

	(void)index;
	return erasure_sync_all(test_db, &n_appended) == ERR_NONE ? 0 : 1;
}

static void processes_of_a_host_append_each_line_once(void **state)
{
	(void)state;
	add_rows(1, N_MANY);
	be(&a);
	assert_int_equal(mariadb_race(N_RACERS, look_together), N_RACERS);
	assert_int_equal(n_lines(&a), N_MANY);
}

/* The same openid before the same time: the database has it from the other host. */
static void what_another_host_has_erased_too_is_in_both_files(void **state)
{
	struct erasure erasure = {
		.tenant_id = tenant, .app_id = mini.id, .appid = mini.appid, .openid = "oSame",
		.actor = "test",
		.before_us = INT64_C(1800000000000000),
	};
	static const char event[] =
		"INSERT INTO push_event (tenant_id, app_id, openid, event, happened_at, "
		"received_at, state) VALUES (%d, %d, 'oSame', 'x', NOW(), NOW(), 1)";
	const struct host *const hosts[] = {&a, &b, &b};
	struct erased erased;

	(void)state;
	for (size_t i = 0; i < N_OF(hosts); i++) {
		sql(event, tenant, mini.id);
		be(hosts[i]);
		assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_NONE);
		assert_int_equal(erased.n_tables, 1);
	}
	assert_int_equal(sql_number("SELECT COUNT(*) FROM tombstone"), 1);
	assert_int_equal(n_lines(&a), 1);
	assert_int_equal(n_lines(&b), 1);
}

/* ---- A restore. */

static void back_up(void)
{
	sql("CREATE TABLE u AS SELECT * FROM wechat_user; CREATE TABLE c AS SELECT * FROM account");
}

static void restore(void)
{
	sql("INSERT IGNORE INTO account SELECT * FROM c; "
	    "INSERT IGNORE INTO wechat_user SELECT * FROM u; DROP TABLE u, c; "
	    "DELETE FROM tombstone");
}

static void expect_difference(const struct host *host, size_t n_not_stored, size_t n_not_logged)
{
	struct erasure_comparison comparison;

	be(host);
	assert_int_equal(erasure_compare(test_db, &comparison), ERR_NONE);
	assert_int_equal(comparison.n_not_stored, n_not_stored);
	assert_int_equal(comparison.n_not_logged, n_not_logged);
	erasure_comparison_free(&comparison);
}

static void erased_on_one_and_replayed_on_another(void **state)
{
	(void)state;
	log_in(&mini, "oBack", NULL);
	back_up();
	erase_at(&a, "oBack");
	look_at(&b);
	expect_difference(&b, 0, 0);
	restore();
	expect_difference(&b, 1, 0);
	look_at(&b);
	expect_difference(&b, 1, 0);
	assert_int_equal(replay_erasures(), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oBack'"), 0);
	expect_difference(&b, 0, 0);
	assert_int_equal(replay_erasures(), 0);
	assert_int_equal(n_lines(&b), 1);
}

/* B's file has nothing, but the database does. */
static void a_replay_first_appends_what_the_database_has(void **state)
{
	(void)state;
	log_in(&mini, "oBack", NULL);
	back_up();
	erase_at(&a, "oBack");
	settle();
	be(&b);
	close(open(b.log, O_WRONLY | O_CREAT, 0600));
	expect_difference(&b, 0, 1);
	sql("CREATE TABLE t AS SELECT * FROM tombstone");
	restore();
	sql("INSERT INTO tombstone SELECT * FROM t; DROP TABLE t");
	assert_int_equal(replay_erasures(), 1);
	assert_int_equal(n_lines(&b), 1);
}

static void expect_problem(const char *text)
{
	const char *problem;
	size_t n_erased;

	assert_int_equal(erasure_replay(test_db, &n_erased, &problem), ERR_PARAMETER);
	if (strstr(problem, text) == NULL)
		fail_msg("%s", problem);
}

static void a_replay_of_no_erasures_fails(void **state)
{
	(void)state;
	be(&b);
	expect_problem("there is no such file; take them from its backup or from another host");
	assert_int_equal(access(b.log, F_OK), -1);
	close(open(b.log, O_WRONLY | O_CREAT, 0600));
	assert_int_equal(replay_erasures(), 0);
	erase_at(&a, "oLost");
	sql("DELETE FROM tombstone");
	be(&b);
	expect_problem("has no erasure, and the database has had 1; take them from its backup");
}

/* ---- Lines. */

/* Its list has its number alone. */
static struct erasures read_text(const char *text)
{
	FILE *file = fopen(b.log, "w");
	struct erasures erasures;
	size_t n;

	fputs(text, file);
	fclose(file);
	assert_int_equal(erasure_log_read_file(test_db, b.log, &erasures), ERR_NONE);
	n = erasures.list.n;
	tombstone_list_free(&erasures.list);
	erasures.list.n = n;
	return erasures;
}

static void lines_that_are_none_and_lines_of_another_key(void **state)
{
	static const char *const broken[] = {
		"\n",
		"x\n",
		"1 ab - -\n",
		"1 ab - - 0123456789abcdef\n",
		"1 - - - 0123456789abcdef\n",
	};
	struct erasures erasures;
	char line[256], changed[1024];
	FILE *file;

	(void)state;
	erase_at(&a, "oLine");
	file = fopen(a.log, "r");
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	assert_int_equal(read_text(line).list.n, 1);
	for (size_t i = 0; i < N_OF(broken); i++) {
		snprintf(changed, sizeof(changed), "%s%s", line, broken[i]);
		erasures = read_text(changed);
		assert_int_equal(erasures.broken.n, 1);
		assert_int_equal(erasures.broken.first, 2);
	}
	for (size_t size = 1; size + 1 < strlen(line); size++) {
		snprintf(changed, sizeof(changed), "%.*s", (int)size, line);
		assert_int_equal(read_text(changed).broken.n, 1);
	}
	/* By its signature it is known to be whole. */
	snprintf(changed, sizeof(changed), "%.*s", (int)strcspn(line, "\n"), line);
	assert_int_equal(read_text(changed).list.n, 1);
	/* One that is too long counts once. */
	snprintf(changed, sizeof(changed), "%0700d\n%sx\n", 0, line);
	erasures = read_text(changed);
	assert_int_equal(erasures.list.n, 1);
	assert_int_equal(erasures.broken.n, 2);
	assert_int_equal(erasures.broken.first, 1);
	/* Each digit counts. */
	for (size_t i = 0; i < strlen(line); i++) {
		if (!ascii_is_digit(line[i]) || (i == 0 && line[i] == '9'))
			continue;
		snprintf(changed, sizeof(changed), "%s", line);
		changed[i] = (char)(line[i] == '9' ? '8' : line[i] + 1);
		erasures = read_text(changed);
		assert_int_equal(erasures.list.n, 0);
		assert_int_equal(erasures.foreign.n, 1);
		assert_int_equal(erasures.foreign.first, 1);
	}
	be(&b);
	expect_problem("another erasure key has made 1 lines, as line 1, or they were changed");
}

/* As earlier builds wrote them. */
static void lines_without_a_signature_count_in_a_hosts_own_file(void **state)
{
	static const char line[] =
		"1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef - -\n";

	(void)state;
	be(&b);
	assert_int_equal(read_text(line).list.n, 1);
	be(&a);
	assert_int_equal(read_text(line).broken.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_host_gets_what_the_other_has_erased, begin),
		cmocka_unit_test_setup(an_erasure_that_both_lack_is_known, begin),
		cmocka_unit_test_setup(nothing_new_costs_one_statement, begin),
		cmocka_unit_test_setup(one_worker_of_a_host_looks_in_a_minute, begin),
		cmocka_unit_test_setup(ids_that_come_late_are_not_missed, begin),
		cmocka_unit_test_setup(only_what_is_new_is_read, begin),
		cmocka_unit_test_setup(many_are_not_written_twice, begin),
		cmocka_unit_test_setup(a_file_that_was_deleted_or_is_older_is_filled_again, begin),
		cmocka_unit_test_setup(a_database_that_was_restored_is_read_from_its_start, begin),
		cmocka_unit_test_setup(a_bookmark_of_yesterday_is_not_trusted, begin),
		cmocka_unit_test_setup(processes_of_a_host_append_each_line_once, begin),
		cmocka_unit_test_setup(what_another_host_has_erased_too_is_in_both_files, begin),
		cmocka_unit_test_setup(erased_on_one_and_replayed_on_another, begin),
		cmocka_unit_test_setup(a_replay_first_appends_what_the_database_has, begin),
		cmocka_unit_test_setup(a_replay_of_no_erasures_fails, begin),
		cmocka_unit_test_setup(lines_that_are_none_and_lines_of_another_key, begin),
		cmocka_unit_test_setup(
			lines_without_a_signature_count_in_a_hosts_own_file, begin),
	};

	return cmocka_run_group_tests(tests, logins_open, mariadb_close);
}
