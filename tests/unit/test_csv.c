#include "unit.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "buf.h"
#include "cell.h"
#include "csv.h"
#include "csv_scanner.h"
#include "csv_text.h"

#define BYTES(text) text, sizeof(text) - 1

static const struct csv_column columns[] = {
	{.name = "name", .others = "姓名|名字"},
	{.name = "phone", .others = "手机号|电话", .is_personal = true},
	{.name = "note"},
	{.name = NULL},
};
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

static struct csv *open_csv(
	const char *file, const struct csv_column *its_columns, const char **error_r)
{
	struct csv_text *text = csv_text_open(file, error_r);

	return text == NULL ? NULL : csv_open(text, its_columns, false, arena, error_r);
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
	csv = open_csv(path, columns, &error);
	if (csv == NULL)
		return error;
	text = read_all(csv);
	csv_rewind(csv);
	assert_string_equal(read_all(csv), text);
	csv_close(csv);
	return text;
}

#define IS_WEB_PAGE                                                                                \
	"it is a web page, whatever its name says; open it in Excel, save it as \"CSV UTF-8\" "    \
	"and "                                                                                     \
	"import that file"
#define NOT_GB18030(line)                                                                          \
	line ": it is not GB18030 (GBK), as the rest of the file is; save the file as \"CSV "      \
	     "UTF-8\" "
