/*
 * What user_import.h takes.
 */
#ifndef USER_IMPORT_ROW_H
#define USER_IMPORT_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account_link.h"
#include "app.h"
#include "db.h"
#include "user_row.h"

/* The rows of a transaction, which has to be short (transaction.h). */
#define USER_IMPORT_MAX 250
/* After this time the rest of the rows is left for another transaction. */
#define USER_IMPORT_MOST_US INT64_C(2000000)
/* The ids of other systems that a row may have. */
#define USER_IMPORT_IDS_MAX 8
#define USER_IMPORT_ID_CHARS_MAX 128
#define USER_IMPORT_SOURCE_MAX 32
/* Before all that has happened; 0 is no time. */
#define USER_IMPORT_EVER_US 1

enum user_import_state {
	USER_IMPORT_SAME, /* nothing is to be changed */
	USER_IMPORT_NEW,
	USER_IMPORT_CHANGED,
	USER_IMPORT_REFUSED, /* clashes say why */
};

/* What of a row is another's. */
enum user_import_clash {
	/* Another account's; the two must not become one, see reason. A conflict is recorded. */
	USER_IMPORT_CLASH_UNIONID = 1,
	USER_IMPORT_CLASH_EXTERNAL_ID = 2, /* another account's, which keeps it */
	USER_IMPORT_CLASH_PHONE = 4,       /* another account has confirmed it since */
	USER_IMPORT_CLASH_APP = 8,         /* the user has logged in to another app */
	USER_IMPORT_CLASH_CLOSED = 16,     /* the person has closed the account here */
	/* The account of the id was not joined: it has another unionid or phone, or the import does
	 * not join by ids. */
	USER_IMPORT_CLASH_STRANGER = 32,
	USER_IMPORT_CLASH_NO_JOIN = 64,
	/* The user is of another app of the tenant, other_app_id, and the import moves nobody. */
	USER_IMPORT_CLASH_ELSEWHERE = 128,
	USER_IMPORT_CLASH_ADMITTED = 256, /* is_disabled, but the account is there and enabled */
	USER_IMPORT_CLASH_ERASED = 512, /* the person was erased here, and has not come back */
	USER_IMPORT_CLASH_WECHAT = 1024, /* a login has brought another unionid, which stays */
	/* The unionid is another account's, and somebody has logged in to the user's own. Both stay
	 * as they are. */
	USER_IMPORT_CLASH_LIVING = 2048,
};

struct user_import_row {
	const char *openid, *unionid;                  /* as str_is_openid(); unionid may be NULL */
	const char *external_ids[USER_IMPORT_IDS_MAX]; /* NULL: no more */
	/* The system that each id is of, up to USER_IMPORT_SOURCE_MAX bytes; NULL: that of the
	 * import. */
	const char *sources[USER_IMPORT_IDS_MAX];
	struct profile profile;                        /* phone as mobile.h writes it */
	/* Of the registration, which user_import() moves behind an erasure of the openid, and of
	 * the last login; 0: not known. */
	int64_t created_us, seen_us;
	int64_t confirmed_us; /* when profile.phone was confirmed; 0: it was not */
	bool is_undated; /* nothing tells when; whoever has confirmed the phone here keeps it */
	bool is_disabled; /* a new account may not log in; one that is there stays as it is */
	/* Set by user_import(). */
	enum user_import_state state;
	unsigned clashes;            /* a set of enum user_import_clash */
	bool has_joined;             /* the account of an id */
	bool has_moved;              /* from another app */
	int32_t other_app_id;        /* from which it has or would have moved; 0: from none */
	enum conflict_reason reason; /* of USER_IMPORT_CLASH_UNIONID */
};

struct user_import {
	const struct app *app;
	struct user_import_row *rows;
	size_t n_rows; /* up to USER_IMPORT_MAX, of different openids */
	const char *source; /* NULL: no name */
	bool joins_by_id;   /* a new user may join the account of an id */
	bool moves_users;   /* of another app, as long as they have not logged in to it */
	bool takes_erased;  /* as users who come today */
	bool is_dry_run;
	const char *details; /* of the audit's entry, a JSON object; NULL: none is written */
	int64_t most_us;     /* USER_IMPORT_MOST_US, or less */
	size_t n_done;       /* set by user_import(): at least one */
};

#endif
