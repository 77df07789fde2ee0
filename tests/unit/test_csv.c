#include "unit.h"

#include <stdbool.h>
#include <unistd.h>

#include "arena.h"
#include "buf.h"
#include "csv.h"

#define BYTES(text) text, sizeof(text) - 1

static const char *const columns[] = {"name", "phone", "note", NULL};
#define N_COLUMNS 3

static struct arena *arena;
static char path[] = "/tmp/test_csv.XXXXXX";

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(8 << 20);
	close(mkstemp(path));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	unlink(path);
	return 0;
}

static void store(const char *bytes, size_t size)
{
	FILE *file = fopen(path, "w");

	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

/* All records on one line: their lines and values, or what is wrong with them. */
static const char *read_all(struct csv *csv)
{
	struct csv_record record;
	const char *text = "";

	while (csv_read(csv, arena, &record) == 1) {
		text = arena_printf(arena, "%s%ld:", text, record.line);
		if (record.error != NULL)
			text = arena_printf(arena, "%s %s", text, record.error);
		for (size_t i = 0; i < N_COLUMNS && record.error == NULL; i++)
			text = arena_printf(arena, "%s<%s>", text,
				record.values[i] == NULL ? "-" : record.values[i]);
		text = arena_printf(arena, "%s ", text);
	}
	return text;
}

static const char *read_file(const char *bytes, size_t size)
{
	const char *error, *text;
	struct csv *csv;

	store(bytes, size);
	csv = csv_open(path, columns, arena, &error);
	if (csv == NULL)
		return error;
	text = read_all(csv);
	csv_rewind(csv);
	assert_string_equal(read_all(csv), text);
	csv_close(csv);
	return text;
}

static void files_are_read(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *text;
	} cases[] = {
		{BYTES("name,phone,note\r\n张三,1,x\r\n"), "2:<张三><1><x> "},
		{BYTES("name,phone,note\n张三,1,x"), "2:<张三><1><x> "},
		{BYTES("\xef\xbb\xbfname,phone\n张三,1\n"), "2:<张三><1><-> "},
		{BYTES("name,phone\n\xd5\xc5\xc8\xfd,1\n"), "2:<张三><1><-> "},
		/* Well-formed in both: the other lines tell. */
		{BYTES("name\n\xc1\xaa\xcd\xa8\n\xd5\xc5\xc8\xfd\n"),
			"2:<联通><-><-> 3:<张三><-><-> "},
		{BYTES("name\n\x82\x30\x85\x33\n"), "2:<㓎><-><-> "},
		{BYTES("PHONE,Name\n1,a\n"), "2:<a><1><-> "},
		{BYTES("note\n\"a,b\"\n\"a\"\"b\"\n\"\"\"\"\n"),
			"2:<-><-><a,b> 3:<-><-><a\"b> 4:<-><-><\"> "},
		{BYTES("name,note\na,\"x\ny\r\n\"\nb,z\n"), "2:<a><-><x\ny\r\n> 5:<b><-><z> "},
		{BYTES("\nname,note\n\n\r\na,\n\n,b\n\n"), "5:<a><-><> 7:<><-><b> "},
		{BYTES("name,note\na,\"\"\n"), "2:<a><-><> "},
		{BYTES("name,note\na\rb,\n"), "2:<a\rb><-><> "},
		{BYTES("name,note\n"), ""},
		{BYTES("name,note\n'+86,'-\n'',o'n\n'''=,'a\n"),
			"2:<+86><-><-> 3:<''><-><o'n> 4:<''=><-><'a> "},
		/* What cannot be read. */
		{BYTES("name\n张三\n\xe5\xbc\n李四\n"),
			"2:<张三><-><-> 3: it is not UTF-8, as the rest of the file is "
			"4:<李四><-><-> "},
		{BYTES("\xef\xbb\xbfname\n\xd5\xc5\n\xd5\xc5\n"),
			"2: it is not UTF-8, as the rest of the file is "
			"3: it is not UTF-8, as the rest of the file is "},
		{BYTES("name,note\na\nb,c,d\ne,f\n"),
			"2: it has 1 values, the first line has 2 "
			"3: it has 3 values, the first line has 2 4:<e><-><f> "},
		{BYTES("name\na\"b\nc\n"),
			"2: a quote stands within a value that does not begin with one "
			"3:<c><-><-> "},
		{BYTES("name\n\"a\"b\nc\n"),
			"2: something follows the quote that ends a value 3:<c><-><-> "},
		{BYTES("name\n\"a\nb\nc\n"), "2: a quote is never closed 3:<b><-><-> 4:<c><-><-> "},
		{BYTES("name\na\0b\nc\n"), "2: it holds NUL 3:<c><-><-> "},
		{BYTES("name\n\xd5\nb\n"),
			"2: it is not GB18030, as the rest of the file is 3:<b><-><-> "},
		{BYTES("name,note\n\xd5,\xc5\nb,c\n"),
			"2: it is not GB18030, as the rest of the file is 3:<b><-><c> "},
		{BYTES("n\0a\0m\0e\0\n\0"), "line 1: it holds NUL"},
		{BYTES(""), "it has no line with the columns' names"},
		{BYTES("\n\n"), "it has no line with the columns' names"},
		{BYTES("张三,1\n"), "line 1: value 1 is none of the columns name, phone, note"},
		{BYTES("name,,note\n"), "line 1: value 2 is none of the columns name, phone, note"},
		{BYTES("name,note,Name\n"), "line 1: the column name is there twice"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++)
		assert_string_equal(read_file(cases[i].bytes, cases[i].size), cases[i].text);
}

static void a_record_has_a_limit(void **state)
{
	struct buf buf = {0};
	const char *text;

	(void)state;
	for (size_t size = CSV_RECORD_SIZE_MAX; size <= CSV_RECORD_SIZE_MAX + 1; size++) {
		buf_reset(&buf);
		buf_append_str(&buf, "name\n\"");
		for (size_t i = 0; i < size; i++)
			buf_append_char(&buf, 'a');
		buf_append_str(&buf, "\"\nb\n");
		text = read_file(buf.data, buf.size);
		assert_non_null(strstr(text, "3:<b>"));
		assert_int_equal(
			strstr(text, "2: it is too long") != NULL, size > CSV_RECORD_SIZE_MAX);
	}
	buf_release(&buf);
}

/* Whatever the bytes are, reading comes to the end, and no further than the lines there are. */
static void noise_is_read_to_its_end(void **state)
{
	static const char bytes[] = "\"\"\",,\r\n\n'=a\xd5\xc5\x82";
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		char text[64] = "name,phone\n";
		size_t size = strlen(text);
		struct csv_record record;
		const char *error;
		struct csv *csv;
		long n_lines = 2;

		while (size < sizeof(text)) {
			seed = seed * 1103515245 + 12345;
			text[size] = bytes[(seed >> 16) % sizeof(bytes)];
			n_lines += text[size++] == '\n';
		}
		store(text, size);
		csv = csv_open(path, columns, arena, &error);
		assert_non_null(csv);
		while (csv_read(csv, arena, &record) == 1)
			assert_in_range(record.line, 2, n_lines);
		csv_close(csv);
		arena_reset(arena);
	}
}