#define IS_UTF8(line)                                                                              \
	line ": it is UTF-8, the rest of the file is GB18030 (GBK); bring all into one, best "     \
	     "into "                                                                               \
	     "UTF-8 "

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
		{BYTES("name\n\xc2\xb7\n\xd5\xc5\xc8\xfd\n\xca\xaf\n\xcb\xc4\n"),
			"2:<路><-><-> 3:<张三><-><-> 4:<石><-><-> 5:<四><-><-> "},
		{BYTES("name\nJosé\nJosé\n\xc3\n"),
			"2:<José><-><-> 3:<José><-><-> 4: it is not UTF-8, as the rest of the file "
			"is "},
		{BYTES("name\n\x82\x30\x85\x33\n"), "2:<㓎><-><-> "},
		{BYTES("PHONE,Name\n1,a\n"), "2:<a><1><-> "},
		{BYTES("note\n\"a,b\"\n\"a\"\"b\"\n\"\"\"\"\n"),
			"2:<-><-><a,b> 3:<-><-><a\"b> 4:<-><-><\"> "},
		{BYTES("name,note\na,\"x\ny\r\n\"\nb,z\n"), "2:<a><-><x\ny> 5:<b><-><z> "},
		{BYTES("\nname,note\n\n\r\na,\n\n,b\n\n"), "5:<a><-><> 7:<><-><b> "},
		{BYTES("name,note\na,\"\"\n"), "2:<a><-><> "},
		{BYTES("name,note\na\rb,\n"), "2:<a\rb><-><> "},
		{BYTES("name,note\ra,b\r\rc,\"d\ne\"\rf,g"),
			"2:<a><-><b> 4:<c><-><d\ne> 6:<f><-><g> "},
		{BYTES("name,note\n"), ""},
		{BYTES("name,note\n'+86,'-\n'',o'n\n'''=,'a\n"),
			"2:<+86><-><-> 3:<''><-><o'n> 4:<''=><-><'a> "},
		/* Other separators. */
		{BYTES("name;phone\na;1\nb,c;2\n"), "2:<a><1><-> 3:<b,c><2><-> "},
		{BYTES("name\tphone\na\t1\n"), "2:<a><1><-> "},
		{BYTES("sep=;\r\nname;phone\r\na;1\r\n"), "3:<a><1><-> "},
		{BYTES("SEP=\t\nname\tphone\na\t1\n"), "3:<a><1><-> "},
		{BYTES("sep=,\nphone\n1;2\n"), "3:<-><1;2><-> "},
		{BYTES("\xef\xbb\xbfsep=;\nphone;\n1\n"), "3:<-><1><-> "},
		/* UTF-16, as "Unicode text". */
		{BYTES("\xff\xfe"
		       "n\0a\0m\0e\0\t\0n\0o\0t\0e\0\r\0\n\0"
		       "\x20\x5f\t\0\x3d\xd8\x00\xde\r\0\n\0"
		       "a\0\t\0\"\0x\0\n\0y\0\"\0"),
			"2:<张><-><😀> 3:<a><-><x\ny> "},
		{BYTES("\xfe\xff"
		       "\0n\0a\0m\0e\0,\0n\0o\0t\0e\0\n\x5f\x20\0,\0b\0\n"),
			"2:<张><-><b> "},
		{BYTES("\xff\xfe"
		       "n\0a\0m\0e\0\r\0a\0\r\0\x20\x5f"),
			"2:<a><-><-> 3:<张><-><-> "},
		{BYTES("\xff\xfe"
		       "n\0a\0m\0e\0\n\0\x3d\xd8"
		       "a\0\n\0\x20\x5f\n\0"),
			"2: it is not UTF-16, as the rest of the file is 3:<张><-><-> "},
		/* Names of columns as people write them, below a title. */
		{BYTES("姓名,手机号\na,1\n"), "2:<a><1><-> "},
		{BYTES("*姓名 ,电话（必填）,NOTE:\na,1,b\n"), "2:<a><1><b> "},
		{BYTES("\xd0\xd5\xc3\xfb,\xca\xd6\xbb\xfa\xba\xc5\n\xd5\xc5,1\n"), "2:<张><1><-> "},
		{BYTES("会员名单,,\n\n姓名,手机号,\na,1,\n"), "4:<a><1><-> "},
		{BYTES("会员名单\n2025年\n姓名;手机号\na;1\n"), "4:<a><1><-> "},
		/* Rows and values that say nothing. */
		{BYTES("name,phone,note\n,,\na,1,b\n , \xc2\xa0,\xe3\x80\x80\n,,,,\n\"\",=\"\"\n"),
			"3:<a><1><b> "},
		{BYTES("name;note\n;;;\na;b;;\n"), "3:<a><-><b> "},
		{BYTES("name,phone,note,,\na\nb,1\nc,2,d,,,,\n\x1a"),
			"2:<a><-><-> 3:<b><1><-> 4:<c><2><d> "},
		{BYTES(",,,name,,,,,,,,,,,,,,,,phone\n,,,a,,,,,,,,,,,,,,,,1\n"), "2:<a><1><-> "},
		/* Values as spreadsheets are made to keep them. */
		{BYTES("phone,name\n=\"1\",b\n\"=\"\"1\"\"\",c\n=“1”,d\n=\"1,2\",e\n\"1\t\" "
		       ",\"f\"\t\n"),
			"2:<b><1><-> 3:<c><1><-> 4:<d><1><-> 5:<e><1,2><-> 6:<f><1><-> "},
		{BYTES("phone,name\n\t1\t,\xe3\x80\x80"
		       "a b\xc2\xa0\n"),
			"2:<a b><1><-> "},
		{BYTES("name\n=1+1\n==\"1\"\n"),
			"2:<=1+1><-><-> 3: a quote stands within a value that does not begin with "
			"one; such a value is written in quotes, and its own quotes twice "},
		/* NULL of a database, as phpMyAdmin, mysql, DataGrip and DBeaver write it. */
		{BYTES("name,phone,note\nNULL,\\N,a\n\"NULL\",[NULL],b\n<null>,(NULL),NULL\n"),
			"2:<><><a> 3:<NULL><><b> "},
		{BYTES("name;note\r\nNULLS;NULL\r\nxNULL;'NULL\r\nnull;\\N"),
			"2:<NULLS><-><> 3:<xNULL><-><'NULL> 4:<null><-><> "},
		{BYTES("\xff\xfe"
		       "n\0a\0m\0e\0,\0n\0o\0t\0e\0\n\0N\0U\0L\0L\0,\0b\0"),
			"2:<><-><b> "},
		{BYTES("name\tnote\n{\"a\":\"b\"}\t=\"1\"\n\"c\"\"d\"\t\"e\nf\"\n"),
			"2:<{\"a\":\"b\"}><-><1> 3:<c\"d><-><e\nf> "},
		/* What cannot be read. */
		{BYTES("name\n张三\n\xe5\xbc\n李四\n"),
			"2:<张三><-><-> 3: it is not UTF-8, as the rest of the file is "
			"4:<李四><-><-> "},
		{BYTES("\xef\xbb\xbfname\n\xd5\xc5\n\xd5\xc5\n"),
			"2: it is not UTF-8, as the rest of the file is "
			"3: it is not UTF-8, as the rest of the file is "},
		/* UTF-8 after GB18030, the last of which can be read as it, and GB18030 after
	           UTF-8. */
		{BYTES("name\n\xd5\xc5\xc8\xfd\n\xc0\xee\xcb\xc4\n张三\n\xe5\xb1\xb1\xe5\xb1\xb1"
		       "\n"),
			"2:<张三><-><-> 3:<李四><-><-> 4: it is UTF-8, the rest of the file is "
			"GB18030 "
			"(GBK); bring all into one, best into UTF-8 5: it is UTF-8, the rest of "
			"the file "
			"is GB18030 (GBK); bring all into one, best into UTF-8 "},
		{BYTES("name\n\xd5\xc5\n\xd5\xc5\n\xd5\xc5\n\xd5\xc5\n小明😀\n①号\n小é明\nJosé\n"),
			"2:<张><-><-> 3:<张><-><-> 4:<张><-><-> 5:<张><-><-> " IS_UTF8("6")
				IS_UTF8("7") IS_UTF8("8") IS_UTF8("9")},
		/* Big5 and Windows-1252, where only some lines give them away. */
		{BYTES("name\n\xa4\xfd\xa4p\xa9\xfa\nM\xfcller\n\xc3\xd7\nx\xabh\xabh\n"),
			NOT_GB18030("2") NOT_GB18030("3") "4:<米><-><-> 5:<x玥玥><-><-> "},
		{BYTES("姓名\n张三\n李四\n\xd5\xc5\xc8\xfd\n"),
			"2:<张三><-><-> 3:<李四><-><-> 4: it is not UTF-8, as the rest of the file "
			"is "},
		{BYTES("name,note\na\nb,c,d\ne,f\n"),
			"2:<a><-><-> 3: value 3 stands under no column's name; take it "
			"out 4:<e><-><f> "},
		{BYTES("name\na\"b\nc\n"),
			"2: a quote stands within a value that does not begin with one; such a "
			"value "
			"is written in quotes, and its own quotes twice 3:<c><-><-> "},
		{BYTES("name\n\"a\"b\nc\n"),
			"2: something follows the quote that ends a value; write a quote within a "
			"value twice 3:<c><-><-> "},
		{BYTES("name\n\"a\" \"b\"\nc\n"),
			"2: something follows the quote that ends a value; write a quote within a "
			"value twice 3:<c><-><-> "},
		{BYTES("name\n\"a\nb\nc\n"),
			"2: a quote is never closed; close it, or write a quote within a "
			"value "
			"twice; it goes on to the end of the file "},
		/* What a quote encloses is no record, whatever is wrong with it. */
		{BYTES("name,note\na,\"b\nevil,c\nd\0\"\ne,f\n"),
			"2: it holds a NUL byte; save the file as \"CSV UTF-8\"; it ends on line 4 "
			"5:<e><-><f> "},
		{BYTES("name,note\na\0,\"b\nevil,c\n\"\ne,f\n"),
			"2: it holds a NUL byte; save the file as \"CSV UTF-8\"; it ends on line 4 "
			"5:<e><-><f> "},
		{BYTES("name,note\na, \"b\nevil,c\n\"\ne,f\n"),
			"2: a quote stands within a value that does not begin with one; such a "
			"value is written in quotes, and its own quotes twice; it ends on line 4 "
			"5:<e><-><f> "},
		{BYTES("name,note\na\"b,\"c\nevil,d\n\"\ne,f\n"),
			"2: a quote stands within a value that does not begin with one; such a "
			"value is written in quotes, and its own quotes twice; it ends on line 4 "
			"5:<e><-><f> "},
		{BYTES("name,note\n\"a \"b\" c\nevil,d\n\"\ne,f\n"),
			"2: something follows the quote that ends a value; write a quote within a "
			"value twice; it ends on line 4 5:<e><-><f> "},
		{BYTES("name\na\0b\nc\n"),
			"2: it holds a NUL byte; save the file as \"CSV UTF-8\" 3:<c><-><-> "},
		{BYTES("name\n\xd5\nb\n"), NOT_GB18030("2") "3:<b><-><-> "},
		{BYTES("name,note\n\xd5,\xc5\nb,c\n"), NOT_GB18030("2") "3:<b><-><c> "},
		{BYTES("\xff\xfe"
		       "n\0a\0m\0e\0\n\0\x20\x5f\x20"),
			"2: it is not UTF-16, as the rest of the file is "},
		{BYTES("\xff\xfe"
		       "n\0a\0m\0e\0\n\0\x3d\xd8\n\0a\0\n\0"),
			"2: it is not UTF-16, as the rest of the file is 3:<a><-><-> "},
		{BYTES("\xff\xfe"
		       "n\0a\0m\0e\0\n\0\x3d\xd8\x00"),
			"2: it is not UTF-16, as the rest of the file is "},
		{BYTES("n\0a\0m\0e\0\n\0"),
			"line 1: it holds a NUL byte; save the file as \"CSV UTF-8\""},
		{BYTES(""), "it has no line with the columns' names"},
		{BYTES("\n\n,,\n"), "it has no line with the columns' names"},
		{BYTES("张三,13900000001\n"),
			"line 1: it does not name the columns; put a line above it with those of: "
			"name (姓名), phone (手机号), note"},
		{BYTES("名单\n姓名,备注\n"),
			"line 2: \"备注\" is no column; take it out, or name it as one of these: "
			"name (姓名), phone (手机号), note"},
		{BYTES("name,note,Name\n"),
			"line 1: \"name\" and \"Name\" are the same column; take one out"},
		{BYTES("手机号,电话\n"),
			"line 1: \"手机号\" and \"电话\" are the same column; take one out"},
		{BYTES("1\n2\n3\n4\n5\nname\n"),
			"line 1: it does not name the columns; put a line above it with those of: "
			"name (姓名), phone (手机号), note"},
		{BYTES("PK\x03\x04\x14\x00"),
			"it is an Excel workbook or a ZIP archive; save it as \"CSV UTF-8\" in "
			"Excel, or unpack it, and import that file"},
		{BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
			"it is an Excel workbook; save it as \"CSV UTF-8\" in Excel and import "
			"that file"},
		{BYTES("<html><table>"), IS_WEB_PAGE},
		{BYTES("\xef\xbb\xbf<html><table>"), IS_WEB_PAGE},
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

