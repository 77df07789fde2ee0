/*
 * Any file as what wxuserctl imports: members, communities, regions. The import ends, and prints
 * lines of text; so does an export of any rows. And as CSV of any columns: each value is text, and
 * what is written from a record is read as the same.
 *
 * An input is a byte that chooses, the file, and after a line "%%" what the database answers.
 */
#include <unistd.h>

#include "command_run.h"
#include "csv.h"
#include "csv_text.h"
#include "fold.h"
#include "fuzz.h"
#include "str.h"

static const struct csv_column columns[] = {
	{"phone", "手机|手机号", .is_required = true, .is_personal = true},
	{"name", "姓名"},
	{"birthday", "生日|出生日期"},
	{NULL},
};
#define N_COLUMNS 3

static const struct command *const file_commands[] = {&command_members_import,
	&command_communities_import, &command_regions_import, &command_members_export,
	&command_communities_export};
#define N_COMMANDS (sizeof(file_commands) / sizeof(file_commands[0]))

/* ---- As wxuserctl does it. */

static void run(unsigned choice, const char *path, struct fuzz_input *rows)
{
	const struct command *command = file_commands[choice % N_COMMANDS];
	const bool is_of_tenant = str_starts_with(command->arguments, "--tenant");
	struct argument arguments[ARGUMENTS_MAX] = {{0}};

	arguments[is_of_tenant ? 3 : 2].text = path;
	if (is_of_tenant)
		arguments[0].number = 1;
	if (choice >= N_COMMANDS)
		arguments[is_of_tenant ? 1 : 0].text = "--skip-bad";
	command_run(command, arguments, rows);
}

/* ---- As CSV. */

static void check_record(const struct csv_record *record, struct arena *arena)
{
	for (int i = 0; i < N_COLUMNS; i++) {
		fuzz_check_text(columns[i].name, record->values[i]);
		if (record->values[i] != NULL && !fold_equal(record->values[i], record->values[i]))
			BUG("%s is not itself", record->values[i]);
		if (record->values[i] != NULL)
			fuzz_check_text(
				"a complaint", csv_column_complain(record, arena, i, "is odd"));
	}
	fuzz_check_text("an error", record->error);
}

static bool is_same(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

/* Of an empty record nothing is left. */
static bool is_empty(const struct csv_record *record)
{
	for (int i = 0; i < N_COLUMNS; i++)
		if (!str_is_empty(record->values[i]))
			return false;
	return true;
}

static const char *write_again(const struct csv_record *record)
{
	const char *path = fuzz_file(FUZZ_FILE_AGAIN, "", 0);
	const char *values[N_COLUMNS];
	FILE *file = fopen(path, "w");

	for (int i = 0; i < N_COLUMNS; i++)
		values[i] = record->values[i] == NULL ? "" : record->values[i];
	csv_write_columns(file, columns);
	csv_write(file, values, N_COLUMNS);
	fclose(file);
	return path;
}

static struct csv *open_csv(const char *path, struct arena *arena, const char **error_r)
{
	struct csv_text *text = csv_text_open(path, error_r);

	return text == NULL ? NULL : csv_open(text, columns, false, arena, error_r);
}

static void check_again(const struct csv_record *record, struct arena *arena)
{
	const char *path = write_again(record), *error;
	struct csv_record again;
	struct csv *csv;

	csv = open_csv(path, arena, &error);
	if (csv == NULL)
		BUG("what is written is not read: %s", error);
	if (csv_read(csv, arena, &again) != 1 || again.error != NULL)
		BUG("a record is written as none: %s", again.error);
	for (int i = 0; i < N_COLUMNS; i++)
		if (!is_same(record->values[i], again.values[i]))
			BUG("%s becomes %s", record->values[i], again.values[i]);
	csv_close(csv);
}

static void read_csv(struct arena *arena, const char *path)
{
	const char *error = NULL;
	struct csv *csv = open_csv(path, arena, &error);
	struct csv_record record;
	int n_checked = 0;

	if (csv == NULL) {
		fuzz_check_text("an error", error);
		return;
	}
	while (csv_read(csv, arena, &record) > 0) {
		check_record(&record, arena);
		if (record.error == NULL && !is_empty(&record) && n_checked++ < 8)
			check_again(&record, arena);
	}
	csv_close(csv);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input, file;
	struct arena *arena = fuzz_begin(&input, bytes, size);
	const unsigned choice = fuzz_take_below(&input, 3 * N_COMMANDS);
	const char *path;

	file = fuzz_take_part(&input);
	path = fuzz_file(FUZZ_FILE, file.bytes, file.size);
	if (choice < 2 * N_COMMANDS)
		run(choice, path, &input);
	else
		read_csv(arena, path);
	return 0;
}
