#include "unit.h"

#include <errno.h>
#include <fastcgi.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool.h"

#define BODY_MAX 20000
#define SENT_MAX 400000

static struct spool spool;
static struct buf sent;
static int ends[2]; /* the web server's, the worker's */

static int set_up(void **state)
{
	(void)state;
	spool_init(&spool, BODY_MAX);
	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}

static int tear_down(void **state)
{
	(void)state;
	spool_release(&spool);
	buf_release(&sent);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

static void add(unsigned char type, const char *content, size_t size, unsigned char padding)
{
	const FCGI_Header header = {
		.version = FCGI_VERSION_1,
		.type = type,
		.requestIdB0 = 1,
		.contentLengthB1 = (unsigned char)(size >> 8),
		.contentLengthB0 = (unsigned char)size,
		.paddingLength = padding,
	};

	buf_append(&sent, &header, sizeof(header));
	buf_append(&sent, content, size);
	buf_append(&sent, (const char[UINT8_MAX]){0}, padding);
}

static void add_body(size_t size, size_t record_size, unsigned char padding)
{
	static char content[FCGI_MAX_LENGTH];

	for (size_t at = 0; at < size; at += record_size) {
		size_t n = size - at < record_size ? size - at : record_size;

		for (size_t i = 0; i < n; i++)
			content[i] = (char)((at + i) % 251);
		add(FCGI_STDIN, content, n, padding);
	}
}

static void add_request(size_t size, size_t record_size, unsigned char padding)
{
	add(FCGI_BEGIN_REQUEST, "\0\1\0\0\0\0\0\0", 8, 0);
	add(FCGI_PARAMS, "\1\1ab", 4, padding);
	add(FCGI_PARAMS, NULL, 0, 0);
	add_body(size, record_size, padding);
	add(FCGI_STDIN, NULL, 0, padding);
}

/* Returns at what byte the spool needed no more; SENT_MAX if it always did. */
static size_t read_in_pieces(size_t piece)
{
	for (size_t at = 0; at < sent.size; at += piece) {
		size_t n = sent.size - at < piece ? sent.size - at : piece;

		assert_int_equal(write(ends[0], sent.data + at, n), n);
		if (spool_read(&spool, ends[1]))
			return at + n;
	}
	return SENT_MAX;
}

static struct buf opened(void)
{
	int fd = spool_open(&spool);
	struct buf content = {0};
	ssize_t got;

	assert_true(fd >= 0);
	while ((got = read(fd, buf_reserve(&content, 4096), 4096)) > 0)
		content.size += (size_t)got;
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(errno, EPERM);
	close(fd);
	return content;
}

static void assert_opened_is_sent(void)
{
	struct buf content = opened();

	assert_int_equal(content.size, sent.size);
	assert_memory_equal(content.data, sent.data, sent.size);
	buf_release(&content);
}

static void joins_what_comes_in_any_pieces(void **state)
{
	static const size_t sizes[] = {0, 1, 1000, BODY_MAX};
	static const size_t pieces[] = {1, 7, 16000};

	(void)state;
	for (size_t i = 0; i < N_OF(sizes) * N_OF(pieces); i++) {
		size_t size = sizes[i % N_OF(sizes)];

		spool_release(&spool);
		buf_reset(&sent);
		add_request(size, 1 + i % 3 * 500, (unsigned char)(i * 31));
		assert_int_equal(read_in_pieces(pieces[i / N_OF(sizes)]), sent.size);
		buf_reset(&sent);
		add_request(size, BODY_MAX, 0);
		assert_opened_is_sent();
		assert_false(spool_is_too_large(&spool));
	}
}

static void is_whole_with_its_last_byte(void **state)
{
	(void)state;
	add_request(1000, 100, 5);
	for (size_t size = 0; size < sent.size; size++)
		assert_false(spool_is_whole(sent.data, size));
	assert_true(spool_is_whole(sent.data, sent.size));
}

static void keeps_records_of_different_requests_apart(void **state)
{
	(void)state;
	add(FCGI_PARAMS, "ab", 2, 0);
	add(FCGI_PARAMS, "cd", 2, 0);
	((FCGI_Header *)(void *)(sent.data + 10))->requestIdB0 = 2;
	add(FCGI_BEGIN_REQUEST, "\0\1\0\0\0\0\0\0", 8, 0);
	add(FCGI_BEGIN_REQUEST, "\0\1\0\0\0\0\0\0", 8, 0);
	assert_int_equal(read_in_pieces(3), SENT_MAX);
	assert_opened_is_sent();
}

static void joins_no_more_than_a_record_can_have(void **state)
{
	(void)state;
	spool_init(&spool, 2 * FCGI_MAX_LENGTH);
	add_body(FCGI_MAX_LENGTH - 1, FCGI_MAX_LENGTH, 0);
	add(FCGI_STDIN, "a", 1, 0);
	add(FCGI_STDIN, "b", 1, 0);
	assert_int_equal(read_in_pieces(10000), SENT_MAX);
	assert_int_equal(spool.whole_size, 2 * sizeof(FCGI_Header) + FCGI_MAX_LENGTH + 1);
	assert_int_equal(spool.last, sizeof(FCGI_Header) + FCGI_MAX_LENGTH);
}

static void keeps_no_more_of_a_body_than_it_may_have(void **state)
{
	(void)state;
	add_request(BODY_MAX + 1, 1000, 0);
	assert_int_equal(read_in_pieces(16000), sent.size);
	assert_true(spool_is_too_large(&spool));
	assert_in_range(spool.records.size, BODY_MAX, BODY_MAX + 100);
}

static void counts_as_all_when_too_much_has_come(void **state)
{
	size_t came = 0;

	(void)state;
	add_body(16000, 16000, 0);
	while (read_in_pieces(sent.size) == SENT_MAX)
		came += 16000;
	assert_in_range(came, SPOOL_DROPPED_MAX, SPOOL_DROPPED_MAX + BODY_MAX);
	assert_in_range(spool.records.capacity, 0, 2 * (BODY_MAX + FCGI_MAX_LENGTH));
}

static void reads_no_rest_without_end(void **state)
{
	static const unsigned char types[] = {FCGI_BEGIN_REQUEST, FCGI_PARAMS};

	(void)state;
	for (size_t i = 0; i < N_OF(types); i++) {
		spool_release(&spool);
		buf_reset(&sent);
		while (sent.size < SENT_MAX)
			add(types[i], "12345678", 8, 0);
		assert_in_range(read_in_pieces(16000), 0, SENT_MAX - 1);
		assert_in_range(spool.records.capacity, 0, SENT_MAX);
	}
}

static void goes_on_in_another_process(void **state)
{
	struct spool first;

	(void)state;
	add_request(BODY_MAX, 3, 1);
	for (size_t at = 1; at < 200; at++) {
		assert_int_equal(write(ends[0], sent.data, at), at);
		assert_false(spool_read(&spool, ends[1]));
		first = spool;
		spool_init(&spool, BODY_MAX);
		spool_load(&spool, spool_open(&first));
		assert_int_equal(spool.records.size, first.records.size);
		assert_memory_equal(spool.records.data, first.records.data, first.records.size);
		assert_int_equal(spool.whole_size, first.whole_size);
		assert_int_equal(spool.last, first.last);
		assert_int_equal(spool.body_size, first.body_size);
		assert_false(spool_is_empty(&spool));
		spool_release(&first);
		spool_release(&spool);
	}
}

static void needs_no_more_when_none_comes(void **state)
{
	static const char *const foreign[] = {"\2\1\0\1\0\0\0", "\1\2\0\1\0\0\0", "\1\6\0\1\0\0\0"};

	(void)state;
	for (size_t i = 0; i < N_OF(foreign); i++) {
		add(FCGI_PARAMS, "ab", 2, 0);
		buf_append(&sent, foreign[i], sizeof(FCGI_Header));
		assert_int_equal(read_in_pieces(1), sent.size);
		assert_opened_is_sent();
		spool_release(&spool);
		buf_reset(&sent);
	}
	assert_false(spool_read(&spool, ends[1]));
	assert_true(spool_is_empty(&spool));
	shutdown(ends[0], SHUT_WR);
	assert_true(spool_read(&spool, ends[1]));
}

/* The kernel refuses another one if vm.memfd_noexec is 2. */
static void opens_a_file_that_cannot_be_executed(void **state)
{
	int known = memfd_create("known", 0x8U); /* MFD_NOEXEC_SEAL */
	struct stat file;
	int fd;

	(void)state;
	if (known < 0)
		skip();
	close(known);
	add_request(1, 1, 0);
	read_in_pieces(sent.size);
	fd = spool_open(&spool);
	assert_int_equal(fstat(fd, &file), 0);
	assert_int_equal(file.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(joins_what_comes_in_any_pieces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(is_whole_with_its_last_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			keeps_records_of_different_requests_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			joins_no_more_than_a_record_can_have, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			keeps_no_more_of_a_body_than_it_may_have, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			counts_as_all_when_too_much_has_come, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reads_no_rest_without_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(goes_on_in_another_process, set_up, tear_down),
		cmocka_unit_test_setup_teardown(needs_no_more_when_none_comes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			opens_a_file_that_cannot_be_executed, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
