#include "arena.h"
#include "audit_list.h"
#include "audit_row.h"
#include "stmt.h"

#define PAGE 1000
#define END_US INT64_C(253402300799999999) /* of the year 9999 */

struct listed_row {
	struct audit_listed listed;
	struct audit_filter filter;
	int64_t last_id;
	int32_t n_most;
	struct audit_row row; /* what is signed */
};

#define ROW(member, type) COLUMN(struct listed_row, member, type)
#define SELECT                                                                                  \
	"SELECT a.id, a.at, a.tenant_id, a.action, a.actor, a.subject, a.details, a.who, "      \
	"a.origin, a.request_id, COALESCE(l.sequence, 0) FROM audit a "                         \
	"LEFT JOIN audit_link l ON l.entry_id = a.id "
#define MATCH                                                                                   \
	" AND (? IS NULL OR a.action = ?) AND (? IS NULL OR a.subject = ?) "                    \
	"AND (? IS NULL OR a.who = ?)"
#define MATCH_PARAMS                                                                            \
	ROW(filter.match.action, STR), ROW(filter.match.action, STR),                           \
		ROW(filter.match.subject, STR), ROW(filter.match.subject, STR),                 \
		ROW(filter.match.who, STR), ROW(filter.match.who, STR)
#define PAGE_OF                                                                                 \
	MATCH " AND a.id > ? AND a.at >= ? AND a.at < ? ORDER BY a.id "                         \
	      "LIMIT " STMT_NUMBER(PAGE)
#define PAGE_PARAMS                                                                             \
	MATCH_PARAMS, ROW(last_id, INT64), ROW(filter.since_us, TIME), ROW(filter.until_us, TIME)
#define NEWEST MATCH " ORDER BY a.id DESC LIMIT ?"
#define ENTRY                                                                                   \
	ROW(listed.id, INT64), ROW(listed.at_us, TIME), ROW(listed.entry.tenant_id, REF),       \
		ROW(listed.entry.action, STR), ROW(listed.entry.actor, STR),                    \
		ROW(listed.entry.subject, STR), ROW(listed.entry.details, STR),                 \
		ROW(listed.origin.who, STR), ROW(listed.origin.address, STR),                   \
		ROW(listed.origin.request_id, STR), ROW(listed.sequence, INT64)
#define LIST(CONDITION, ...)                                                                    \
	{                                                                                       \
		.text = SELECT "WHERE " CONDITION, .params = COLUMNS(__VA_ARGS__),              \
		.columns = COLUMNS(ENTRY), .row_size = sizeof(struct listed_row),               \
		.any_tenant = STMT_OF_OPERATOR, .user = DB_USER_CONTROL,                        \
	}

/* By an index whatever the optimizer thinks: it does not know how rare a value is that many entries
 * do not have. CONDITION: what the index has between tenant and id. */
