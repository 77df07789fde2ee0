#include "arena.h"
#include "audit_chain.h"
#include "audit_link.h"
#include "audit_signer.h"
#include "buf.h"
#include "clock.h"
#include "conn.h"
#include "counters.h"
#include "log.h"
#include "stmt.h"
#include "transaction.h"

#define BATCH 100
#define BATCH_SIZE_MAX (64 << 20)
/* So many entries at most are looked at in one statement, which takes some milliseconds. */
#define RANGE 5000
/* An entry may be committed for an hour after it got its id, and sealing the younger ones may take
 * another one until late ones are looked for. */
#define LATE "INTERVAL 2 HOUR"
#define OUTAGE_US (1800 * CLOCK_SECOND_US)
#define LINE_MAX 460 /* of what a line of the log takes */

struct sealing_row {
	struct audit_row row;
	int64_t after_id, before_id, first_id, until_id;
	int64_t now_us, sealed_us; /* by the database's clock */
};

#define ENTRY(member, type) COLUMN(struct sealing_row, member, type)
#define LINK AUDIT_LINK_COLUMNS(struct link_row, link)

struct link_row {
	struct audit_link link;
};

enum { BOUNDS, NEXT, FIRST, SKIPPED, HEAD, ADD, HEADS };

static const struct stmt statements[] = {
	/* The highest entry that has a link, and one that had it hours before that. */
	[BOUNDS] = {
		.text = "SELECT UTC_TIMESTAMP(6), COALESCE(l.entry_id, 0), l.sealed_at, "
			"COALESCE((SELECT entry_id FROM audit_link "
			"WHERE sealed_at < l.sealed_at - " LATE
			" ORDER BY sealed_at DESC LIMIT 1), 0) "
			"FROM (SELECT MAX(entry_id) AS id FROM audit_link) last "
			"LEFT JOIN audit_link l ON l.entry_id = last.id",
		.any_tenant = STMT_OF_JOB,
		.columns = COLUMNS(ENTRY(now_us, TIME), ENTRY(before_id, INT64),
			ENTRY(sealed_us, TIME), ENTRY(after_id, INT64)),
	},
	[NEXT] = {
		.text = "SELECT a.id, " AUDIT_NAMES("a.") " FROM audit a WHERE a.id > ? "
			"ORDER BY a.id LIMIT " STMT_NUMBER(BATCH),
		.any_tenant = STMT_OF_JOB,
		.params = COLUMNS(ENTRY(before_id, INT64)),
		.columns = COLUMNS(ENTRY(row.id, INT64), AUDIT_COLUMNS(struct sealing_row, row)),
		.row_size = sizeof(struct sealing_row),
	},
	[FIRST] = {
		.text = "SELECT COALESCE(MIN(id), 0) FROM audit WHERE id > ? AND id < ?",
		.any_tenant = STMT_OF_JOB,
		.params = COLUMNS(ENTRY(after_id, INT64), ENTRY(before_id, INT64)),
		.columns = COLUMNS(ENTRY(first_id, INT64)),
	},
	[SKIPPED] = {
		.text = "SELECT a.id, " AUDIT_NAMES("a.") " FROM audit a "
			"LEFT JOIN audit_link l ON l.entry_id = a.id "
			"WHERE a.id >= ? AND a.id <= ? AND l.entry_id IS NULL "
			"ORDER BY a.id LIMIT " STMT_NUMBER(BATCH),
		.any_tenant = STMT_OF_JOB,
		.params = COLUMNS(ENTRY(first_id, INT64), ENTRY(until_id, INT64)),
		.columns = COLUMNS(ENTRY(row.id, INT64), AUDIT_COLUMNS(struct sealing_row, row)),
		.row_size = sizeof(struct sealing_row),
	},
	[HEAD] = {
		.text = "SELECT " AUDIT_LINK_NAMES("") " FROM audit_link WHERE tenant_id = ? "
			"ORDER BY sequence DESC LIMIT 1",
		.params = COLUMNS(COLUMN(struct link_row, link.tenant_id, INT32)),
		.columns = COLUMNS(LINK),
	},
	[ADD] = {
		.text = "INSERT INTO audit_link (" AUDIT_LINK_NAMES("") ") "
			"VALUES (?, ?, ?, ?, ?, ?, ?)",
		.params = COLUMNS(LINK),
	},
	[HEADS] = {
		.text = "SELECT " AUDIT_LINK_NAMES("l.") " FROM "
			"(SELECT tenant_id, MAX(sequence) AS sequence FROM audit_link "
			"GROUP BY tenant_id LIMIT 10000) h "
			"JOIN audit_link l ON l.tenant_id = h.tenant_id "
			"AND l.sequence = h.sequence "
			"ORDER BY l.tenant_id",
		.any_tenant = STMT_OF_JOB,
		.columns = COLUMNS(LINK),
		.row_size = sizeof(struct link_row),
	},
};