static void fill_with_noise(char *text, size_t size, unsigned *seed)
{
	static const char bytes[] = "\"\"\",,;\t\r\n\n'=a\xd5\xc5\x82\xd8\xdc\xe2\x80";

	for (size_t i = 0; i < size; i++) {
		*seed = *seed * 1103515245 + 12345;
		text[i] = bytes[(*seed >> 16) % sizeof(bytes)];
	}
}

/* Whatever the bytes are, reading comes to the end, and no further than the lines there are. */
static void noise_is_read_to_its_end(void **state)
{
	static const struct {
		const char *begin;
		size_t size;
	} kinds[] = {
		{BYTES("name,phone\n")},
		{BYTES("sep=;\r\nname;phone\r\n")},
		{BYTES("\xff\xfe"
		       "n\0a\0m\0e\0\n\0")},
		{BYTES("\xfe\xff"
		       "\0n\0a\0m\0e\0\r")},
	};
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 4000; round++) {
		size_t size = kinds[round % N_OF(kinds)].size;
		struct csv_record record;
		const char *error;
		struct csv *csv;
		long n_lines = 1;
		char text[72];

		memcpy(text, kinds[round % N_OF(kinds)].begin, size);
		fill_with_noise(text + size, sizeof(text) - size, &seed);
		for (size_t i = 0; i < sizeof(text); i++)
			n_lines += text[i] == '\n' || text[i] == '\r';
		store(text, sizeof(text));
		csv = open_csv(path, columns, &error);
		assert_non_null(csv);
		while (csv_read(csv, arena, &record) == 1)
			assert_in_range(record.line, 2, n_lines);
		assert_in_range(csv_offset(csv), sizeof(text) - 1, sizeof(text));
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
		{" a", "b\xc2\xa0", "\xe3\x80\x80"},
		{"=\"1\"", "'' a", "' '"},
		{"####", "'#N/A", "??"},
		{"\ufffd", "?", "#REF!"},
		{"NULL", "\\N", "[NULL]"},
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
	csv = open_csv(path, columns, &error);
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

static void a_column_may_be_required(void **state)
{
	static const struct csv_column required[] = {
		{.name = "name"},
		{.name = "phone", .others = "手机号", .is_required = true},
		{.name = NULL},
	};
	const char *error;

	(void)state;
	store(BYTES("name\na\n"));
	assert_null(open_csv(path, required, &error));
	assert_string_equal(error, "line 1: there is no column phone (手机号)");
}

static void a_complaint_names_column_and_value(void **state)
{
	static const struct {
		const char *value, *complaint;
	} cases[] = {
		{"13800138000", "电话 \"138****8000\" is wrong"},
		{"1.38001E+10",
			"电话 \"1.38001E+10\" is a number that Excel has rounded; format the "
			"column as text and export again"},
		{"5.00112199003071E+17",
			"电话 \"5.0****E+17\" is a number that Excel has rounded; format the "
			"column as text and export again"},
		{"\uff11.\uff13e10",
			"电话 \"******\" is a number that Excel has rounded; "
			"format the column as text and export again"},
		{"######",
			"电话 \"######\" is what Excel writes where a column is too narrow; widen "
			"it and export again"},
		{"#N/A", "电话 \"#N/A\" is the error of a formula; mend the cell and export again"},
		{"", "电话 is empty"},
		{NULL, "it has no 电话"},
	};
	static const char *const names[] = {NULL, "电话", NULL};
	struct csv_record record = {.columns = columns, .names = names};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		record.values[1] = cases[i].value;
		assert_string_equal(
			csv_column_complain(&record, arena, 1, "is wrong"), cases[i].complaint);
	}
	record.values[2] = "\x1b[1m\xc2\x9b"
			   "1m\x7f\u3000";
	assert_string_equal(csv_column_complain(&record, arena, 2, "is wrong"),
		"note \"\\u001b[1m\\u009b1m\\u007f\u3000\" is wrong");
	record.values[2] = "what it is";
	assert_string_equal(
		csv_column_complain(&record, arena, 2, "is wrong"), "note \"what it is\" is wrong");
}

