#include "app.h"
#include "arena.h"
#include "command.h"
#include "db.h"
#include "import.h"
#include "line_keys.h"
#include "openid_remap.h"
#include "str.h"

enum { APPID, UNDO, SKIP_BAD, DRY_RUN, FILES };
enum { OLD_OPENID, NEW_OPENID, N_COLUMNS };

#define N_STATES (OPENID_REMAP_USED + 1)
#define DETAILS_SIZE 192

/* As WeChat's changeopenid answers, too. */
static const struct csv_column remap_columns[] = {
	[OLD_OPENID] = {"oldOpenid", "ori_openid|old_openid|原openid|旧openid", .is_required = true,
		.is_personal = true},
	[NEW_OPENID] = {"newOpenid", "new_openid|新openid", .is_required = true,
		.is_personal = true},
	[N_COLUMNS] = {NULL},
};

struct users_remap {
	struct app app;
	bool is_undo;
	struct line_keys *old_openids, *new_openids;
	size_t n_repeated; /* lines that have an openid of another line */
	bool is_audited;
	size_t planned[N_STATES], done[N_STATES];
};

static const char *read_remap_line(
	struct import *import, const struct csv_record *record, struct arena *arena, void *row_r)
{
	const struct users_remap *remap = import->ctx;
	struct openid_remap_row *row = row_r;
	const char *const *values = record->values;

	for (int i = 0; i < N_COLUMNS; i++)
		if (!str_is_openid(values[i]))
			return csv_column_complain(record, arena, i, "is not an openid");
	if (strcmp(values[OLD_OPENID], values[NEW_OPENID]) == 0)
		return "both openids are the same";
	*row = (struct openid_remap_row){
		.old_openid = values[remap->is_undo ? NEW_OPENID : OLD_OPENID],
		.new_openid = values[remap->is_undo ? OLD_OPENID : NEW_OPENID],
	};
	return NULL;
}

static const char *key_of_remap(const void *row)
{
	return ((const struct openid_remap_row *)row)->old_openid;
}

static const char *undo_text(const struct users_remap *users)
{
	return users->is_undo ? "true" : "false";
}

static size_t n_lines(const size_t *counts)
{
	size_t n = 0;

	for (int state = 0; state < N_STATES; state++)
		n += counts[state];
	return n;
}

/* The entry that is written with the first row tells how many are to come, and this one what was
 * changed. */
static enum err end_remap_audit(struct db *db, const struct users_remap *users, bool is_complete)
{
	const size_t *done = users->done;
	char details[DETAILS_SIZE];

	if (!users->is_audited)
		return ERR_NONE;
	snprintf(details, sizeof(details),
		"{\"state\":\"%s\",\"undo\":%s,\"changed\":%zu,\"same\":%zu,\"unknown\":%zu,"
		"\"taken\":%zu}",
		is_complete ? "complete" : "stopped", undo_text(users), done[OPENID_REMAP_DONE],
		done[OPENID_REMAP_SAME], done[OPENID_REMAP_UNKNOWN], done[OPENID_REMAP_TAKEN]);
	return openid_remap_end(db, &users->app, details);
}

static enum err remap_parts(struct users_remap *users, struct db *db, struct openid_remap_row *rows,
	size_t n_rows, bool is_dry_run)
{
	size_t *counts = is_dry_run ? users->planned : users->done;
	char details[DETAILS_SIZE];
	enum err err = ERR_NONE;

	snprintf(details, sizeof(details), "{\"state\":\"begun\",\"undo\":%s,\"lines\":%zu}",
		undo_text(users), n_lines(users->planned));
	for (size_t begin = 0; begin < n_rows && err == ERR_NONE; begin += OPENID_REMAP_MAX) {
		struct openid_remap part = {
			.app = &users->app,
			.rows = rows + begin,
			.n_rows = n_rows - begin < OPENID_REMAP_MAX ? n_rows - begin
								    : OPENID_REMAP_MAX,
			.is_undo = users->is_undo,
			.is_dry_run = is_dry_run,
			.details = is_dry_run || users->is_audited ? NULL : details,
		};

		err = openid_remap(db, &part);
		users->is_audited |= err == ERR_NONE && !is_dry_run;
		for (size_t i = 0; i < part.n_rows && err == ERR_NONE; i++)
			counts[part.rows[i].state]++;
	}
	return err;
}

/* Which line is changed first would decide who gets the openid, and a repetition would change more:
 * two lines with one new openid, or one whose new openid is the old one of another. */
static void note_repeated(struct import *import, const struct openid_remap_row *row, long place)
{
	struct users_remap *users = import->ctx;
	const long twice = line_keys_put(users->new_openids, row->new_openid, place);
	const long before = line_keys_find(users->old_openids, row->new_openid);
	const long after = line_keys_find(users->new_openids, row->old_openid);

	line_keys_put(users->old_openids, row->old_openid, place);
	if (twice == place && before == 0 && after == 0)
		return;
	users->n_repeated++;
	import_note(import, place,
		twice != place ? "the new openid is also on an earlier line"
			: before != 0
			? "the new openid is the old one of an earlier line"
			: "the old openid is the new one of an earlier line");
}

