/*
 * What the database server says about itself, as far as "wxuserctl check" judges it.
 */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

struct server {
	const char *version;          /* as the server says it: "10.11.6-MariaDB-1" */
	int32_t n_hosts;              /* from which our user is connected, this one included */
	int64_t max_connections;
	int64_t max_user_connections; /* of our user; 0: no limit */
	int64_t max_statements;       /* that are prepared at a time, by all users */
	int64_t idle_timeout_s;
	int64_t packet_max;           /* bytes of a statement */
	bool is_read_only;
	bool logs_deleted_rows;       /* the binary log has them, and the values that name them */
	int64_t clock_ahead_us;       /* of the clock of this host */
	const char *hourly_limits;    /* of our user, as in its grants; NULL: none */
};

/* Returns the account by which the server knows us, as GRANT takes it: 'wxuser'@'localhost'. */
const char *server_user(struct db *db);

enum err server_read(struct db *db, struct server *server_r);

/* A node of a Galera cluster. */
struct server_cluster {
	bool is_on;           /* the other members count only if it is */
	bool is_ready, is_primary;
	bool is_steering_ids; /* no two nodes give out the same AUTO_INCREMENT value */
	int64_t id_lock_mode, sync_wait, n_nodes;
};

enum err server_read_cluster(struct db *db, struct server_cluster *cluster_r);

#endif