static void what_was_lost_is_no_value(void **state)
{
	static const char *const cases[][2] = {
		{"####", "is what Excel writes where a column is too narrow"},
		{"#N/A", "is the error of a formula"},
		{"#name?", "is the error of a formula"},
		{" ?? ", "is what is left of characters that an encoding does not have"},
		{"\u738b\ufffd", "has lost characters, which are U+FFFD now"},
		{"#", "is what Excel writes"},
		{"#1", NULL},
		{"?", NULL},
		{"\u738b?", NULL},
		{"'####", NULL},
		{"null", NULL},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		char *value = arena_strdup(arena, cases[i][0]);
		const char *loss;

		cell_clean(value, &loss);
		if (cases[i][1] == NULL)
			assert_null(loss);
		else
			assert_ptr_equal(strstr(loss, cases[i][1]), loss);
	}
	assert_string_equal(read_file(BYTES("name,phone\n#N/A,1\nb,\xe7\x8e\x8b\xef\xbf\xbd\n")),
		"2: name \"#N/A\" is the error of a formula; mend the cell and export again "
		"3: phone \"**\" has lost characters, which are U+FFFD now; take it again from "
		"where "
		"it came from ");
}

static void who_writes_to_a_file_that_is_read_is_told(void **state)
{
	const char *error;
	struct csv *csv;
	FILE *file;

	(void)state;
	store(BYTES("name\na\n"));
	csv = open_csv(path, columns, &error);
	assert_false(csv_has_changed(csv));
	file = fopen(path, "a");
	fputs("b\n", file);
	fclose(file);
	assert_true(csv_has_changed(csv));
	csv_close(csv);
}

