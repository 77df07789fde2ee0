/*
 * What a database server says about itself, as far as "wxuserctl check" judges it. Each user may
 * read all of it.
 */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "node.h"

#define SERVER_CLIENTS_MAX 64

/* A node of a Galera cluster. A time that the node does not tell is 0. */
struct server_cluster {
	const char *node_name, *node_uuid;
	const char *uuid; /* of the cluster's data */
	const char *sst_method;
	int64_t n_appliers;
	int64_t n_nodes;      /* that this one reaches, itself and arbitrators included */
	bool is_steering_ids; /* it gives each node another id_offset */
	bool is_desynced;     /* by wsrep_desync: it may lag behind the others */
	int64_t id_lock_mode, id_step, id_offset, sync_wait;
	double suspect_timeout_s, inactive_timeout_s;
	int64_t gcache_size, gcache_s; /* bytes, and for how long they last */
};

struct server {
	const char *version; /* as the server says it: "10.11.6-MariaDB-1" */
	const char *name;    /* tells servers apart that are no nodes of a cluster */
	struct node_report report;
	const char *clients[SERVER_CLIENTS_MAX]; /* hosts from which our user is connected */
	size_t n_clients;                        /* this one included */
	int64_t max_connections;
	int64_t max_user_connections; /* of our user; 0: no limit */
	int64_t max_statements;       /* that are prepared at a time, by all users */
	int64_t idle_timeout_s;
	int64_t packet_max;            /* bytes of a statement */
	int64_t log_flush;             /* 1: a COMMIT waits until it is on disk */
	bool logs_deleted_rows;        /* the binary log has them, and the values that name them */
	const char *hourly_limits;     /* of our user, as in its grants; NULL: none */
	struct server_cluster cluster; /* if report.is_cluster */
};

/* Finds the account by which the server knows us, as GRANT takes it: `wxuser`@`localhost`. */
enum err server_account(struct db *db, const char **account_r);
/* Calls grant for each line of SHOW GRANTS. */
enum err server_each_grant(
	struct db *db, void (*grant)(void *ctx, const char *line), void *ctx);
/* Reads all of a server, which need not serve, into the arena. */
enum err server_read(struct db *db, struct server *server_r);
/* Returns how many hosts are connected to one server or several, at least 1. */
int32_t server_count_clients(const struct server *servers, size_t n);

/* A column that gives out ids of 32 bits. */
struct server_id {
	const char *table, *column;
	int64_t next, step;
};

enum err server_read_ids(struct db *db, const struct server_id **ids_r, size_t *n_r);

#endif
