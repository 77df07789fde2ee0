#include <errno.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account_admin.h"
#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "ctl.h"
#include "db.h"
#include "key_check.h"
#include "log.h"
#include "person_find.h"
#include "privileges.h"
#include "secret_file.h"
#include "secret_keys.h"
#include "str.h"
#include "user_name.h"

#define ERROR_SIZE 1024

static struct audit_origin ctl_origin(const void *ctx)
{
	const struct ctl *ctl = ctx;

	return ctl->origin;
}

struct ctl_login {
	struct db_login login;
	char password[SECRET_FILE_SIZE];
};

const char *ctl_password_reader(const struct ctl *ctl, enum db_user user)
{
	struct stat file;

	if (stat(db_user_password_file(ctl->conf, user), &file) < 0 || file.st_uid == geteuid())
		return "root";
	return arena_strdup(ctl->arena, user_name(file.st_uid));
}

/* The file stays whose it is. */
static int ctl_refuse_password(const struct ctl *ctl, enum db_user user, int cause)
{
	const char *path = db_user_password_file(ctl->conf, user);
	const char *reader = ctl_password_reader(ctl, user);
	char text[PERMISSION_TEXT_SIZE];
	const char *problem = secret_file_find_problem(path, text);

	if (cause != EACCES)
		return -ctl_fail("[database] %s_password_file: %s",
			user == DB_USER_CONTROL ? "control" : "migration",
			problem == NULL ? "it is too long" : problem);
	return -ctl_fail("[database] %s: user %s may not read %s, its password; run this as %s",
		db_user_key(user), user_name(geteuid()), path, reader);
}

int ctl_log_in(struct ctl *ctl, enum db_user user)
{
	const char *path = db_user_password_file(ctl->conf, user);
	struct ctl_login *login;

	if (db_user_same(ctl->conf, user) == DB_USER_SERVICE || ctl->logins[user] != NULL)
		return 0;
	login = arena_new_of(ctl->arena, struct ctl_login);
	*login = (struct ctl_login){0};
	login->login = (struct db_login){db_user_name(ctl->conf, user), login->password};
	if (!str_is_empty(path) &&
		!secret_file_read(NULL, path, login->password, sizeof(login->password)))
		return ctl_refuse_password(ctl, user, errno);
	ctl->logins[user] = login;
	return 0;
}

/* Logs to log.path, as a worker does. */
static void ctl_log_begin(void *ctx)
{
	struct ctl *ctl = ctx;
	const char *path = ctl->conf->log_path;

	if (!log_is_used() && !str_is_empty(path) && strcmp(path, "stderr") != 0)
		ctl->log = log_new(ctl->conf);
	if (ctl->log != NULL)
		log_use(ctl->log);
}

static void ctl_log_end(void *ctx)
{
	struct ctl *ctl = ctx;

	log_free(ctl->log);
	ctl->log = NULL;
}

struct db *ctl_new_db(struct ctl *ctl, enum db_user user)
{
	struct db *db = db_new(ctl->conf, ctl->keys);

	db_set_arena(db, ctl->arena);
	audit_set_origin(db, ctl_origin, ctl);
	ctl->audit_log = (struct audit_log){ctl_log_begin, ctl_log_end, ctl};
	audit_set_log(db, &ctl->audit_log);
	if (ctl->logins[user] != NULL)
		db_log_in_as(db, &ctl->logins[user]->login);
	return db;
}

/* Wipes what ctl_log_in() has read. */
static void ctl_log_out(struct ctl *ctl)
{
	for (size_t i = 0; i < N_DB_USERS; i++)
		if (ctl->logins[i] != NULL)
			crypto_wipe(ctl->logins[i]->password, SECRET_FILE_SIZE);
}

/* Nothing is written under keys that are not the database's. */
static int open_database(struct ctl *ctl, enum db_user user)
{
	const char *reason = "";
	enum err err = ERR_NONE;

	ctl->db = ctl_new_db(ctl, user);
	if (ctl->keys != NULL)
		err = ctl->only_reads ? key_check_read(ctl->db, &reason)
				      : key_check(ctl->db, &reason);
	return -ctl_status(err, reason);
}

static int open_conf(struct ctl *ctl, bool needs_all)
{
	struct conf *(*load)(const char *path, char *error, size_t error_size) =
		needs_all ? conf_load : conf_load_lenient;
	char error[ERROR_SIZE];

	ctl->conf = load(ctl->conf_path, error, sizeof(error));
	if (ctl->conf == NULL)
		return -ctl_fail("%s", error);
	if (*error != '\0')
		ctl->conf_fault = arena_strdup(ctl->arena, error);
	return 0;
}

int ctl_warn_of_fault(const struct ctl *ctl)
{
	if (ctl->conf_fault != NULL)
		ctl_fail("warning: %s\n"
			 "The running program keeps what it has read before; a reload or a start "
			 "will be refused.\nCorrect the file, then run: wxuserctl check",
			ctl->conf_fault);
	return EXIT_SUCCESS;
}