static void numbers_are_read_as_cells_have_them(void **state)
{
	static const struct {
		const char *value, *plain;
	} cases[] = {
		{"'13900000001", "13900000001"},
		{"''1", "1"},
		{"\u20181", "1"},
		{"\uff07\uff11", "1"},
		{"13900000001.0", "13900000001"},
		{"1.00", "1"},
		{"1.01", "1.01"},
		{".0", ".0"},
		{"1.", "1."},
		{" 1\u00a02 ", "12"},
		{"MALE", "male"},
		{"11010519491231002X", "11010519491231002x"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++)
		assert_string_equal(cell_plain(arena, cases[i].value), cases[i].plain);
}

static void days_are_read_as_cells_have_them(void **state)
{
	static const char *const cases[][2] = {
		{"1990年1月5日", "1990-1-5"},
		{"1990年01月05日 12:30:00", "1990-01-05 12:30:00"},
		{"1990 年", "1990 年"},
		{"1990年1月5号", "1990-1-5"},
		{"19900105", "1990-01-05"},
		{"'19900105", "1990-01-05"},
		{"1990/1/5", "1990/1/5"},
		{"\uff11990.1.5", "1990.1.5"},
		{"33000", "33000"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++)
		assert_string_equal(cell_day(arena, cases[i][0]), cases[i][1]);
}

static void a_day_has_one_meaning(void **state)
{
	static const struct {
		const char *day, *problem; /* NULL: none */
	} cases[] = {
		{"5/3/2021", "is one day where the month comes first"},
		{"05/03/2021 10:00:00", "is one day where the month comes first"},
		{"5.3.2021", "is one day where the month comes first"},
		{"12-11-2021", "is one day where the month comes first"},
		{"5 / 3 / 2021", "is one day where the month comes first"},
		{"5/5/2021", NULL},
		{"3/13/2021", NULL},
		{"2021-05-03 10:00:00", NULL},
		{"2021/5/3", NULL},
		{"1-May-25", "has a year of two digits"},
		{"1-May-2025", NULL},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const char *problem = cell_day_problem(cases[i].day);

		if (cases[i].problem == NULL)
			assert_null(problem);
		else
			assert_ptr_equal(strstr(problem, cases[i].problem), problem);
	}
}

static void a_number_is_rounded_only_as_excel_writes_it(void **state)
{
	static const struct {
		const char *value;
		bool is_rounded;
	} cases[] = {
		{"1.38E+10", true},
		{"1.38001e+10", true},
		{"1.38E10", true},
		{"1E+10", true},
		{"6.1E+17", true},
		{"\uff11.\uff13\uff25+10", true},
		{"19032207649565662549e399", false},
		{"5e8000000000000000000000", false},
		{"507f1f77bcf86cd799439011", false},
		{"12e5", false},
		{"5e80", false},
		{"5.e80", false},
		{"1.38E+1000", false},
		{"1.38E", false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++)
		if ((cell_loss(cases[i].value) != NULL) != cases[i].is_rounded)
			fail_msg("%s", cases[i].value);
}

static void a_bit_is_told_from_another_nul(void **state)
{
	(void)state;
	assert_string_equal(read_file(BYTES("name,phone\na,\0\n\0,1\n\"\0\",1\nb,\0")),
		"2: a value is a NUL byte, as a column of type bit is written; export such a "
		"column as a number: CAST(column AS UNSIGNED) "
		"3: a value is a NUL byte, as a column of type bit is written; export such a "
		"column as a number: CAST(column AS UNSIGNED) "
		"4: a value is a NUL byte, as a column of type bit is written; export such a "
		"column as a number: CAST(column AS UNSIGNED) "
		"5: a value is a NUL byte, as a column of type bit is written; export such a "
		"column as a number: CAST(column AS UNSIGNED) ");
	assert_string_equal(read_file(BYTES("name,phone\na\0,1\nb,\0x\n")),
		"2: it holds a NUL byte; save the file as \"CSV UTF-8\" "
		"3: it holds a NUL byte; save the file as \"CSV UTF-8\" ");
}

static void what_is_no_file_is_refused(void **state)
{
	char fifo[] = "/tmp/wxuser-csv-XXXXXX";
	const char *error;

	(void)state;
	assert_null(open_csv("/nowhere", columns, &error));
	assert_string_equal(error, "No such file or directory");
	assert_null(open_csv("/", columns, &error));
	assert_string_equal(error, "Is a directory");
	close(mkstemp(fifo));
	assert_int_equal(unlink(fifo), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_null(open_csv(fifo, columns, &error));
	assert_string_equal(error, "it cannot be read twice; write it to a file and import that");
	assert_int_equal(unlink(fifo), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(a_record_has_a_limit),
		cmocka_unit_test(noise_is_read_to_its_end),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(what_is_written_is_no_formula),
		cmocka_unit_test(a_column_may_be_required),
		cmocka_unit_test(a_complaint_names_column_and_value),
		cmocka_unit_test(what_was_lost_is_no_value),
		cmocka_unit_test(who_writes_to_a_file_that_is_read_is_told),
		cmocka_unit_test(numbers_are_read_as_cells_have_them),
		cmocka_unit_test(days_are_read_as_cells_have_them),
		cmocka_unit_test(a_day_has_one_meaning),
		cmocka_unit_test(a_number_is_rounded_only_as_excel_writes_it),
		cmocka_unit_test(a_bit_is_told_from_another_nul),
		cmocka_unit_test(what_is_no_file_is_refused),
	};

	return cmocka_run_group_tests_name("csv", tests, set_up, tear_down);
}
