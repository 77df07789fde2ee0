#include "app.h"
#include "arena.h"
#include "command.h"
#include "ctl_app.h"
#include "csv.h"
#include "db.h"
#include "line_keys.h"
#include "str.h"
#include "user_import.h"
#include "user_tables.h"

enum {
	APPID,
	FORMAT,
	SOURCE,
	MAP,
	PHONES_CONFIRMED,
	MOVE_USERS,
	TAKE_ERASED,
	SKIP_BAD,
	DRY_RUN,
	FILES
};

#define DETAILS_SIZE 192
#define N_STATES (USER_IMPORT_REFUSED + 1)

struct users_import {
	struct app app;
	struct user_tables *tables;
	bool trusts_phones;
	struct line_keys *unionids, *external_ids, *phones; /* the first lines that have them */
	const char *source; /* of the ids; NULL: no name */
	bool joins_by_id, moves_users, takes_erased;
	bool is_audited;
	size_t planned[N_STATES], done[N_STATES];
	struct import_sums {
		size_t n_joined;             /* the account of their id */
		size_t n_moved, n_elsewhere; /* from another app; not moved */
		size_t n_disabled;           /* new */
		size_t n_admitted;           /* blocked there, not here */
	} planned_sums, done_sums;
	size_t n_erased[2];         /* planned, done: lines of persons who were erased here */
	size_t n_unionids_left[2];  /* unionids that were not taken */
};

static const char *read_user_line(
	struct import *import, const struct csv_record *record, struct arena *arena, void *row_r)
{
	struct users_import *users = import->ctx;
	struct csv_record user;
	const char *error = user_tables_read(users->tables, record, arena, &user);

	return error != NULL ? error : user_fields_read(&user, users->trusts_phones, arena, row_r);
}

static const char *refuse_users(const struct import *import, struct arena *arena)
{
	const struct users_import *users = import->ctx;

	return user_tables_find_unmapped(users->tables, arena);
}

static const char *key_of_user(const void *row)
{
	return ((const struct user_import_row *)row)->openid;
}

struct shared_value {
	const char *what, *value;
	long place;
};

/* Notes that a line has the key of an earlier one. */
static void note_first(struct import *import, struct line_keys *keys, const char *key,
	const struct shared_value *shared)
{
	const long first = line_keys_put(keys, key, shared->place);
	char masked[STR_MASKED_SIZE];
	struct arena *arena;

	if (first == shared->place)
		return;
	str_mask(shared->value, masked);
	arena = arena_new(1 << 16);
	import_note(import, shared->place,
		arena_printf(arena, "%s %s is also on %s", shared->what, masked,
			import_place_text(import, arena, first, shared->place)));
	arena_free(arena);
}

/* Notes that a line shares a value with an earlier one. */
static void note_shared(struct import *import, struct line_keys *keys, const char *value,
	const char *what, long place)
{
	if (!str_is_empty(value))
		note_first(import, keys, value, &(struct shared_value){what, value, place});
}

/* Notes that a line shares an id with an earlier one. */
static void note_shared_id(
	struct import *import, const struct user_import_row *row, size_t i, long place)
{
	struct users_import *users = import->ctx;
	char key[USER_IMPORT_SOURCE_MAX + USER_IMPORT_ID_CHARS_MAX * 4 + 2];

	snprintf(key, sizeof(key), "%s %s",
		row->sources[i] != NULL         ? row->sources[i]
			: users->source != NULL ? users->source
						: "",
		row->external_ids[i]);
	note_first(import, users->external_ids, key,
		&(struct shared_value){"the id", row->external_ids[i], place});
}

static const struct clash {
	enum user_import_clash clash;
	const char *note;
	unsigned unless; /* these, which say more */
} clashes[] = {
	{USER_IMPORT_CLASH_UNIONID,
		"the unionid is another account's, and the two cannot become one by themselves; "
		"see afterwards: wxuserctl account conflicts"},
	{USER_IMPORT_CLASH_EXTERNAL_ID, "the id is another account's, which keeps it",
		USER_IMPORT_CLASH_STRANGER | USER_IMPORT_CLASH_NO_JOIN},
	{USER_IMPORT_CLASH_PHONE, "another account has confirmed the phone since, and keeps it"},
	{USER_IMPORT_CLASH_ADMITTED,
		"the other system has blocked the person, who may log in here; to block: "
		"wxuserctl account disable"},
	{USER_IMPORT_CLASH_CLOSED, "the person has closed the account here; the line is left out"},
	{USER_IMPORT_CLASH_ERASED,
		"the person was erased here, and has not come back; the line is left out"},
	{USER_IMPORT_CLASH_WECHAT,
		"WeChat has given another unionid at a login, which stays"},
	{USER_IMPORT_CLASH_LIVING,
		"the unionid is another account's, and somebody has logged in to this one: both "
		"stay as they are; if it is one person: wxuserctl account merge"},
	{USER_IMPORT_CLASH_STRANGER,
		"the person whose id it is has another unionid or phone, and is not joined; if "
		"it is one person: wxuserctl account merge"},
	{USER_IMPORT_CLASH_NO_JOIN,
		"the person whose id it is is not joined; if both files are of one system, name "
		"it: --source NAME"},
};

