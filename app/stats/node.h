/*
 * The nodes of the database: the hosts of [database] host, of which each is a server of its own or
 * a node of a Galera cluster. What one worker finds out about a node all workers of the machine
 * know.
 *
 * A node that is not as it should be is left out for 10 s. Then a single worker tries it: if it is
 * well, all use it again, and else it is left out for another 10 s. Where all nodes are left out,
 * one that at least reads is better than none, and the others are tried by whoever needs one.
 *
 * A node that lets a request time out, or tells it that it is not ready, is left out at once. A
 * connection that is lost says nothing of the kind, since it may have been ended alone: the worker
 * connects anew at once, and what it finds then counts. A node that has died refuses within
 * microseconds.
 *
 * A node whose tables are missing or old is another database, a replica that lags, or one that was
 * restored: of a list it is never used, since what is written there would be lost to the others. If
 * it is the only one, it is used for what its tables allow.
 *
 * A node that let two requests time out within 10 s is blocked, until somebody has connected to it:
 * where there is no other, one worker tries it, a second after the last try has failed, and all
 * others refuse at once. A worker that dies as it tries keeps them from it for 5 s.
 *
 * Writes are counted and blocked apart, since a node may read while its disk is full or somebody
 * holds its global lock. One that failed because it waited for a lock, or took longer than a
 * statement may, counts as well, for those are the signs of such a lock, unless another write has
 * succeeded since it began: then it was a row that somebody holds. A write that succeeds ends the
 * block and the count.
 *
 * A node of another cluster than that in use is never used either: what is written there would be
 * lost to the others. If clusters differ, the one of which most nodes are known is in use, of
 * several such the one that was before, and a server without Galera is left for any that has it.
 * What is known of clusters is forgotten when the configuration is read again.
 *
 * The table lives in the scoreboard, or in the memory of a process that has none, and is all zero
 * at first. The master forgets the nodes that no worker lists any more when the configuration is
 * read again. A node for which there is no room is known to nobody else.
 */
#ifndef NODE_H
#define NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"

#define NODES_MAX 8 /* of a list */
#define NODE_N 32   /* of a table: of all lists whose workers still run */
#define NODE_NAME_SIZE 96
#define NODE_OUT_US (10 * CLOCK_SECOND_US)

/* The better state comes first. */
enum node_state {
	NODE_UNKNOWN, /* nobody has tried it */
	NODE_READY,
	NODE_DONOR, /* serves, but may lag: it sends its data to a node, or is desynced */
	NODE_READ_ONLY,
	NODE_CLOCK, /* it is more than NODE_CLOCK_MAX_US off in time */
	NODE_WRITES_HANG, /* it reads */
	NODE_OLD_SCHEMA, /* its tables are those of an earlier release */
	NODE_NO_TABLES,  /* it has none of ours */
	NODE_OTHER_CLUSTER, /* it takes writes, but is not of the cluster in use */
	NODE_NOT_SYNCED,
	NODE_NOT_PRIMARY,
	NODE_REFUSES,
	NODE_HANGS,
	NODE_N_STATES
};

/* What a node that takes writes and has no Galera has in place of a cluster. */
#define NODE_NO_CLUSTER 1

#define NODE_TRY_US (5 * CLOCK_SECOND_US)
#define NODE_PAUSE_US CLOCK_SECOND_US
/* Where only reads go on, one that hung is tried by a write after this pause. */
#define NODE_WRITER_PAUSE_US (3 * CLOCK_SECOND_US)
#define NODE_CLOCK_MAX_US (60 * CLOCK_SECOND_US)

/* What a node says of itself, and what is known of its writes. Without a cluster the members about
 * it mean nothing. */
struct node_report {
	bool is_cluster, is_ready, is_primary, is_synced, is_donor;
	bool is_read_only;
	bool has_no_tables, has_old_schema;
	uint32_t cluster; /* to tell clusters apart; 0: not known */
	bool is_other_cluster; /* node_is_of_other_cluster() */
	bool writes_hang; /* node_writes_hang() */
	int64_t ahead_us; /* of the clock of this machine */
};

enum node_state node_judge(const struct node_report *report);

/* Times are of clock_monotonic_us(). */
struct node_block {
	_Atomic int64_t hung_us; /* the last time-out; 0: none since something succeeded */
	_Atomic bool is_on;
	_Atomic int64_t try_us; /* while it is on: not to be tried before */
};