const struct stmt_table audit_chain_statements = STMT_TABLE(statements);

/* ---- Sealing. */

struct batch {
	int64_t looked_until; /* entries up to this one were looked at before */
	int64_t look_until;   /* and up to this one once the batch is sealed */
	bool is_last;         /* neither these nor later ones are left */
	const struct sealing_row *rows;
	size_t n;
	int64_t now_us;
	bool is_tried;
	struct audit_successor successor;
};

/* The chains that a batch makes longer, by their last links. */
struct heads {
	struct link_row rows[BATCH];
	size_t n;
};

/* Returns the last link of the entry's chain; all zero if there is none yet. */
static enum err head_of(
	struct db *db, struct heads *heads, int32_t tenant_id, struct audit_link **head_r)
{
	struct link_row *row = heads->rows;
	enum err err;

	while (row < heads->rows + heads->n && row->link.tenant_id != tenant_id)
		row++;
	*head_r = &row->link;
	if (row < heads->rows + heads->n)
		return ERR_NONE;
	*row = (struct link_row){.link.tenant_id = tenant_id};
	heads->n++;
	err = stmt_need(db, &statements[HEAD], row, row, ERR_ABSENT);
	return err == ERR_ABSENT ? ERR_NONE : err;
}

static void log_entry(const char *msg, const struct audit_row *row)
{
	log_event(LOG_LEVEL_ERROR, msg);
	log_int("entry", row->id);
	log_int("tenant", row->entry.tenant_id);
	log_end();
}

/* An entry that the service has not signed stands in the chain as what it is. Without its key this
 * host cannot tell. */
static enum err seal_check(
	struct db *db, struct batch *batch, const struct audit_row *row, bool *is_genuine_r)
{
	enum audit_signer signer;
	enum err err;

	*is_genuine_r = audit_is_signed(db, row);
	if (*is_genuine_r)
		return ERR_NONE;
	err = audit_find_signer(db, &batch->successor, row, &signer);
	if (err != ERR_NONE)
		return err;
	if (signer == AUDIT_SIGNER_MISSING) {
		log_entry("audit: the key of an entry is missing on this host", row);
		return ERR_INTERNAL;
	}
	if (signer == AUDIT_SIGNER_NONE) {
		log_entry("audit: an entry is not signed by this service, or was changed", row);
		counter_add(COUNTER_AUDIT_WRONG, 1);
	}
	return ERR_NONE;
}

static enum err seal_entry(
	struct db *db, struct heads *heads, struct batch *batch, const struct audit_row *row)
{
	struct audit_link *head;
	struct link_row next;
	struct secret_text text;
	bool is_genuine;
	enum err err = head_of(db, heads, row->entry.tenant_id, &head);

	if (err == ERR_NONE)
		err = seal_check(db, batch, row, &is_genuine);
	if (err != ERR_NONE)
		return err;
	next.link = (struct audit_link){
		.tenant_id = head->tenant_id,
		.sequence = head->sequence + 1,
		.entry_id = row->id,
		.is_genuine = is_genuine,
		.sealed_us = batch->now_us,
		.key_number = secret_key_number(db->keys, SECRET_KEY_AUDIT),
	};
	text = audit_link_text(db, &next.link, row, head->mac);
	secret_mac(db->keys, SECRET_FOR_AUDIT, &text, next.link.mac);
	*head = next.link;
	return stmt_write(db, &statements[ADD], &next);
}

static enum err find_rows(struct db *db, const struct stmt *stmt,
	const struct sealing_row *bounds, struct batch *batch)
{
	void *rows;
	enum err err = stmt_all(db, stmt, bounds, &rows, &batch->n);

	batch->rows = rows;
	return err;
}

/* Looks at the next range of the entries that have a link or were skipped. Sets is_last if there is
 * none. */
static enum err find_skipped(struct db *db, struct sealing_row *bounds, struct batch *batch)
{
	enum err err;