/* Of a unionid that is not taken. */
#define LEFT (USER_IMPORT_CLASH_WECHAT | USER_IMPORT_CLASH_LIVING)

static void note_other_app(
	struct import *import, struct db *db, const struct user_import_row *row, long place)
{
	const struct users_import *users = import->ctx;
	const char *appid;

	if (row->other_app_id == 0 ||
		app_find_appid(db, users->app.tenant_id, row->other_app_id, &appid) != ERR_NONE)
		return;
	import_note(import, place,
		arena_printf(import_arena(import), "the user is of app %s; %s", appid,
			row->has_moved ? "it moves to this one"
				: (row->clashes & USER_IMPORT_CLASH_APP) != 0
				? "it has logged in there; the line is left out"
				: "the line is left out; if the openid is of this app: "
				  "--move-users"));
}

static void note_clashes(struct import *import, const struct user_import_row *row, long place)
{
	struct users_import *users = import->ctx;

	note_shared(import, users->unionids, row->unionid, "the unionid", place);
	note_shared(import, users->phones, row->profile.phone, "the phone", place);
	for (size_t i = 0; i < USER_IMPORT_IDS_MAX && row->external_ids[i] != NULL; i++)
		note_shared_id(import, row, i, place);
	for (size_t i = 0; i < sizeof(clashes) / sizeof(clashes[0]); i++)
		if ((row->clashes & clashes[i].clash) != 0 &&
			(row->clashes & clashes[i].unless) == 0)
			import_note(import, place, clashes[i].note);
}

/* The entry that is written with the first row tells how many are to come, and the last one what
 * was stored; if the program is killed, it is missing. */
static enum err end_audit(struct db *db, const struct users_import *users, bool is_complete)
{
	const size_t *done = users->done;
	char details[DETAILS_SIZE];

	if (!users->is_audited)
		return ERR_NONE;
	snprintf(details, sizeof(details),
		"{\"state\":\"%s\",\"new\":%zu,\"same\":%zu,\"changed\":%zu,\"refused\":%zu}",
		is_complete ? "complete" : "stopped", done[USER_IMPORT_NEW], done[USER_IMPORT_SAME],
		done[USER_IMPORT_CHANGED], done[USER_IMPORT_REFUSED]);
	return user_import_end(db, &users->app, details);
}

static void count_row(struct import_sums *sums, const struct user_import_row *row)
{
	sums->n_joined += row->has_joined;
	sums->n_moved += row->has_moved;
	sums->n_elsewhere += row->other_app_id != 0 && !row->has_moved;
	sums->n_admitted += (row->clashes & USER_IMPORT_CLASH_ADMITTED) != 0;
	sums->n_disabled += row->is_disabled && row->state == USER_IMPORT_NEW &&
		(row->clashes & USER_IMPORT_CLASH_ADMITTED) == 0;
}

/* Imports rows in transactions that are short enough. */
static enum err import_parts(struct users_import *users, struct db *db,
	struct user_import_row *rows, size_t n_rows, bool is_dry_run)
{
	size_t *counts = is_dry_run ? users->planned : users->done;
	struct import_sums *sums = is_dry_run ? &users->planned_sums : &users->done_sums;
	char details[DETAILS_SIZE];
	enum err err = ERR_NONE;

