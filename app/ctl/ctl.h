/*
 * What a run of wxuserctl holds, opened as far as its command asks, and how it says what
 * failed.
 */
#ifndef CTL_H
#define CTL_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "err.h"

struct account_ref;
struct arena;
struct conf;
struct db;
struct default_app_choice;
struct secret_keys;

enum ctl_needs {
	NEEDS_CONF = 1,
	NEEDS_KEYS = 2 | NEEDS_CONF,
	NEEDS_DB = 4 | NEEDS_CONF,
	NEEDS_CONTROL = 8, /* the running program; a fault in the configuration does not matter */
};

struct ctl {
	const char *conf_path; /* NULL: no file, defaults and the environment alone */
	struct arena *arena;
	struct conf *conf;
	const char *conf_fault; /* for NEEDS_CONTROL; NULL: none */
	struct secret_keys *keys;
	struct db *db; /* without keys it connects at its first use */
};

/* needs: a set of enum ctl_needs. -1: said why. */
int ctl_open(struct ctl *ctl, unsigned needs);
/* A warning of the configuration's fault, where it has one; EXIT_SUCCESS. */
int ctl_tell_fault(const struct ctl *ctl);
/* Root becomes [server] user, as whom the database may know the service by its socket. Part of
 * ctl_open() for who needs the database. -1: said why. */
int ctl_become_service(const struct ctl *ctl);
/* The arena too. */
void ctl_close(struct ctl *ctl);

/* One line on standard error; EXIT_FAILURE, so that a command can say: return ctl_fail(…); */
int ctl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The exit status for what db/ answers, said why it failed; refusal: what ERR_PARAMETER means. */
int ctl_status(enum err err, const char *refusal);

/* The same, and on standard output the line that says what was done. */
int ctl_done(enum err err, const char *refusal, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The heading of a list, before its first row. *heading NULL: it stands there already. */
void ctl_head(const char **heading);
/* The end of one, by what db/ answers: an empty list has its heading, one that failed has none. */
int ctl_end_list(enum err err, const char **heading, const char *refusal);

/* The account that an argument names, as db/account_admin.h takes it: EXIT_SUCCESS, or
 * EXIT_FAILURE and said why. */
int ctl_find_account(struct ctl *ctl, const char *name, struct account_ref *ref_r);

/* A line that says how many apps share the app's Open Platform account: a name that is mistyped is
 * one of its own. The exit status. */
int ctl_tell_platform(struct ctl *ctl, const char *appid);
/* A line that says whose calls are that name no app. The exit status. */
int ctl_tell_default_app(struct ctl *ctl, FILE *out);
/* Why it was refused: a line; NULL: not for its sake. */
const char *ctl_default_app_refusal(
	const struct ctl *ctl, const struct default_app_choice *choice);

/* Of the details of such a command. */
#define CTL_ACCOUNT                                                                             \
	"ACCOUNT is an account's id, or that of one which was merged into it, or the openid of\n" \
	"one of its WeChat users.\n"

/* Of the details of the commands that may make calls without an app ambiguous. */
#define CTL_DEFAULT_APP                                                                         \
	"While there is one app, calls need not name it. --default says which app is meant by\n" \
	"those that name none from now on.\n"

/* 2024-08-27 15:06:41, in UTC+8. */
#define CTL_INSTANT_SIZE sizeof("-2147483648-10-10 10:10:10")
const char *ctl_instant(int64_t instant_us, char text_r[CTL_INSTANT_SIZE]);

/* What to do where an app's users come with other unionids: their number, the appid. */
#define CTL_SUSPECT                                                                             \
	"WeChat gives %d of its users another unionid than before; if it has moved to another " \
	"Open Platform account, say: wxuserctl app set %s --open-platform NAME"

/* Refusals of the commands that name an app, a tenant. */
#define CTL_NO_APP "there is no such app; see: wxuserctl app list"
#define CTL_NO_TENANT "there is no such tenant; see: wxuserctl tenant list"

#endif