static void note_state(struct import *import, enum openid_remap_state state, long place)
{
	static const char *const notes[N_STATES] = {
		[OPENID_REMAP_TAKEN] = "another user has the new openid; both stay as they are; "
				       "see: wxuserctl account merge",
		[OPENID_REMAP_UNCHANGED] =
			"no users remap has given the user this openid; it stays as it is",
		[OPENID_REMAP_USED] = "the user has logged in with the new openid since; it stays",
	};

	if (notes[state] != NULL)
		import_note(import, place, notes[state]);
}

static enum err check_remap(struct import *import, struct db *db, void *rows, const long *places,
	size_t n_rows)
{
	const struct openid_remap_row *remaps = rows;
	enum err err = remap_parts(import->ctx, db, rows, n_rows, true);

	for (size_t i = 0; i < n_rows && err == ERR_NONE; i++) {
		note_repeated(import, &remaps[i], places[i]);
		note_state(import, remaps[i].state, places[i]);
	}
	return err;
}

static const char *refuse_remap(const struct import *import, struct arena *arena)
{
	const struct users_remap *users = import->ctx;

	return users->n_repeated == 0
		? NULL
		: arena_printf(arena,
			  "%zu line%s an openid of another line, nothing was applied; WeChat "
			  "gives each user an openid of its own: correct them, or take them out",
			  users->n_repeated, users->n_repeated == 1 ? " has" : "s have");
}

static enum err apply_remap(struct import *import, struct db *db, void *rows, size_t n_rows)
{
	return remap_parts(import->ctx, db, rows, n_rows, false);
}

static int remap_files(struct ctl *ctl, const struct argument *arguments, struct users_remap *users)
{
	struct import import = {
		.columns = remap_columns,
		.skips_others = true,
		.skips_bad = arguments[SKIP_BAD].text != NULL,
		.is_dry_run = arguments[DRY_RUN].text != NULL,
		.row_size = sizeof(struct openid_remap_row),
		.read = read_remap_line,
		.key = key_of_remap,
		.key_name = "openid",
		.check = check_remap,
		.refuse = refuse_remap,
		.apply = apply_remap,
		.reason = CTL_NO_APP,
		.ctx = users,
	};
	const size_t *counts = import.is_dry_run ? users->planned : users->done;
	int status;

	import_take_files(&import, arguments + FILES);
	status = import_run(ctl, &import);
	if (ctl_status(end_remap_audit(ctl->db, users, import.is_complete), "") != EXIT_SUCCESS)
		status = EXIT_FAILURE;
	if (import.is_complete)
		printf("%zu users changed, %zu as they were, %zu not known, %zu whose new "
		       "openid is another user's\n",
			counts[OPENID_REMAP_DONE], counts[OPENID_REMAP_SAME],
			counts[OPENID_REMAP_UNKNOWN], counts[OPENID_REMAP_TAKEN]);
	if (import.is_complete && users->is_undo)
		printf("%zu users not changed by a remap, %zu who have logged in since\n",
			counts[OPENID_REMAP_UNCHANGED], counts[OPENID_REMAP_USED]);
	return status;
}

static int remap_users(struct ctl *ctl, const struct argument *arguments)
{
	struct users_remap users = {.is_undo = arguments[UNDO].text != NULL};
	enum err err = app_find(ctl->db, arguments[APPID].text, &users.app);
	int status;

	if (err != ERR_NONE)
		return ctl_status(err == ERR_APP_UNKNOWN ? ERR_PARAMETER : err, CTL_NO_APP);
	users.old_openids = line_keys_new();
	users.new_openids = line_keys_new();
	status = remap_files(ctl, arguments, &users);
	line_keys_free(users.new_openids);
	line_keys_free(users.old_openids);
	return status;
}

const struct command command_users_remap = {
	.name = "users remap",
	.arguments = "--app APPID [--undo] [--skip-bad] [--dry-run] FILE...",
	.summary = "Changes openids after WeChat has given an app's users new ones",
	.details =
		"After an app has moved to another owner (主体迁移), WeChat tells the new openid\n"
		"of each old one (cgi-bin/changeopenid). FILE is CSV or an object of JSON a\n"
		"line, with oldOpenid and newOpenid, or ori_openid and new_openid; other\n"
		"columns do not count. The user keeps the account, tokens and all else; the\n"
		"session key goes. If another user has the new openid, both stay as they are,\n"
		"and the line is listed. --undo gives the old openids back to those whom it has\n"
		"changed, and who have not logged in since. A file with one new openid twice,\n"
		"or with a new one that is the old one of another line, is refused.\n"
		IMPORT_DETAILS,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = remap_users,
};