	snprintf(details, sizeof(details),
		"{\"state\":\"begun\",\"lines\":%zu%s}",
		users->planned[USER_IMPORT_NEW] + users->planned[USER_IMPORT_SAME] +
			users->planned[USER_IMPORT_CHANGED] + users->planned[USER_IMPORT_REFUSED],
		users->takes_erased ? ",\"takes_erased\":true" : "");
	for (size_t begin = 0; begin < n_rows && err == ERR_NONE;) {
		struct user_import part = {
			.app = &users->app,
			.rows = rows + begin,
			.n_rows =
				n_rows - begin < USER_IMPORT_MAX ? n_rows - begin : USER_IMPORT_MAX,
			.source = users->source,
			.joins_by_id = users->joins_by_id,
			.moves_users = users->moves_users,
			.takes_erased = users->takes_erased,
			.is_dry_run = is_dry_run,
			.most_us = USER_IMPORT_MOST_US,
			.details = is_dry_run || users->is_audited ? NULL : details,
		};

		err = user_import(db, &part);
		users->is_audited |= err == ERR_NONE && !is_dry_run;
		for (size_t i = 0; i < part.n_done && err == ERR_NONE; i++) {
			counts[part.rows[i].state]++;
			count_row(sums, &part.rows[i]);
			users->n_erased[!is_dry_run] +=
				(part.rows[i].clashes & USER_IMPORT_CLASH_ERASED) != 0;
			users->n_unionids_left[!is_dry_run] += (part.rows[i].clashes & LEFT) != 0;
		}
		begin += part.n_done;
	}
	return err;
}

static enum err check_users(
	struct import *import, struct db *db, void *rows, const long *places, size_t n_rows)
{
	const struct user_import_row *users = rows;
	enum err err = import_parts(import->ctx, db, rows, n_rows, true);

	for (size_t i = 0; i < n_rows && err == ERR_NONE; i++) {
		note_other_app(import, db, &users[i], places[i]);
		note_clashes(import, &users[i], places[i]);
	}
	if (import->is_dry_run)
		import->n_refused =
			((struct users_import *)import->ctx)->planned[USER_IMPORT_REFUSED];
	return err;
}

static enum err apply_users(struct import *import, struct db *db, void *rows, size_t n_rows)
{
	struct users_import *users = import->ctx;
	enum err err = import_parts(users, db, rows, n_rows, false);

	import->n_refused = users->done[USER_IMPORT_REFUSED];
	return err;
}

/* Prints what a complete import has done to users. Returns the exit status. */
static int tell_users(
	const struct users_import *users, const struct import *import, int status)
{
	const size_t *counts = import->is_dry_run ? users->planned : users->done;
	const struct import_sums *sums =
		import->is_dry_run ? &users->planned_sums : &users->done_sums;

	printf("%zu users new, %zu changed, %zu as they were, %zu refused; "
	       "%zu lines of others left out; %zu users joined the account of their id\n",
		counts[USER_IMPORT_NEW], counts[USER_IMPORT_CHANGED], counts[USER_IMPORT_SAME],
		counts[USER_IMPORT_REFUSED], import->n_left_out, sums->n_joined);
	if (users->moves_users)
		printf("users moved from other apps: %zu\n", sums->n_moved);
	if (sums->n_disabled > 0)
		printf("new users whom the other system has blocked, and who cannot log in: %zu; "
		       "to admit one: wxuserctl account enable\n",
			sums->n_disabled);
	if (sums->n_admitted > 0)
		printf("users whom the other system has blocked, and who may log in here: %zu; "
		       "to block one: wxuserctl account disable\n",
			sums->n_admitted);
	return sums->n_elsewhere == 0 ? status
				       : ctl_fail("users of other apps, whose lines are left out: "
						  "%zu; is --app the app of this file?",
						 sums->n_elsewhere);
}

static int import_files(
	struct ctl *ctl, const struct argument *arguments, struct users_import *users)
{
	struct import import = {
		.skips_bad = arguments[SKIP_BAD].text != NULL,
		.is_dry_run = arguments[DRY_RUN].text != NULL,
		.row_size = sizeof(struct user_import_row),
		.read = read_user_line,
		.key = key_of_user,
		.key_name = "openid",
		.check = check_users,
		.refuse = refuse_users,
		.apply = apply_users,
		.reason = CTL_NO_APP,
		.ctx = users,
	};
	int status = user_tables_open(
		users->tables, ctl, arguments + FILES, ARGUMENTS_MAX - FILES, &import);

