/*
 * Lists entries of the audit, for the operator and for the Admin API. A page of a
 * tenant's is found by an index, whatever its entries must have; for the operator the table may be
 * read until there are enough.
 */
#ifndef AUDIT_LIST_H
#define AUDIT_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "audit.h"

/* What entries must have, as they are stored; NULL: anything. */
struct audit_match {
	const char *action, *subject, *who;
};

struct audit_filter {
	bool is_of_tenant; /* else of all tenants and of the installation */
	int32_t tenant_id;
	struct audit_match match;
	int64_t since_us, until_us; /* 0: no bound; until is not among them */
};

struct audit_listed {
	int64_t id;
	int64_t at_us;
	struct audit_entry entry;
	struct audit_origin origin; /* who is NULL: the release before has written it */
	int64_t sequence;           /* in the chain; 0: it is to be sealed */
	bool is_signed; /* its key is there and has signed it; of audit_list_before() alone */
};

/* Reads at most a thousand entries with a higher id than *last_id, by id, and sets it to the last
 * one that it has looked at. The entries are in the arena; *n_r is 0 at the end. */
enum err audit_list_page(struct db *db, const struct audit_filter *filter, int64_t *last_id,
	const struct audit_listed **entries_r, size_t *n_r);
/* Calls entry for the n_most last ones, the newest first. */
enum err audit_list_newest(struct db *db, const struct audit_filter *filter, int32_t n_most,
	void (*entry)(void *ctx, const struct audit_listed *entry), void *ctx);

struct audit_page {
	int32_t tenant_id; /* AUDIT_INSTALLATION: entries of the installation */
	struct audit_match match;
	int64_t before_id; /* 0: from the newest one */
	int32_t n_most;
};

/* Reads a page of the tenant's entries into the arena, the newest first, and verifies the signature
 * of each. */
enum err audit_list_before(struct db *db, const struct audit_page *page,
	const struct audit_listed **entries_r, size_t *n_r);

#endif
