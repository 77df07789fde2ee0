/*
 * Any files as the users of an app, of our own format or of another system's, and as a remapping of
 * openids. The import ends and prints lines of text, as does an export of any rows. A user that is
 * read is written as CSV and as lines of JSON, and read from both as the same.
 *
 * An input is a byte that chooses, one of options, a line for --map, up to three files that end
 * with a line "%%", and what the database answers.
 */
#include <stdlib.h>
#include <unistd.h>

#include "command_run.h"
#include "csv.h"
#include "fuzz.h"
#include "ndjson.h"
#include "records.h"
#include "str.h"
#include "user_fields.h"

#define N_FILES 3
#define APPID "wx0123456789abcdef"

enum { IMPORT_OWN, IMPORT_OTHERS, REMAP = 5, EXPORT_CSV, EXPORT_NDJSON, READ, N_CHOICES };
enum { OPTION_1 = 1, OPTION_2 = 2, OPTION_3 = 4, OPTION_4 = 8, OPTION_5 = 16 };

static const char *option(unsigned options, unsigned one)
{
	return (options & one) != 0 ? "--it" : NULL;
}

/* ---- As wxuserctl does it. */

static void import_users(unsigned choice, unsigned options, const char *map,
	const char *const *paths, struct fuzz_input *rows)
{
	struct argument arguments[ARGUMENTS_MAX] = {
		{.text = APPID},
		{.text = choice == IMPORT_OWN ? NULL : "a format",
			.number = choice == IMPORT_OWN ? 0 : (int32_t)choice - IMPORT_OTHERS},
		{.text = (options & OPTION_4) != 0 ? "crm.2" : NULL},
		{.text = *map == '\0' ? NULL : map},
		{.text = option(options, OPTION_1)},
		{.text = option(options, OPTION_5)},
		{.text = NULL},
		{.text = option(options, OPTION_2)},
		{.text = option(options, OPTION_3)},
	};

	for (size_t i = 0; i < N_FILES; i++)
		arguments[9 + i].text = paths[i];
	command_run(&command_users_import, arguments, rows);
}

static void remap_users(unsigned options, const char *path, struct fuzz_input *rows)
{
	const struct argument arguments[ARGUMENTS_MAX] = {
		{.text = APPID},
		{.text = option(options, OPTION_1)},
		{.text = option(options, OPTION_2)},
		{.text = option(options, OPTION_3)},
		{.text = path},
	};

	command_run(&command_users_remap, arguments, rows);
}

static void export_users(bool is_ndjson, struct fuzz_input *rows)
{
	const struct argument arguments[ARGUMENTS_MAX] = {
		{.text = APPID},
		{.text = is_ndjson ? "ndjson" : "csv", .number = is_ndjson},
	};

	command_run(&command_users_export, arguments, rows);
}

/* ---- As records. */

static void check_row(const struct user_import_row *row)
{
	const struct profile *profile = &row->profile;
	const char *const texts[] = {row->openid, row->unionid, profile->name, profile->avatar,
		profile->phone, profile->language, profile->country, profile->province,
		profile->city};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		fuzz_check_text("a text of a user", texts[i]);
	if (!str_is_openid(row->openid))
		BUG("%s is no openid", row->openid);
	if (row->created_us < 0 || row->seen_us < 0 || row->confirmed_us < 0)
		BUG("a time before 1970");
}

static const char *write_user(const char *const *values, bool is_ndjson)
{
	const char *path = fuzz_file(FUZZ_FILE_AGAIN, "", 0);
	FILE *file = fopen(path, "w");

	if (is_ndjson) {
		ndjson_write(file, user_columns, values);
	} else {
		csv_write_columns(file, user_columns);
		csv_write(file, values, N_USER_FIELDS);
	}
	fclose(file);
	return path;
}

static void check_again(const struct user_import_row *row, bool is_ndjson, struct arena *arena)
{
	const char *values[N_USER_FIELDS], *again[N_USER_FIELDS], *error;
	struct csv_record record;
	struct user_import_row row_again;
	struct records *records;

	user_fields_write(row, arena, values);
	records = records_open(write_user(values, is_ndjson), user_columns, false, arena, &error);
	if (records == NULL)
		BUG("what is written is not read: %s", error);
	if (records_read(records, arena, &record) != 1 || record.error != NULL)
		BUG("a user is written as none: %s", record.error);
	error = user_fields_read(&record, true, arena, &row_again);
	if (error != NULL)
		BUG("a user is written as a bad one: %s", error);
	user_fields_write(&row_again, arena, again);
	for (int i = 0; i < N_USER_FIELDS; i++)
		if (strcmp(values[i], again[i]) != 0)
			BUG("%s: %s becomes %s", user_columns[i].name, values[i], again[i]);
	if (records_read(records, arena, &record) != 0)
		BUG("a user is written as two");
	records_close(records);
}

static void read_users(const char *path, struct arena *arena)
{
	const char *error = NULL;
	struct records *records = records_open(path, user_columns, false, arena, &error);
	struct csv_record record;
	struct user_import_row row;
	int n_checked = 0;

	if (records == NULL) {
		fuzz_check_text("an error", error);
		return;
	}
	while (records_read(records, arena, &record) > 0) {
		error = record.error != NULL ? record.error
					     : user_fields_read(&record, true, arena, &row);
		fuzz_check_text("an error", error);
		if (error != NULL)
			continue;
		check_row(&row);
		for (int i = 0; i < 2 && n_checked < 8; i++)
			check_again(&row, i == 1, arena);
		n_checked++;
	}
	records_close(records);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const enum fuzz_place places[N_FILES] = {
		FUZZ_FILE, FUZZ_FILE_SECOND, FUZZ_FILE_THIRD};
	const char *map, *paths[N_FILES] = {NULL};
	struct fuzz_input input;
	struct arena *arena = fuzz_begin(&input, bytes, size);
	const unsigned choice = fuzz_take_below(&input, N_CHOICES);
	const unsigned options = fuzz_take_byte(&input);

	map = fuzz_take_line(&input);
	for (size_t i = 0; i < N_FILES; i++) {
		const struct fuzz_input file = fuzz_take_part(&input);

		if (i == 0 || file.size > 0)
			paths[i] = fuzz_file(places[i], file.bytes, file.size);
	}
	if (choice < REMAP)
		import_users(choice, options, map, paths, &input);
	else if (choice == REMAP)
		remap_users(options, paths[0], &input);
	else if (choice == READ)
		read_users(paths[0], arena);
	else
		export_users(choice == EXPORT_NDJSON, &input);
	return 0;
}
