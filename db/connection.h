/*
 * The connection behind a struct db, and the struct itself, for the other files of db/ only. What
 * they may do with it is in conn.h, and what is noted of its host in conn_node.h.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db_error.h"
#include "node.h"

struct arena;
struct audit_origin;
struct both_texts;
struct conf;
struct db_login;
struct erasure_pending;
struct prepared;
struct remembered;
struct secret_keys;
struct server_address;
struct slot;
struct st_mysql;
struct transfers;

/* A connection, which the requests of a worker share, and what they remember. A statement's result
 * is read to its end before another request may go on, and no request waits for the outside in a
 * transaction. */
struct conn {
	struct st_mysql *mysql;    /* NULL: not connected */
	struct prepared *prepared; /* statements prepared on it */
	size_t n_prepared;         /* CONN_PREPARED_MAX at most */
	uint64_t n_uses;           /* of them */
	struct both_texts *both_texts; /* NULL: none yet */
	int64_t used_us, asked_us;
	int64_t hung_us; /* when a request last gave up waiting for an answer; 0: never */
	int64_t timeout_us; /* when one last met a time-out; 0: never */
	struct node_table *node_table; /* of the machine; NULL: the process is alone */
	struct slot *slot; /* of the worker; NULL: it is none */
	struct node_table *own_nodes;
	const struct server_address *only; /* connects to it alone, in whatever state it is;
					    * NULL: to one of the list */
	bool tells_host; /* the log has what is new about it, although it is the only one */
	const struct db_login *login; /* NULL: [database] user and its password */
	struct nodes nodes;   /* the hosts of the list, as they were tried */
	struct node *node;    /* being connected to, or the last one that was; NULL: none yet */
	size_t node_at;       /* in nodes */
	bool is_last_resort;  /* it is not as it should be, nor is any other */
	int64_t return_us;    /* when to look whether a preferred host may be had */
	bool no_timeout; /* statements may take as long as they need */
	bool has_other_tables; /* it does not need ours, as another program's */
	/* It is for who makes the tables, or looks whether there are any: an old schema will do, or
	 * none if no host of the list has one. */
	bool creates_tables;
	bool is_without_database; /* it only asks what its user may do */
	bool is_cluster;
	uint64_t n_opened; /* connections so far */
	struct arena *scratch; /* holds what one statement needs */
	struct arena *results; /* holds results where db_set_arena() has set no arena */
	struct remembered *remembered; /* NULL: nothing is */
	char *disabled_tenants;        /* tenant_keep_disabled(); NULL: none */
	bool has_changed_remembered;   /* a statement of stmt.changes_remembered was sent */
	/* For pauses between tries. NULL: the process holds one request. Otherwise the server waits
	 * for no lock, since all requests of the worker would wait, too: a statement that meets a
	 * lock is tried again after a pause. */
	struct transfers *transfers;
};

/* One request's view of the connection. */
struct db {
	struct conn *conn;
	bool owns_conn;
	const struct conf *conf;
	const struct secret_keys *keys;
	struct arena *arena;   /* holds results */
	struct arena *scratch; /* the connection's */
	int64_t begun_us;      /* when the request came; between requests: some time ago */
	int64_t waited_us;     /* for answers, in all */
	int64_t insert_id;     /* of the last row inserted */
	int64_t n_rows;        /* that the last statement matched, inserted or deleted */
	int64_t n_damaged;     /* values that were read as absent (sealed_value.h), in all */
	bool is_in_transaction;
	bool has_written; /* of a transaction: a row */
	/* Of a transaction: what is to be done after its last statement; NULL: nothing. */
	enum err (*before_commit)(struct db *db);
	void (*after_commit)(struct db *db); /* what is to be done after it; NULL: nothing */
	struct audit_written *audited;       /* the entries that it has written to the audit */
	struct erasure_pending *erasures; /* lines of erasures.log to append then */
	/* Of a transaction: when it first dated users as changed (clock_monotonic_us()), and by how
	 * much ahead of the time. */
	int64_t dated_us;
	int32_t ahead_s;
	/* On a cluster: whether the request waits until the node has applied all that was committed
	 * before, and the connection (conn.n_opened) on which it has; 0: none yet. */
	bool must_catch_up;
	uint64_t caught_up_on;
	bool is_dry_run;             /* rolls back in place of COMMIT */
	bool needs_writer;           /* it has met a server that only reads */
	bool is_writing;             /* what is sent is a write, or part of a transaction */
	int n_timeouts;              /* of this request */
	enum db_error_kind given_up; /* for this request: why; DB_ERROR_NONE: it is not given up */
	struct db_error error;
	enum err refused_with; /* by a rule: db_refuse() */
	const char *refusal_reason;
	/* For the audit: audit_set_origin(). NULL: nothing is known. */
	struct audit_origin (*find_origin)(const void *ctx);
	const void *origin_ctx;
	/* For the audit: audit_set_log(). NULL: it logs as all else does. */
	const struct audit_log *audit_log;
};

#endif
