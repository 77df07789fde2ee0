#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "buf.h"
#include "check.h"
#include "conf.h"
#include "ctl.h"
#include "grantees.h"
#include "permission.h"
#include "str.h"
#include "user_name.h"

#define GROUPS_MAX 256

/* ---- The files of the passwords, which only their owner reads. */

/* Whether user, or this process's user if it is "", may read the file. */
static bool service_may_read(const struct stat *file, const char *user)
{
	const struct passwd *service = str_is_empty(user) ? getpwuid(geteuid()) : getpwnam(user);
	gid_t groups[GROUPS_MAX];
	int n = GROUPS_MAX;

	if (service == NULL || service->pw_uid == 0 || service->pw_uid == file->st_uid)
		return true;
	if ((file->st_mode & S_IRGRP) == 0 ||
		getgrouplist(service->pw_name, service->pw_gid, groups, &n) < 0)
		return (file->st_mode & S_IRGRP) != 0;
	while (n-- > 0)
		if (groups[n] == file->st_gid)
			return true;
	return false;
}

/* Where one user of the system does everything, there is no other owner. */
static void check_password_file(struct check *check, const char *path)
{
	const char *user = check->conf->server_user;
	struct stat file;

	if (str_is_empty(path) || str_is_empty(user) || stat(path, &file) < 0 ||
		!service_may_read(&file, user))
		return;
	check_report(check, CHECK_WARN,
		"passwords: the service's user %s may read %s, and so do what is kept from it; "
		"run: chown %s %s && chmod 600 %s",
		user, path, user_name(geteuid()), path, path);
}

/* What to type if others may read it. */
static const char *line_of_reader(struct check *check, enum db_user user)
{
	if (permission_allows(db_user_password_file(check->conf, user), R_OK) || errno != EACCES)
		return "";
	return arena_printf(check->ctl->arena, "; run: sudo -u %s wxuserctl check",
		ctl_password_reader(check->ctl, user));
}

static void check_password(struct check *check, enum db_user user)
{
	check_password_file(check, db_user_password_file(check->conf, user));
	if (ctl_log_in(check->ctl, user) == 0)
		return;
	check->lacks_control |= user == DB_USER_CONTROL;
	check_report(check, CHECK_FAIL,
		"passwords: that of [database] %s cannot be read (see above)%s%s",
		db_user_key(user),
		user != DB_USER_CONTROL ? ""
					: ", so that tables, rights, keys, erasures, jobs, tenants "
					  "and apps are not checked",
		line_of_reader(check, user));
}

/* Who may not read that of control may not read the other one, either. */
void check_passwords(struct check *check)
{
	for (enum db_user user = DB_USER_CONTROL; user < N_DB_USERS; user++)
		if (db_user_same(check->conf, user) == user && !check->lacks_control)
			check_password(check, user);
}

/* ---- What the users may do. */

/* Returns whether it has all that it needs. */
static bool check_grantee_has(struct check *check, const struct grantee *grantee)
{
	struct buf missing = {0};
	size_t n = grants_count_lacking(grantee);

	if (n > 0) {
		grants_write_missing(&missing, grantee);
		check_report(check, CHECK_FAIL,
			"grants: %s lacks rights to %zu tables, such as %.*s; run as an "
			"administrator of the database: wxuserctl migrate --grants | mariadb",
			grantee->account, n, (int)strcspn(missing.data, ";"), missing.data);
	}
	buf_release(&missing);
	return n == 0;
}

/* Returns whether it has no more than it needs. */
static bool check_grantee_walls(struct check *check, const struct grantee *grantee)
{
	struct buf deeds = {0}, excess = {0};
	const bool is_open = grants_write_unprotected(&deeds, grantee);
	const bool is_excess = grants_write_excess(&excess, grantee) > 0;

	buf_append_char(&deeds, '\0');
	if (is_open || is_excess)
		check_report(check, CHECK_WARN,
			"grants: %s has more rights than it needs%s%s; %s", grantee->account,
			is_open ? ", and may " : "", deeds.data,
			is_excess ? "once no host runs an earlier release, run as an administrator "
				    "of the database: wxuserctl migrate --revokes | mariadb"
				  : "give wxuser users of the database of its own");
	buf_release(&excess);
	buf_release(&deeds);
	return !is_open && !is_excess;
}

static bool check_grantee(struct check *check, const struct grantees *grantees, enum db_user user)
{
	const struct grantee *grantee = grantees->of[user];
	bool is_good;

	if (grantees->problems[user] != NULL) {
		check_report(check, user == DB_USER_MIGRATION ? CHECK_WARN : CHECK_FAIL,
			"grants: [database] %s: %s", db_user_key(user), grantees->problems[user]);
		return false;
	}
	is_good = check_grantee_has(check, grantee);
	if (user == DB_USER_MIGRATION || grantee_migrates(check->ctl, user))
		return is_good;
	return check_grantee_walls(check, grantee) && is_good;
}

/* Where the hosting gives one user, this is no fault. */
static void report_one_user(struct check *check, const struct grantee *grantee)
{
	struct grantee service = *grantee;
	struct buf deeds = {0};

	grants_need(&service.need, check->ctl->arena, db_user_of_service(check->conf));
	grants_write_unprotected(&deeds, &service);
	buf_append_char(&deeds, '\0');
	check_report(check, CHECK_OK,
		"grants: %s does everything, so that whoever takes over the service may %s; see "
		"control_user and migration_user in [database]",
		grantee->account, deeds.data);
	buf_release(&deeds);
}

void check_rights(struct check *check)
{
	struct grantees grantees;
	bool is_good = true;

	grantees_read(check->ctl, &grantees);
	for (enum db_user user = DB_USER_SERVICE; user < N_DB_USERS; user++)
		if (grantees.of[user] != NULL)
			is_good = check_grantee(check, &grantees, user) && is_good;
	if (!is_good)
		return;
	if (grantees_are_one(check->ctl))
		report_one_user(check, grantees.of[DB_USER_SERVICE]);
	else
		check_report(check, CHECK_OK,
			"grants: each user of the database has what it needs");
}
