#include <string.h>

#include "arena.h"
#include "audit_link.h"
#include "audit_signer.h"
#include "audit_verify.h"
#include "conn.h"
#include "stmt.h"

#define PAGE 1000
#define PAGE_SIZE_MAX (256 << 20)

struct verified_row {
	struct audit_link link;
	struct audit_row row; /* id 0: it was deleted */
};

#define ROW(member, type) COLUMN(struct verified_row, member, type)

enum { NEXT_CHAIN, LINK, LINKS, UNSEALED };

static const struct stmt statements[] = {
	[NEXT_CHAIN] = {
		.text = "SELECT tenant_id FROM audit_link WHERE tenant_id > ? "
			"ORDER BY tenant_id LIMIT 1",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(link.tenant_id, INT32)),
		.columns = COLUMNS(ROW(link.tenant_id, INT32)),
	},
	[LINK] = {
		.text = "SELECT " AUDIT_LINK_NAMES("") " FROM audit_link "
			"WHERE tenant_id = ? AND sequence = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(link.tenant_id, INT32), ROW(link.sequence, INT64)),
		.columns = COLUMNS(AUDIT_LINK_COLUMNS(struct verified_row, link)),
	},
	[LINKS] = {
		.text = "SELECT " AUDIT_LINK_NAMES("l.") ", COALESCE(a.id, 0), " AUDIT_NAMES("a.")
			" FROM audit_link l LEFT JOIN audit a ON a.id = l.entry_id "
			"WHERE l.tenant_id = ? AND l.sequence > ? "
			"ORDER BY l.sequence LIMIT " STMT_NUMBER(PAGE),
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(link.tenant_id, INT32), ROW(link.sequence, INT64)),
		.columns = COLUMNS(AUDIT_LINK_COLUMNS(struct verified_row, link),
			ROW(row.id, INT64), AUDIT_COLUMNS(struct verified_row, row)),
		.row_size = sizeof(struct verified_row),
	},
	[UNSEALED] = {
		.text = "SELECT a.id, " AUDIT_NAMES("a.") " FROM audit a "
			"LEFT JOIN audit_link l ON l.entry_id = a.id "
			"WHERE a.id > ? AND l.entry_id IS NULL "
			"ORDER BY a.id LIMIT " STMT_NUMBER(PAGE),
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(row.id, INT64)),
		.columns = COLUMNS(ROW(row.id, INT64), AUDIT_COLUMNS(struct verified_row, row)),
		.row_size = sizeof(struct verified_row),
	},
};

const struct stmt_table audit_verify_statements = STMT_TABLE(statements);

static void report(struct audit_verification *verification, struct audit_finding finding)
{
	verification->n_findings++;
	verification->found(verification->ctx, &finding);
}

/* ---- Heads. */

/* Returns ERR_ABSENT if there is no such link, or another one in its place. */
static enum err head_find(
	struct db *db, const struct audit_head *head, struct audit_link *link_r)
{
	struct verified_row row = {
		.link = {.tenant_id = head->tenant_id, .sequence = head->sequence},
	};
	enum err err = stmt_need(db, &statements[LINK], &row, &row, ERR_ABSENT);
	struct audit_head stored;

	if (err != ERR_NONE)
		return err;
	*link_r = row.link;
	stored = audit_head_of(link_r);
	return strcmp(stored.text, head->text) == 0 ? ERR_NONE : ERR_ABSENT;
}