static int open_keys(struct ctl *ctl)
{
	char error[ERROR_SIZE];

	ctl->keys = secret_keys_load(ctl->conf, error, sizeof(error));
	return ctl->keys == NULL ? -ctl_fail("%s", error) : 0;
}

int ctl_open(struct ctl *ctl, unsigned needs)
{
	const enum db_user user = (needs & NEEDS_SERVICE_DB) == NEEDS_SERVICE_DB
		? DB_USER_SERVICE
		: DB_USER_CONTROL;

	if ((needs & (NEEDS_CONF | NEEDS_CONF_PARTS)) != 0 &&
		open_conf(ctl, (needs & NEEDS_CONF_PARTS) == 0) < 0)
		return -1;
	if ((needs & NEEDS_DB) == NEEDS_DB &&
		(ctl_log_in(ctl, user) != 0 || ctl_become_service(ctl) != 0))
		return -1;
	if ((needs & NEEDS_KEYS) == NEEDS_KEYS && open_keys(ctl) != 0)
		return -1;
	return (needs & NEEDS_DB) == NEEDS_DB ? open_database(ctl, user) : 0;
}

int ctl_open_as_service(struct ctl *ctl)
{
	int status = ctl_log_in(ctl, DB_USER_CONTROL);

	if (status != 0)
		return status;
	status = privileges_use_temporarily(ctl->conf->server_user);
	if (status == 0)
		status = open_keys(ctl);
	if (status == 0)
		status = open_database(ctl, DB_USER_CONTROL);
	privileges_restore();
	return status;
}

void ctl_open_without_keys(struct ctl *ctl)
{
	db_free(ctl->db);
	secret_keys_free(ctl->keys);
	ctl->keys = NULL;
	open_database(ctl, DB_USER_CONTROL);
}

int ctl_become_service(const struct ctl *ctl)
{
	const char *user = ctl->conf->server_user;

	if (geteuid() != 0 || str_is_empty(user))
		return 0;
	return privileges_drop(user);
}

void ctl_close(struct ctl *ctl)
{
	db_free(ctl->db);
	ctl_log_out(ctl);
	secret_keys_free(ctl->keys);
	conf_free(ctl->conf);
	arena_free(ctl->arena);
}

static void ctl_print_reason(const char *format, va_list args)
{
	fputs("wxuserctl: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int ctl_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ctl_print_reason(format, args);
	va_end(args);
	return EXIT_FAILURE;
}

int ctl_fail_usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ctl_print_reason(format, args);
	va_end(args);
	return EX_USAGE;
}

int ctl_status(enum err err, const char *reason)
{
	if (err == ERR_NONE)
		return EXIT_SUCCESS;
	if (err == ERR_PARAMETER)
		return ctl_fail("%s", reason);
	if (err == ERR_BUSY)
		return ctl_fail("the database does not answer; see: wxuserctl check");
	return ctl_fail("this has failed (see above); see: wxuserctl check");
}

int ctl_done(enum err err, const char *reason, const char *format, ...)
{
	va_list args;

	if (err != ERR_NONE)
		return ctl_status(err, reason);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	return EXIT_SUCCESS;
}

void ctl_print_heading(const char **heading)
{
	if (*heading != NULL)
		puts(*heading);
	*heading = NULL;
}

int ctl_end_list(enum err err, const char **heading, const char *reason)
{
	if (err == ERR_NONE)
		ctl_print_heading(heading);
	return ctl_status(err, reason);
}

int ctl_need_admin_api(const struct ctl *ctl)
{
	const char *path = ctl->conf->path;

	if (ctl->conf->admin_api)
		return EXIT_SUCCESS;
	return ctl_fail("the Admin API, for which this key is, is off. To switch it on, write "
			"\"api = true\" below [admin] in %s on each host; run as an administrator "
			"of the database: wxuserctl migrate --grants | mariadb; then: wxuserctl "
			"reload",
		path == NULL ? "wxuser.conf" : path);
}

int ctl_find_account(struct ctl *ctl, const char *name, struct account_ref *ref_r)
{
	struct person person;
	enum err err = account_find(ctl->db, name, ref_r);

	if (err == ERR_USER_UNKNOWN && person_find(ctl->db, name, &person) == ERR_NONE)
		return ctl_fail("user %d has no account: it has not logged in yet",
			person.wechat_user_id);
	if (err == ERR_USER_UNKNOWN)
		return ctl_fail(CTL_NO_ACCOUNT);
	return ctl_status(err, CTL_SEVERAL_TENANTS);
}

const char *ctl_instant(int64_t instant_us, char text_r[CTL_INSTANT_SIZE])
{
	struct civil at;

	clock_to_civil(instant_us, CLOCK_LOCAL_OFFSET_S, &at);
	snprintf(text_r, CTL_INSTANT_SIZE, "%04d-%02d-%02d %02d:%02d:%02d", at.year, at.month,
		at.day, at.hour, at.minute, at.second);
	return text_r;
}
