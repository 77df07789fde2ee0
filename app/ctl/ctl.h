/*
 * The state of one run of wxuserctl, opened as far as its command needs, and the ways to print what
 * was done and what failed.
 *
 * A function that returns an exit status has printed the reason on standard error unless that is
 * EXIT_SUCCESS; one that returns -1 has done so, too.
 */
#ifndef CTL_H
#define CTL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "audit.h"
#include "db_user.h"
#include "err.h"

struct account_ref;
struct arena;
struct conf;
struct ctl_login;
struct db;
struct secret_keys;

enum ctl_needs {
	NEEDS_CONF = 1,
	NEEDS_KEYS = 2 | NEEDS_CONF,
	NEEDS_DB = 4 | NEEDS_CONF,            /* as [database] control_user */
	NEEDS_CONF_PARTS = 8, /* in spite of a fault in the configuration what is right in it */
	NEEDS_SERVICE_DB = 16 | NEEDS_DB, /* as [database] user, for what the service does, too */
};

struct ctl {
	char *const *words;    /* as typed, without the program's name; ends with NULL */
	const char *conf_path; /* NULL: no file, defaults and the environment alone */
	bool is_json;          /* --json was given */
	bool only_reads;       /* the command changes nothing, so that a key stays unknown */
	struct arena *arena;
	struct audit_origin origin; /* who runs it, for the audit */
	struct conf *conf;
	const char *conf_fault; /* with NEEDS_CONF_PARTS; NULL: none */
	struct secret_keys *keys;
	struct db *db; /* without keys it connects at its first use */
	struct ctl_login *logins[N_DB_USERS]; /* as ctl_log_in() has read them */
	struct audit_log audit_log;
	struct log *log; /* while entries of the audit are logged */
};

/* Opens what a command needs, a set of enum ctl_needs. Returns 0 or -1. */
int ctl_open(struct ctl *ctl, unsigned needs);
/* Opens keys and database as [server] user, for a command of NEEDS_CONF that writes key files with
 * the rights of who runs it. Returns 0 or -1. */
int ctl_open_as_service(struct ctl *ctl);
/* Opens the database after that has failed. Nothing that needs keys may be called. */
void ctl_open_without_keys(struct ctl *ctl);
/* Reads the password of a user of the database, with the rights of who runs this: the service may
 * not read that of others. ctl_new_db() then connects as this user. Returns 0 or -1. */
int ctl_log_in(struct ctl *ctl, enum db_user user);
/* Returns who may read that password where who runs this may not. */
const char *ctl_password_reader(const struct ctl *ctl, enum db_user user);
/* Returns a way to the database as the user, to be freed. */
struct db *ctl_new_db(struct ctl *ctl, enum db_user user);
/* If this is root, becomes [server] user, whom the database may know by its socket. ctl_open() does
 * so before it opens the database. Returns 0 or -1. */
int ctl_become_service(const struct ctl *ctl);
/* Frees all that ctl holds, the arena included. */
void ctl_close(struct ctl *ctl);

/* Prints one line on standard error. Returns EXIT_FAILURE. */
int ctl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for an argument that no state of the installation makes right. Returns EX_USAGE. */
int ctl_fail_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Prints a warning if the configuration has a fault. Returns EXIT_SUCCESS. */
int ctl_warn_of_fault(const struct ctl *ctl);
/* The exit status for a result of db/. reason: what to print for ERR_PARAMETER. */
int ctl_status(enum err err, const char *reason);
/* The same, and prints on success the line that says what was done. */
int ctl_done(enum err err, const char *reason, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Prints the heading of a list before its first row and sets *heading to NULL. */
void ctl_print_heading(const char **heading);
/* Ends a list by the result of db/: prints the heading of an empty list, none of one that failed.
 * Returns the exit status. */
int ctl_end_list(enum err err, const char **heading, const char *reason);

/* Refuses what is of no use while the Admin API is off, and prints how to switch it on. Returns the
 * exit status. */
int ctl_need_admin_api(const struct ctl *ctl);

/* Finds the account that an argument names, as account_find() takes it. Returns the exit status. */
int ctl_find_account(struct ctl *ctl, const char *name, struct account_ref *ref_r);

/* For the details of commands that take ACCOUNT, and of those that take USER. */
#define CTL_ACCOUNT                                                                             \
	"ACCOUNT is an account's id, or that of one which was merged into it, or the\n"          \
	"number or the openid of one of its WeChat users.\n"
#define CTL_USER                                                                                \
	"USER is the number or the openid of a WeChat user, an account's id, or that of\n"       \
	"one which was merged into it; \"wxuserctl user find\" finds them.\n"

/* For the details of commands that show refused logins. */
#define CTL_LOGIN_ERRORS "Each error is explained in docs/refusals.md.\n"

/* For the details of commands that take TIME. */
#define CTL_TIME                                                                                \
	"TIME is 2026-11-29 or \"2026-11-29 10:39:18\", in UTC+8, 2026-11-29T10:39:18Z,\n"   \
	"today, yesterday, or 90s, 90m, 2h or 3d for so long ago.\n"

/* 2024-08-27 15:06:41, in UTC+8. */
#define CTL_INSTANT_SIZE sizeof("-2147483648-10-10 10:10:10")
const char *ctl_instant(int64_t instant_us, char text_r[CTL_INSTANT_SIZE]);

/* Since when nobody of a tenant can log in. Takes the id, the instant and the id. */
#define CTL_TENANT_DISABLED                                                                     \
	"tenant %d is disabled since %s (UTC+8), so that nobody of it can log in; to enable it "\
	"run: wxuserctl tenant enable %d"

/* What to do if an app's users come with other unionids. Takes their number and the appid. */
#define CTL_SUSPECT                                                                             \
	"WeChat gives %d of its users another unionid than before; if it has moved to another " \
	"Open Platform account, run: wxuserctl app set %s --open-platform NAME"

/* Reasons of commands that name an app or a tenant. */
#define CTL_NO_APP "there is no such app; see: wxuserctl app list"
/* None says what was typed: it may be a phone or an openid. */
#define CTL_FIND_PERSON                                                                         \
	"; to find a person by a phone, run: wxuserctl user find --phone -; by what else: "     \
	"wxuserctl user find --help"
#define CTL_NO_ACCOUNT "there is no account of this id, user number or openid" CTL_FIND_PERSON
#define CTL_NO_PERSON "there is no person of this account, user number or openid" CTL_FIND_PERSON
#define CTL_SEVERAL_TENANTS                                                                     \
	"several tenants have this openid; give the number of the user, which \"wxuserctl user " \
	"find --openid\" prints"
#define CTL_NO_USER "there is no user %d; to find a person, run: wxuserctl user find"
#define CTL_NO_TENANT "there is no such tenant; see: wxuserctl tenant list"

#endif