	if (status == EXIT_SUCCESS)
		status = import_run(ctl, &import);
	if (ctl_status(end_audit(ctl->db, users, import.is_complete), "") != EXIT_SUCCESS)
		status = EXIT_FAILURE;
	if (import.is_complete)
		status = tell_users(users, &import, status);
	if (import.is_complete && users->n_erased[!import.is_dry_run] > 0)
		printf("lines of persons who were erased here, and are left out: %zu\n",
			users->n_erased[!import.is_dry_run]);
	if (import.is_complete && users->n_unionids_left[!import.is_dry_run] > 0)
		printf("unionids that are not taken: %zu\n",
			users->n_unionids_left[!import.is_dry_run]);
	if (import.is_complete && import.n_good == 0 && import.n_left_out > 0)
		ctl_fail("%s", user_tables_wanted(users->tables, ctl->arena));
	return status;
}

static int import_users(struct ctl *ctl, const struct argument *arguments)
{
	const struct argument *format = &arguments[FORMAT], *source = &arguments[SOURCE];
	struct users_import users = {
		.trusts_phones = arguments[PHONES_CONFIRMED].text != NULL,
		.source = source->text,
		.joins_by_id = source->text != NULL,
		.moves_users = arguments[MOVE_USERS].text != NULL,
		.takes_erased = arguments[TAKE_ERASED].text != NULL,
	};
	const char *error;
	int status = ctl_app_find(ctl, arguments[APPID].text, &users.app);

	if (status != EXIT_SUCCESS)
		return status;
	if (source->text != NULL && !user_fields_is_source(source->text))
		return ctl_fail_usage("--source is 1 to %d letters, digits, - . or _",
			USER_IMPORT_SOURCE_MAX);
	if (source->text == NULL && format->text != NULL)
		users.source = format->text;
	users.tables = user_tables_new(format->text == NULL ? NULL : &user_formats[format->number],
		users.app.kind, arguments[MAP].text, ctl->arena, &error);
	if (users.tables == NULL)
		return ctl_fail_usage("%s", error);
	users.unionids = line_keys_new();
	users.external_ids = line_keys_new();
	users.phones = line_keys_new();
	status = import_files(ctl, arguments, &users);
	line_keys_free(users.phones);
	line_keys_free(users.external_ids);
	line_keys_free(users.unionids);
	user_tables_free(users.tables);
	return status;
}

const struct command command_users_import = {
	.name = "users import",
	.arguments = "--app APPID [--from " USER_FORMAT_NAMES "] [--source NAME] "
		     "[--map MAP] [--phones-confirmed] [--move-users] [--take-erased] "
		     "[--skip-bad] [--dry-run] FILE...",
	.summary = "Adds or updates an app's WeChat users from files of another system",
	.details =
		"FILE is CSV as a spreadsheet or Navicat saves it (UTF-8, GB18030 or UTF-16,\n"
		"with commas, semicolons or tabs), or an object of JSON a line. The columns\n"
		"are those of users export, or their Chinese names: openid, which is\n"
		"required, unionid, externalId (用户编号), externalSource (来源系统), name\n"
		"(昵称), avatar (头像), phone (手机号), phoneConfirmed (手机号已验证), gender\n"
		"(性别), language, country, province, city, createdAt (注册时间),\n"
		"lastLoginAt (最后登录时间), disabled (停用: 是 or 否), with which a new user\n"
		"cannot log in. A time is not in the future, nor has it two meanings, as\n"
		"5/3/2021. --from\n"
		"says that the files are another system's, of which the app's kind chooses\n"
		"the openids: leancloud (the class _User), uni-id (uni-id-users), crmeb\n"
		"(wechat_user and user) or yudao (system_social_user, system_social_user_bind\n"
		"and member_user). MAP names columns that are called otherwise, as\n"
		"phone=mobile,name=nick; in JSON a path, openid=authData.wxshop.uid. A\n"
		"column that no line has is refused.\n"
		"Each user gets an account, or that of the unionid. POST /v1/users/find finds\n"
		"it by the externalId. NAME is the system that the ids are of, by itself that\n"
		"of --from: two systems may have one id for two persons. If the other apps of\n"
		"that system were imported with the same --source, a user without a known\n"
		"unionid gets the account of the id, unless that has another unionid or phone;\n"
		"without --source never. What the user has set here stays. A user of another\n"
		"app of the tenant is left out; --move-users moves it, unless it has logged in\n"
		"to that app. Whoever was erased here since is left out; --take-erased is for\n"
		"those whom \"app remove --erase-users\" has erased after a trial. A\n"
		"phone counts as confirmed only with --phones-confirmed, and only where the\n"
		"file says that it is: as of then, or of the last login. Unionids, phones and\n"
		"ids that are another's are listed.\n" IMPORT_DETAILS,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = import_users,
};
