/*
 * What an operator is shown of the installation, as JSON: its programs, keys and checks. Times are
 * in UTC.
 */
#ifndef ADMIN_HOST_H
#define ADMIN_HOST_H

#include "shape.h"

/* Workers of a pool and generation. */
struct admin_workers {
	const char *pool;
	int32_t generation, configured, starting, idle, busy, full, in_flight, in_flight_max;
};

struct admin_master {
	const char *program, *state;
	int32_t pid;
	int32_t parent; /* 0: it has ended */
	int32_t generation, last_good, n_failures, n_draining;
	const char *failure, *restart; /* NULL: none */
	bool is_in_maintenance;        /* the host is */
	struct object_list workers;
};

struct admin_check {
	const char *verdict;
	const char *host; /* NULL: of no node in particular */
	const char *text;
};

struct admin_key_state {
	const char *file, *state;
	int32_t number;
	const char *values; /* NULL: they are not counted */
	bool has_more;
	int64_t used_us; /* 0: not yet */
};

struct admin_audit_finding {
	const char *fault;
	int32_t tenant_id;
	int64_t entry_id, sequence;
	int64_t n_links;
};

struct admin_audit_verdict {
	bool is_sound;
	int64_t n_entries, n_chains, n_waiting, n_late, n_lost, n_findings;
	struct object_list findings; /* the first of them */
	const char *heads; /* as --since takes them */
};

extern const struct shape admin_master_shape, admin_check_shape, admin_key_state_shape,
	admin_audit_verdict_shape;
/* Of structs of db/: operator_key, verified_column. */
extern const struct shape admin_operator_shape, admin_verified_shape;

#endif