	if (bounds->after_id < batch->looked_until)
		bounds->after_id = batch->looked_until;
	err = stmt_need(db, &statements[FIRST], bounds, bounds, ERR_INTERNAL);
	batch->is_last = bounds->first_id == 0;
	if (err != ERR_NONE || batch->is_last)
		return err;
	bounds->until_id = bounds->before_id - bounds->first_id > RANGE
		? bounds->first_id + RANGE - 1
		: bounds->before_id - 1;
	err = find_rows(db, &statements[SKIPPED], bounds, batch);
	batch->look_until = bounds->until_id;
	if (err == ERR_NONE && batch->n == BATCH)
		batch->look_until = batch->rows[BATCH - 1].row.id;
	return err;
}

/* Finds entries without a link: those with a higher id than any that has one, then those that were
 * committed later than one of these. After an outage these come first: they are looked for in the
 * hours before the last link, a range in each step. */
static enum err find_entries(struct db *db, struct batch *batch)
{
	struct sealing_row bounds = {0};
	enum err err = stmt_need(db, &statements[BOUNDS], &bounds, &bounds, ERR_INTERNAL);
	const bool was_out = bounds.sealed_us < bounds.now_us - OUTAGE_US;

	batch->now_us = bounds.now_us;
	batch->look_until = batch->looked_until;
	batch->is_last = false;
	batch->n = 0;
	if (err == ERR_NONE && was_out)
		err = find_skipped(db, &bounds, batch);
	if (err == ERR_NONE && (!was_out || batch->is_last))
		err = find_rows(db, &statements[NEXT], &bounds, batch);
	if (err == ERR_NONE && !was_out && batch->n == 0)
		err = find_skipped(db, &bounds, batch);
	batch->is_last = batch->is_last && batch->n == 0;
	return err;
}

/* If it is tried again, another process may have sealed the same entries. */
static enum err seal_batch(struct db *db, void *ctx)
{
	struct batch *batch = ctx;
	struct heads *heads = arena_new_of(db->arena, struct heads);
	enum err err = batch->is_tried ? find_entries(db, batch) : ERR_NONE;

	batch->is_tried = true;
	heads->n = 0;
	for (size_t i = 0; i < batch->n && err == ERR_NONE; i++)
		err = seal_entry(db, heads, batch, &batch->rows[i].row);
	return err;
}

/* ---- The heads. */

enum err audit_heads(
	struct db *db, void (*head)(void *ctx, const struct audit_head *head), void *ctx)
{
	const struct link_row *links;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[HEADS], NULL, &rows, &n);

	if (err != ERR_NONE)
		return err;
	links = rows;
	for (size_t i = 0; i < n; i++) {
		const struct audit_head found = audit_head_of(&links[i].link);

		head(ctx, &found);
	}
	return ERR_NONE;
}

static void heads_log(struct buf *line)
{
	if (line->size == 0)
		return;
	log_event(LOG_LEVEL_INFO, "audit heads");
	log_str("heads", line->data);
	log_end();
	buf_reset(line);
}

static void heads_add(void *ctx, const struct audit_head *head)
{
	struct buf *line = ctx;

	if (line->size + AUDIT_HEAD_SIZE > LINE_MAX)
		heads_log(line);
	if (line->size > 0)
		buf_append_char(line, ',');
	buf_append_str(line, head->text);
}

static enum err seal_or_tell(struct db *db, struct batch *batch)
{
	struct buf line = {.arena = db->arena};
	enum err err = find_entries(db, batch);

	if (err == ERR_NONE && batch->n > 0)
		return transaction_run(db, seal_batch, batch);
	if (err == ERR_NONE && batch->is_last)
		err = audit_heads(db, heads_add, &line);
	if (err == ERR_NONE)
		heads_log(&line);
	return err;
}

/* What a batch needs is freed after it: "wxuserctl jobs run" does all batches in a row. */
enum err audit_seal(struct db *db, int64_t *looked_until, int64_t *n_sealed_r, bool *is_over_r)
{
	struct arena *arena = arena_new(BATCH_SIZE_MAX), *results = db->arena;
	struct batch batch = {.looked_until = *looked_until};
	enum err err;

	db_set_arena(db, arena);
	err = seal_or_tell(db, &batch);
	db_set_arena(db, results);
	arena_free(arena);
	*n_sealed_r = err == ERR_NONE ? (int64_t)batch.n : 0;
	*is_over_r = batch.is_last;
	if (err == ERR_NONE)
		*looked_until = batch.look_until;
	counter_add(COUNTER_AUDIT_SEALED, *n_sealed_r);
	return err;
}