struct node {
	_Atomic uint64_t key; /* hash of its name; 0: vacant */
	_Atomic bool is_named;
	char name[NODE_NAME_SIZE]; /* perhaps cut */
	_Atomic int32_t state;     /* enum node_state */
	_Atomic int64_t out_us;    /* left out since then, or tried then; 0: it is in use */
	struct node_block all, writes;
	_Atomic int64_t written_us; /* when the last write succeeded */
	_Atomic int64_t told_us;   /* when the log last had that something is blocked */
	_Atomic int64_t ahead_us;  /* of the clock of this machine, when it was last connected to */
	_Atomic uint64_t n_connections; /* that were opened to it */
	_Atomic uint64_t cluster;       /* generation and node_report.cluster; 0: not known */
	_Atomic uint32_t generation; /* of the newest configuration that lists it */
};

struct node_table {
	struct node nodes[NODE_N];
	_Atomic uint64_t cluster; /* in use, as of a node */
};

/* Returns the node of that name, which it adds, for a list of that generation; NULL: there is no
 * room now. It stays as long as node_table_forget() is called for no later generation. */
struct node *node_find(struct node_table *table, const char *name, uint32_t generation);
/* Gives the places of nodes back that were listed only before the oldest generation that has
 * workers. For one process, the master. */
void node_table_forget(struct node_table *table, uint32_t oldest);
/* Returns the next node of the newest configuration, from *at on, which is 0 at first and moves on.
 * Returns NULL if there is none left. */
const struct node *node_next_listed(const struct node_table *table, size_t *at);
const char *node_state_name(enum node_state state);
/* Whether a node in that state at least reads. */
bool node_serves(enum node_state state);
/* Whether its tables are the reason. */
bool node_lacks_schema(enum node_state state);

/* Each returns whether others did not know it. Notes what was found out as somebody connected. */
bool node_note(struct node *node, enum node_state state, int64_t now_us);
/* Notes a time-out, of a write or of anything else. */
bool node_note_timeout(struct node *node, bool is_of_write, int64_t now_us);
/* Notes a write that began at begun_us, waited for a lock, or for too long, and failed. */
bool node_note_stalled_write(struct node *node, int64_t begun_us, int64_t now_us);
/* Notes a write that was answered, with success or not. */
bool node_note_written(struct node *node, bool is_done, int64_t now_us);

/* Notes the cluster of a node of the table, which is not 0. Returns whether another one is in use.
 * The nodes of one that was in use before are left out then. */
bool node_is_of_other_cluster(
	struct node_table *table, struct node *node, uint32_t cluster, int64_t now_us);

bool node_is_out(const struct node *node);
/* Whether a node that is left out is to be tried by who asks: by one of the workers that ask after
 * the pause. */
bool node_is_due(struct node *node, int64_t now_us);
bool node_is_blocked(const struct node *node);
/* Whether a write has hung within the last 10 s, and none succeeded. */
bool node_writes_hang(const struct node *node, int64_t now_us);
/* Whether a write may be sent. While they are blocked one may, until node_note_…() tells how it
 * went. */
bool node_may_write(struct node *node, int64_t now_us);
/* Whether it is to be logged that something is blocked; it is once a second. */
bool node_block_is_due(struct node *node, int64_t now_us);

/* The nodes of a list, the preferred one first. */
struct nodes {
	struct node *nodes[NODES_MAX];
	size_t n;
};

/* A search for a node to connect to. */
struct node_search {
	uint32_t tried;      /* bits of indices */
	bool is_last_resort; /* none is as it should be: what still serves is taken */
	bool takes_any_schema; /* also tables that are missing or old */
	bool creates_tables;   /* at last it takes any, if all nodes of the list lack them */
	bool needs_writes;     /* takes none that only reads */
};

struct node_search node_search_begin(const struct nodes *nodes);

/* Returns the index of the next node to try, until the search is over: nodes->n. */
size_t node_search_next(struct node_search *search, const struct nodes *nodes, int64_t now_us);
/* Whether the search takes a node in that state. */
bool node_search_takes(const struct node_search *search, enum node_state state);
/* Whether the tables of all are missing or old. */
bool nodes_lack_schema(const struct nodes *nodes);
/* Whether one is known to serve, without a write that hangs. */
bool nodes_have_serving(const struct nodes *nodes);
/* Whether one of the first n nodes is in use, or, with may_try, may be tried. */
bool nodes_have_better(const struct nodes *nodes, size_t n, bool may_try, int64_t now_us);

#endif