static enum err verify_heads(struct db *db, struct audit_verification *verification)
{
	for (size_t i = 0; i < verification->n_heads; i++) {
		const struct audit_head *head = &verification->heads[i];
		struct audit_link link;
		enum err err = head_find(db, head, &link);

		if (err == ERR_ABSENT)
			report(verification,
				(struct audit_finding){
					.fault = AUDIT_CUT_OFF,
					.tenant_id = head->tenant_id,
					.sequence = head->sequence,
				});
		else if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

/* ---- A chain. */

struct walk {
	struct db *db;
	struct audit_verification *verification;
	struct verified_row last; /* the link that was verified last; sequence 0: none yet */
	bool is_resumed;          /* its MAC is not the one with which the next was made */
	struct audit_successor successor;
};

static void report_link(struct walk *walk, enum audit_fault fault, const struct audit_link *link)
{
	report(walk->verification,
		(struct audit_finding){
			.fault = fault,
			.tenant_id = link->tenant_id,
			.entry_id = link->entry_id,
			.sequence = link->sequence,
		});
}

/* Returns whether all links up to this one are there. */
static bool check_sequence(struct walk *walk, const struct audit_link *link)
{
	const int64_t expected = walk->last.link.sequence + 1;

	if (link->sequence == expected)
		return true;
	report(walk->verification,
		(struct audit_finding){
			.fault = AUDIT_LINK_MISSING,
			.tenant_id = link->tenant_id,
			.sequence = expected,
			.n_links = link->sequence - expected,
		});
	return false;
}

static bool link_is_signed(const struct walk *walk, const struct verified_row *row)
{
	const struct secret_mac_use use = {SECRET_FOR_AUDIT, (uint16_t)row->link.key_number};
	const struct secret_text text =
		audit_link_text(walk->db, &row->link, &row->row, walk->last.link.mac);

	return secret_mac_verify(walk->db->keys, &use, &text, row->link.mac);
}

/* An entry that was wrong when it was sealed stands in the chain as such. */
static enum err check_sealed(struct walk *walk, const struct verified_row *row)
{
	enum audit_signer signer;
	enum err err;

	if (row->link.is_genuine)
		return ERR_NONE;
	err = audit_find_signer(walk->db, &walk->successor, &row->row, &signer);
	if (err == ERR_NONE && signer == AUDIT_SIGNER_LOST)
		walk->verification->n_lost++;
	else if (err == ERR_NONE)
		report_link(walk, AUDIT_ENTRY_UNSIGNED, &row->link);
	return err;
}

/* What follows a link that is wrong cannot be compared with it; then the entry's own signature
 * counts, which the keys of an entry of a release before may not verify any more. */
static enum err check_link(struct walk *walk, const struct verified_row *row)
{
	const bool is_resumed = !check_sequence(walk, &row->link) || walk->is_resumed;
	bool is_signed;

	walk->is_resumed = false;
	if (row->row.id == 0) {
		report_link(walk, AUDIT_ENTRY_DELETED, &row->link);
		return ERR_NONE;
	}
	if (!is_resumed && link_is_signed(walk, row))
		return check_sealed(walk, row);
	is_signed = audit_is_signed(walk->db, &row->row);
	if (!is_signed && row->row.key_number != 0) {
		report_link(walk, AUDIT_ENTRY_CHANGED, &row->link);
	} else if (!is_resumed) {
		report_link(walk, is_signed ? AUDIT_LINK_CHANGED : AUDIT_ENTRY_CHANGED, &row->link);
		walk->is_resumed = is_signed;
	}
	return ERR_NONE;
}

static enum err walk_page(struct walk *walk, size_t *n_r)
{
	const struct verified_row *rows;
	void *found;
	enum err err = stmt_all(walk->db, &statements[LINKS], &walk->last, &found, n_r);

	if (err != ERR_NONE)
		return err;
	rows = found;
	for (size_t i = 0; i < *n_r && err == ERR_NONE; i++) {
		err = check_link(walk, &rows[i]);
		walk->last.link = rows[i].link;
	}
	walk->verification->n_links += (int64_t)*n_r;
	return err;
}

/* With the results of a page in the arena, which is emptied after it. */
static enum err in_pages(struct db *db, enum err (*page)(struct walk *walk, size_t *n_r),
	struct walk *walk)
{
	struct arena *arena = arena_new(PAGE_SIZE_MAX), *results = db->arena;
	enum err err;
	size_t n;

	db_set_arena(db, arena);
	do {
		err = page(walk, &n);
		arena_reset(arena);
	} while (err == ERR_NONE && n == PAGE);
	db_set_arena(db, results);
	arena_free(arena);
	return err;
}

/* Begins behind the last one of the tenant's heads that the chain has. */
static enum err verify_chain(
	struct db *db, struct audit_verification *verification, int32_t tenant_id)
{
	struct walk walk = {
		.db = db, .verification = verification, .last.link.tenant_id = tenant_id,
	};

	for (size_t i = 0; i < verification->n_heads; i++) {
		const struct audit_head *head = &verification->heads[i];
		struct audit_link link;
		enum err err = ERR_ABSENT;

		if (head->tenant_id == tenant_id && head->sequence > walk.last.link.sequence)
			err = head_find(db, head, &link);
		if (err == ERR_NONE)
			walk.last.link = link;
		else if (err != ERR_ABSENT)
			return err;
	}
	verification->n_chains++;
	return in_pages(db, walk_page, &walk);
}

static enum err verify_chains(struct db *db, struct audit_verification *verification)
{
	struct verified_row chain = {.link.tenant_id = -1};
	enum err err;

	do {
		err = stmt_need(db, &statements[NEXT_CHAIN], &chain, &chain, ERR_ABSENT);
		if (err == ERR_NONE)
			err = verify_chain(db, verification, chain.link.tenant_id);
	} while (err == ERR_NONE);
	return err == ERR_ABSENT ? ERR_NONE : err;
}

/* ---- Entries without a link. */

static void report_entry(struct walk *walk, enum audit_fault fault, const struct audit_row *row)
{
	report(walk->verification,
		(struct audit_finding){
			.fault = fault,
			.tenant_id = row->entry.tenant_id,
			.entry_id = row->id,
		});
}

/* at_us: before which time it was written. */
static void check_waiting(struct walk *walk, const struct audit_row *row, int64_t at_us)
{
	struct audit_verification *verification = walk->verification;

	if (at_us < verification->sealed_until_us) {
		report_entry(walk, AUDIT_ENTRY_UNSEALED, row);
		return;
	}
	verification->n_waiting++;
	verification->n_late += at_us < verification->late_until_us;
}

/* Nothing proves the time in an entry of a lost key, but it is not after that of the first entry
 * of a newer one. */
static enum err check_unsealed(struct walk *walk, const struct audit_row *row)
{
	const struct audit_successor *successor = &walk->successor;
	enum audit_signer signer;
	enum err err;

	if (audit_is_signed(walk->db, row)) {
		check_waiting(walk, row, row->at_us);
		return ERR_NONE;
	}
	err = audit_find_signer(walk->db, &walk->successor, row, &signer);
	if (err != ERR_NONE)
		return err;
	if (signer != AUDIT_SIGNER_LOST)
		report_entry(walk, AUDIT_ENTRY_UNSIGNED, row);
	else if (successor->entry_id != 0 && successor->at_us < row->at_us)
		check_waiting(walk, row, successor->at_us);
	else
		check_waiting(walk, row, row->at_us);
	return ERR_NONE;
}

static enum err unsealed_page(struct walk *walk, size_t *n_r)
{
	const struct verified_row *rows;
	void *found;
	enum err err = stmt_all(walk->db, &statements[UNSEALED], &walk->last, &found, n_r);

	if (err != ERR_NONE)
		return err;
	rows = found;
	for (size_t i = 0; i < *n_r && err == ERR_NONE; i++)
		err = check_unsealed(walk, &rows[i].row);
	if (*n_r > 0)
		walk->last.row.id = rows[*n_r - 1].row.id;
	return err;
}

enum err audit_verify(struct db *db, struct audit_verification *verification)
{
	struct walk walk = {.db = db, .verification = verification};
	enum err err;

	conn_set_no_timeout(db->conn);
	err = verify_heads(db, verification);
	if (err == ERR_NONE)
		err = verify_chains(db, verification);
	return err == ERR_NONE ? in_pages(db, unsealed_page, &walk) : err;
}
