/*
 * New accounts, for db/ alone and within a transaction.
 */
#ifndef ACCOUNT_CREATE_H
#define ACCOUNT_CREATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"

struct account_view;

/* Stores an empty account. The view has no user. */
enum err account_create(struct db *db, int32_t tenant_id, struct account_view *view_r);

/* An account of somebody whom another system has known before. */
struct account_before {
	int32_t tenant_id;
	int64_t created_us;
	const char *phone;    /* confirmed, as mobile.h writes it; "": none */
	int64_t confirmed_us; /* 0 then */
	bool is_disabled;     /* may not log in */
	struct uuid id;       /* set by account_create_rows() */
	/* For account_create.c alone. */
	const char *email;
	struct uuid security_stamp, concurrency_stamp;
	int32_t trial_days, source;
};

/* Stores accounts of one tenant, within a transaction. */
enum err account_create_rows(struct db *db, struct account_before *rows, size_t n_rows);

#endif
