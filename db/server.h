/*
 * What the database server says of itself, as far as it decides whether the house can live with
 * it. For operators' checks.
 */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

struct server {
	const char *version;              /* as it says: "10.11.6-MariaDB-1" */
	int32_t n_hosts;                  /* from which our user is connected now, this one too */
	int64_t max_connections;
	int64_t max_user_connections;     /* our user's; 0: no limit */
	int64_t max_statements;           /* prepared ones, of all users */
	int64_t idle_timeout_s;
	int64_t packet_max;               /* bytes of a statement */
	bool is_read_only;
	int64_t clock_ahead_us;           /* of this host's */
	const char *hourly_limits;        /* of our user, as in its grants; NULL: none */
};

/* As which account the server knows us, as GRANT takes it: 'wxuser'@'localhost'. */
const char *server_user(struct db *db);

enum err server_read(struct db *db, struct server *server_r);

/* A node of a Galera cluster. */
struct server_cluster {
	bool is_on;                       /* else nothing else is said */
	bool is_ready, is_primary;
	bool is_steering_ids;             /* so that two nodes never give out the same */
	int64_t id_lock_mode, sync_wait, n_nodes;
};

enum err server_read_cluster(struct db *db, struct server_cluster *cluster_r);

#endif
