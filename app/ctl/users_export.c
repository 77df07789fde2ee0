#include "app.h"
#include "arena.h"
#include "command.h"
#include "csv.h"
#include "ctl_app.h"
#include "db.h"
#include "export.h"
#include "ndjson.h"
#include "user_export.h"
#include "user_tables.h"

#define PAGE_MEMORY_MAX (16 << 20)

enum { APPID, FORMAT };
enum { CSV, NDJSON };

struct users_export {
	struct app app;
	bool is_ndjson;
	struct arena *arena; /* of a page */
	size_t n_ids_left;   /* of lines that have no room for them */
};

static void note_ids_left(struct users_export *users, const struct exported_user *user)
{
	if (user->n_ids_left == 0)
		return;
	users->n_ids_left += user->n_ids_left;
	fprintf(stderr, "wxuserctl: note: user %d: %zu ids of other systems are left out\n",
		user->id, user->n_ids_left);
}

static enum err print_users(
	const struct export *export, struct db *db, int64_t *last_id, size_t *n_r)
{
	struct users_export *context = export->ctx;
	const struct exported_user *users;
	enum err err = user_export_page(db, &context->app, (int32_t)*last_id, &users, n_r);

	arena_reset(context->arena);
	for (size_t i = 0; i < *n_r && err == ERR_NONE; i++) {
		const char *values[N_USER_FIELDS];

		user_fields_write(&users[i].row, context->arena, values);
		if (context->is_ndjson)
			ndjson_write(stdout, user_columns, values);
		else
			csv_write(stdout, values, N_USER_FIELDS);
		*last_id = users[i].id;
		note_ids_left(context, &users[i]);
	}
	return err;
}

static int export_users(struct ctl *ctl, const struct argument *arguments)
{
	struct users_export context = {.is_ndjson = arguments[FORMAT].number == NDJSON};
	struct export export = {.write_page = print_users, .ctx = &context};
	int status = ctl_app_find(ctl, arguments[APPID].text, &context.app);

	if (status == EXIT_SUCCESS)
		status = ctl_status(user_export_begin(ctl->db, &context.app), "");
	if (!context.is_ndjson)
		export.columns = user_columns;
	if (status != EXIT_SUCCESS)
		return status;
	context.arena = arena_new(PAGE_MEMORY_MAX);
	status = export_run(ctl, &export);
	arena_free(context.arena);
	return status != EXIT_SUCCESS || context.n_ids_left == 0
		? status
		: ctl_fail("%zu ids of other systems are left out, since a line has up to %d; to "
			   "see them: wxuserctl user show",
			  context.n_ids_left, USER_IMPORT_IDS_MAX);
}

const struct command command_users_export = {
	.name = "users export",
	.arguments = "--app APPID [--format csv|ndjson]",
	.summary = "Prints an app's WeChat users for users import, with their personal data",
	.details =
		"\"wxuserctl users export --app APPID >users.csv\" writes UTF-8 with a byte order\n"
		"mark, so that spreadsheets know it; ndjson is an object of JSON a line. A value\n"
		"with blanks around it has an apostrophe before it. Imported elsewhere with\n"
		"--phones-confirmed and exported again, the file is the same.\n"
		"Sessions and tokens are left out, and who has closed the account. Keep the file\n"
		"as you keep the database. A line has up to 8 ids of other systems; if there are\n"
		"more, the users are listed, and the exit status is 1.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = export_users,
};