#define LIST_BEFORE(INDEX, CONDITION, ...)                                                      \
	{                                                                                       \
		.text = "SELECT a.id, COALESCE(l.sequence, 0), " AUDIT_NAMES("a.")              \
			" FROM audit a FORCE INDEX (" INDEX ") "                                \
			"LEFT JOIN audit_link l ON l.entry_id = a.id "                          \
			"WHERE a.tenant_id <=> ? AND a.id < ?" CONDITION NEWEST,                \
		.any_tenant = "an entry of the installation is of no tenant",                   \
		.user = DB_USER_ADMIN,                                                          \
		.params = COLUMNS(ROW(filter.tenant_id, REF),                                   \
			ROW(last_id, INT64), ##__VA_ARGS__, MATCH_PARAMS, ROW(n_most, INT32)),  \
		.columns = COLUMNS(ROW(row.id, INT64), ROW(listed.sequence, INT64),             \
			AUDIT_COLUMNS(struct listed_row, row)),                                 \
		.row_size = sizeof(struct listed_row),                                          \
	}

enum {
	OF_ALL,
	OF_TENANT,
	NEWEST_OF_ALL,
	NEWEST_OF_TENANT,
	BEFORE,
	BEFORE_OF_ACTION,
	BEFORE_OF_SUBJECT,
	BEFORE_OF_WHO,
};

/* Of the installation tenant_id is NULL. */
static const struct stmt statements[] = {
	[OF_ALL] = LIST("TRUE" PAGE_OF, PAGE_PARAMS),
	[OF_TENANT] = LIST("a.tenant_id <=> ?" PAGE_OF, ROW(filter.tenant_id, REF), PAGE_PARAMS),
	[NEWEST_OF_ALL] = LIST("TRUE" NEWEST, MATCH_PARAMS, ROW(n_most, INT32)),
	[NEWEST_OF_TENANT] = LIST("a.tenant_id <=> ?" NEWEST, ROW(filter.tenant_id, REF),
		MATCH_PARAMS, ROW(n_most, INT32)),
	[BEFORE] = LIST_BEFORE("audit_of_tenant", ""),
	[BEFORE_OF_ACTION] = LIST_BEFORE("audit_action", " AND a.action = ?",
		ROW(filter.match.action, STR)),
	[BEFORE_OF_SUBJECT] = LIST_BEFORE("audit_subject", " AND a.subject = ?",
		ROW(filter.match.subject, STR)),
	[BEFORE_OF_WHO] = LIST_BEFORE("audit_who", " AND a.who = ?", ROW(filter.match.who, STR)),
};

const struct stmt_table audit_list_statements = STMT_TABLE(statements);

static enum err list(struct db *db, const struct stmt *stmt, const struct listed_row *params,
	const struct audit_listed **entries_r, size_t *n_r)
{
	struct audit_listed *entries;
	const struct listed_row *rows;
	void *found;
	enum err err = stmt_all(db, stmt, params, &found, n_r);

	if (err != ERR_NONE)
		return err;
	rows = found;
	entries = arena_array(db->arena, struct audit_listed, *n_r);
	for (size_t i = 0; i < *n_r; i++)
		entries[i] = rows[i].listed;
	*entries_r = entries;
	return ERR_NONE;
}

enum err audit_list_page(struct db *db, const struct audit_filter *filter, int64_t *last_id,
	const struct audit_listed **entries_r, size_t *n_r)
{
	struct listed_row params = {.filter = *filter, .last_id = *last_id};
	enum err err;

	if (params.filter.since_us == 0)
		params.filter.since_us = 1;
	if (params.filter.until_us == 0)
		params.filter.until_us = END_US;
	err = list(db, &statements[filter->is_of_tenant ? OF_TENANT : OF_ALL], &params, entries_r,
		n_r);
	if (err == ERR_NONE && *n_r > 0)
		*last_id = (*entries_r)[*n_r - 1].id;
	return err;
}

enum err audit_list_newest(struct db *db, const struct audit_filter *filter, int32_t n_most,
	void (*entry)(void *ctx, const struct audit_listed *entry), void *ctx)
{
	const struct listed_row params = {.filter = *filter, .n_most = n_most};
	const struct audit_listed *entries;
	size_t n;
	enum err err = list(db,
		&statements[filter->is_of_tenant ? NEWEST_OF_TENANT : NEWEST_OF_ALL], &params,
		&entries, &n);

	for (size_t i = 0; i < n && err == ERR_NONE; i++)
		entry(ctx, &entries[i]);
	return err;
}

/* The rarest of what is wanted. */
static int before_by(const struct audit_match *match)
{
	if (match->subject != NULL)
		return BEFORE_OF_SUBJECT;
	if (match->who != NULL)
		return BEFORE_OF_WHO;
	return match->action != NULL ? BEFORE_OF_ACTION : BEFORE;
}

enum err audit_list_before(struct db *db, const struct audit_page *page,
	const struct audit_listed **entries_r, size_t *n_r)
{
	const struct listed_row params = {
		.filter = {.tenant_id = page->tenant_id, .match = page->match},
		.last_id = page->before_id == 0 ? INT64_MAX : page->before_id,
		.n_most = page->n_most,
	};
	struct audit_listed *entries;
	const struct listed_row *rows;
	void *found;
	enum err err =
		stmt_all(db, &statements[before_by(&page->match)], &params, &found, n_r);

	if (err != ERR_NONE)
		return err;
	rows = found;
	entries = arena_array(db->arena, struct audit_listed, *n_r);
	for (size_t i = 0; i < *n_r; i++)
		entries[i] = (struct audit_listed){
			.id = rows[i].row.id,
			.at_us = rows[i].row.at_us,
			.entry = rows[i].row.entry,
			.origin = rows[i].row.origin,
			.sequence = rows[i].listed.sequence,
			.is_signed = audit_is_signed(db, &rows[i].row),
		};
	*entries_r = entries;
	return ERR_NONE;
}