static void what_is_written_is_read_again(void **state)
{
	static const char *const values[][N_COLUMNS] = {
		{"张三", "+8529123", "=1+1"},
		{"a,b", "a\"b", "a\r\nb"},
		{"", "", "\tx"},
		{"'=", "''@", "'a"},
		{"-", "\r", "\"=\""},
	};
	const char *error;
	struct csv *csv;
	struct csv_record record;
	FILE *file = fopen(path, "w");

	(void)state;
	csv_write_columns(file, columns);
	for (size_t i = 0; i < N_OF(values); i++)
		csv_write(file, values[i], N_COLUMNS);
	fclose(file);
	csv = csv_open(path, columns, arena, &error);
	for (size_t i = 0; i < N_OF(values); i++) {
		assert_int_equal(csv_read(csv, arena, &record), 1);
		assert_null(record.error);
		for (size_t j = 0; j < N_COLUMNS; j++)
			assert_string_equal(record.values[j], values[i][j]);
	}
	assert_int_equal(csv_read(csv, arena, &record), 0);
	csv_close(csv);
}

static void what_is_written_is_no_formula(void **state)
{
	static const char *const values[] = {"=1", "+86", "'-1"};
	static const char expected[] = "\xef\xbb\xbfname,phone,note\r\n'=1,'+86,''-1\r\n";
	char bytes[256];
	FILE *file = fopen(path, "w+");
	size_t size;

	(void)state;
	csv_write_columns(file, columns);
	csv_write(file, values, N_COLUMNS);
	rewind(file);
	size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	assert_int_equal(size, sizeof(expected) - 1);
	assert_memory_equal(bytes, expected, size);
}

static void what_is_no_file_is_refused(void **state)
{
	const char *error;

	(void)state;
	assert_null(csv_open("/nowhere", columns, arena, &error));
	assert_string_equal(error, "No such file or directory");
	assert_null(csv_open("/", columns, arena, &error));
	assert_string_equal(error, "Is a directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(a_record_has_a_limit),
		cmocka_unit_test(noise_is_read_to_its_end),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(what_is_written_is_no_formula),
		cmocka_unit_test(what_is_no_file_is_refused),
	};

	return cmocka_run_group_tests_name("csv", tests, set_up, tear_down);
}
