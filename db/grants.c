#include <string.h>

#include "arena.h"
#include "buf.h"
#include "column.h"
#include "conf.h"
#include "conn.h"
#include "grants.h"
#include "node_report.h"
#include "sealed_columns.h"
#include "server.h"
#include "session.h"
#include "statement_grants.h"
#include "statements.h"
#include "stmt.h"

#define NEED_OF_MIGRATION                                                                       \
	(GRANT_SELECT | GRANT_INSERT | GRANT_UPDATE | GRANT_DELETE | GRANT_OF_TABLES)

/* ---- What is needed. */

struct need {
	struct grants *grants;
	struct arena *arena;
	enum db_user user;
};

static void need_text(const struct need *need, const char *text)
{
	if (!statement_grants_add(need->grants, need->arena, text))
		BUG("db/statement_grants.c cannot read this statement: %s", text);
}

static void need_statement(void *ctx, const struct stmt *stmt)
{
	const struct need *need = ctx;

	if (stmt->user <= need->user)
		need_text(need, stmt->text);
}

/* "keys rotate" and "keys verify". */
static void need_sealed(const struct need *need)
{
	struct sealed_columns sealed;

	sealed_columns_find(&sealed);
	for (size_t i = 0; i < sealed.n; i++) {
		need_text(need, sealed.columns[i]->sql->values);
		need_text(need, sealed.columns[i]->sql->others);
		need_text(need, sealed.columns[i]->sql->replace);
		need_text(need, sealed.columns[i]->sql->numbers);
	}
}

/* Who may insert rows may write all of them; who may not writes some columns. */
static void need_limit(struct grant *grant)
{
	if ((grant->rights & GRANT_INSERT) != 0)
		grant->n_columns = 0;
	else
		grant->rights &= ~(unsigned)GRANT_UPDATE;
}

void grants_need(struct grants *grants_r, struct arena *arena, enum db_user user)
{
	const struct need need = {.grants = grants_r, .arena = arena, .user = user};

	*grants_r = (struct grants){0};
	if (user == DB_USER_MIGRATION) {
		grants_r->of_database = NEED_OF_MIGRATION;
		grants_r->may_grant = true;
		return;
	}
	statements_each(need_statement, (void *)&need);
	need_text(&need, node_report_version_sql);
	if (user == DB_USER_CONTROL) {
		need_sealed(&need);
		grants_r->of_database = GRANT_SELECT;
	}
	for (size_t i = 0; i < grants_r->n; i++) {
		need_limit(&grants_r->tables[i]);
		grants_r->tables[i].rights &= ~grants_r->of_database;
	}
}

/* ---- What it has. */

struct grants_reading {
	struct grantee *grantee;
	struct arena *arena;
};

static void grants_note_line(void *ctx, const char *line)
{
	const struct grants_reading *reading = ctx;

	grants_add_line(reading->grantee, reading->arena, line);
}

enum err grants_read(struct db *db, struct grantee *grantee)
{
	struct grants_reading reading = {grantee, db->arena};
	enum err err;

	grantee->has = (struct grants){0};
	grantee->pattern = NULL;
	grantee->has_of_others = false;
	grantee->beyond = NULL;
	grantee->database = db->conf->database_name;
	err = server_each_grant(db, grants_note_line, &reading);
	if (err == ERR_NONE)
		err = server_account(db, &grantee->account);
	return err;
}

/* ---- What is missing. */

static void write_columns(struct buf *out, const struct grant *grant, const char *before)
{
	buf_printf(out, "%sUPDATE (", before);
	for (size_t i = 0; i < grant->n_columns; i++) {
		buf_append_str(out, i == 0 ? "" : ", ");
		grant_write_name(out, grant->columns[i]);
	}
	buf_append_str(out, ")");
}

/* In the name of a database an underscore stands for any character, unless \ is before it. */
static void write_pattern(struct buf *out, const struct grantee *grantee)
{
	struct buf pattern = {0};

	for (const char *at = grantee->database; *at != '\0'; at++) {
		if (strchr("_%\\", *at) != NULL)
			buf_append_char(&pattern, '\\');
		buf_append_char(&pattern, *at);
	}
	buf_append_char(&pattern, '\0');
	grant_write_name(out, grantee->pattern != NULL ? grantee->pattern : pattern.data);
	buf_release(&pattern);
}

/* Writes " ON `wxuser`.`audit` TO `wxuser`@`localhost`;". table: NULL for all. */
static void write_end(
	struct buf *out, const struct grantee *grantee, const char *table, const char *word)
{
	buf_append_str(out, " ON ");
	if (table == NULL) {
		write_pattern(out, grantee);
		buf_append_str(out, ".*");
	} else {
		grant_write_name(out, grantee->database);
		buf_append_str(out, ".");
		grant_write_name(out, table);
	}
	buf_printf(out, " %s %s;\n", word, grantee->account);
}

/* What it needs of the table and is not given in rights. */
static struct grant grant_missing(
	const struct grant *need, unsigned rights, const struct grant *has)
{
	struct grant missing = {.table = need->table};

	if (has != NULL)
		rights |= has->rights;
	missing.rights = need->rights & ~rights;
	for (size_t i = 0; i < need->n_columns && (rights & GRANT_UPDATE) == 0; i++)
		if (has == NULL || !grant_has_column(has, need->columns[i]))
			missing.columns[missing.n_columns++] = need->columns[i];
	return missing;
}

static void write_grant(
	struct buf *out, const char *verb, const struct grant *grant)
{
	buf_printf(out, "%s ", verb);
	grant_write_rights(out, grant->rights);
	if (grant->n_columns > 0)
		write_columns(out, grant, grant->rights == 0 ? "" : ", ");
}

/* everywhere: the rights on *.* that count. */
static size_t write_missing(
	struct buf *out, const struct grantee *grantee, unsigned everywhere)
{
	const struct grants *has = &grantee->has, *need = &grantee->need;
	const unsigned missing = need->of_database & ~(everywhere | has->of_database);
	size_t n = 0;

	if (missing != 0) {
		const struct grant of_database = {.rights = missing};

		write_grant(out, "GRANT", &of_database);
		write_end(out, grantee, NULL, "TO");
		n++;
	}
	for (size_t i = 0; i < need->n; i++) {
		const struct grant *of = &need->tables[i];
		const struct grant grant =
			grant_missing(of, everywhere, grants_find(has, of->table));

		if (grant.rights == 0 && grant.n_columns == 0)
			continue;
		write_grant(out, "GRANT", &grant);
		write_end(out, grantee, of->table, "TO");
		n++;
	}
	return n;
}

size_t grants_write_missing(struct buf *out, const struct grantee *grantee)
{
	return write_missing(out, grantee, grantee->has.everywhere);
}

size_t grants_count_lacking(const struct grantee *grantee)
{
	const struct grants *has = &grantee->has, *need = &grantee->need;
	const unsigned rights = has->everywhere | has->of_database;
	size_t n = (need->of_database & ~rights) != 0;

	for (size_t i = 0; i < need->n; i++) {
		const struct grant *of = &need->tables[i];
		const struct grant grant =
			grant_missing(of, rights, grants_find(has, of->table));

		n += grant.rights != 0 || grant.n_columns != 0;
	}
	return n;
}

enum err grants_give(struct db *db, const struct grantee *grantee)
{
	struct buf sql = {0};
	enum err err = ERR_NONE;
	char *rest;

	grants_write_missing(&sql, grantee);
	buf_append_char(&sql, '\0');
	for (char *line = strtok_r(sql.data, "\n", &rest); line != NULL && err == ERR_NONE;
		line = strtok_r(NULL, "\n", &rest)) {
		if (session_open_to_write(db) != 0 || conn_query(db, line) != 0) {
			db->error.sql = "(GRANT)";
			err = db_error_report(&db->error);
		}
	}
	buf_release(&sql);
	return err;
}

/* ---- What is too much. */

/* What it has of the table and does not need. The columns are those of UPDATE alone, which come
 * with no right to the table. */
static struct grant grant_excess(const struct grants *need, const struct grant *has)
{
	static const struct grant none;
	const struct grant *wanted = grants_find(need, has->table);
	struct grant excess = {.table = has->table};

	if (wanted == NULL)
		wanted = &none;
	excess.rights = has->rights & ~wanted->rights;
	for (size_t i = 0; i < has->n_columns; i++)
		if ((wanted->rights & GRANT_UPDATE) == 0 &&
			!grant_has_column(wanted, has->columns[i]))
			excess.columns[excess.n_columns++] = has->columns[i];
	return excess;
}

/* Who takes UPDATE of a table away takes that of its columns away, too. */
static void write_columns_again(
	struct buf *out, const struct grantee *grantee, const struct grant *excess)
{
	const struct grant *wanted = grants_find(&grantee->need, excess->table);
	struct grant columns;

	if (wanted == NULL || wanted->n_columns == 0 || (excess->rights & GRANT_UPDATE) == 0)
		return;
	columns = *wanted;
	columns.rights = 0;
	write_grant(out, "GRANT", &columns);
	write_end(out, grantee, columns.table, "TO");
}

/* Whether it has a right to all of the table whose columns these are. */
static bool beyond_is_needed(const struct grantee *grantee, const struct grant_beyond *beyond)
{
	const struct grant *wanted =
		beyond->table == NULL ? NULL : grants_find(&grantee->need, beyond->table);
	const unsigned rights = grantee->need.of_database | (wanted == NULL ? 0 : wanted->rights);

	if (beyond->is_option)
		return grantee->need.may_grant;
	return beyond->table != NULL && (rights & beyond->right) != 0;
}

/* What it has on *.* may be what it needs: that is given first. */
static size_t write_beyond(struct buf *out, const struct grantee *grantee)
{
	size_t n = 0;

	if (grantee->has.everywhere != 0)
		write_missing(out, grantee, 0);
	for (const struct grant_beyond *at = grantee->beyond; at != NULL; at = at->next) {
		if (beyond_is_needed(grantee, at))
			continue;
		buf_printf(out, "%sREVOKE %s%s%s FROM %s;\n",
			at->rights == NULL || at->is_of_others ? "-- Unless it is for others: "
							       : "",
			at->rights == NULL ? "" : at->rights, at->rights == NULL ? "" : " ON ",
			at->object, grantee->account);
		n += at->rights != NULL && !at->is_of_others;
	}
	return n;
}

size_t grants_write_excess(struct buf *out, const struct grantee *grantee)
{
	const struct grants *has = &grantee->has, *need = &grantee->need;
	const struct grant of_database = {.rights = has->of_database & ~need->of_database};
	size_t n = write_beyond(out, grantee);

	if (grantee->has_of_others)
		return n;
	if (of_database.rights != 0) {
		write_grant(out, "REVOKE", &of_database);
		write_end(out, grantee, NULL, "FROM");
		n++;
	}
	for (size_t i = 0; i < has->n; i++) {
		const struct grant excess = grant_excess(need, &has->tables[i]);

		if (excess.rights == 0 && excess.n_columns == 0)
			continue;
		write_grant(out, "REVOKE", &excess);
		write_end(out, grantee, excess.table, "FROM");
		write_columns_again(out, grantee, &excess);
		n++;
	}
	return n;
}

/* What the walls between the users are for. table: NULL for any. */
static const struct {
	const char *table;
	unsigned rights;
	const char *deed;
} walls[] = {
	{"audit", GRANT_UPDATE | GRANT_DELETE | GRANT_DROP, "change the audit"},
	{"api_key", GRANT_INSERT | GRANT_UPDATE, "make API keys"},
	{"app", GRANT_INSERT | GRANT_UPDATE, "exchange the secrets of apps"},
	{"setting", GRANT_INSERT | GRANT_UPDATE | GRANT_DELETE, "change the tenants' settings"},
	{"key_check", GRANT_UPDATE | GRANT_DELETE, "forget which keys there were"},
	{NULL, GRANT_OF_TABLES, "change and drop tables"},
};

static unsigned grantee_rights(const struct grants *grants, const char *table)
{
	const struct grant *grant = table == NULL ? NULL : grants_find(grants, table);

	return grants->everywhere | grants->of_database | (grant == NULL ? 0 : grant->rights);
}

/* What it has of the table and does not need: UPDATE, too, if that is of a column alone. */
static unsigned grantee_excess(const struct grantee *grantee, const char *table)
{
	const unsigned needed = grantee_rights(&grantee->need, table);
	const struct grant *grant = table == NULL ? NULL : grants_find(&grantee->has, table);
	unsigned rights = grantee_rights(&grantee->has, table) & ~needed;

	if (grant != NULL && (needed & GRANT_UPDATE) == 0 &&
		grant_excess(&grantee->need, grant).n_columns > 0)
		rights |= GRANT_UPDATE;
	return rights;
}

/* Returns what goes between this and what comes after it. */
static const char *write_deeds_beyond(
	struct buf *out, const struct grantee *grantee, const char *between)
{
	for (const struct grant_beyond *at = grantee->beyond; at != NULL; at = at->next) {
		if (beyond_is_needed(grantee, at))
			continue;
		if (at->rights == NULL)
			buf_printf(out, "%stake the role %s", between, at->object);
		else
			buf_printf(out, "%suse %s on %s", between, at->rights, at->object);
		between = ", ";
	}
	return between;
}

bool grants_write_unprotected(struct buf *out, const struct grantee *grantee)
{
	const char *between = "";

	for (size_t i = 0; i < sizeof(walls) / sizeof(walls[0]); i++) {
		if ((grantee_excess(grantee, walls[i].table) & walls[i].rights) == 0)
			continue;
		buf_printf(out, "%s%s", between, walls[i].deed);
		between = ", ";
	}
	return *write_deeds_beyond(out, grantee, between) != '\0';
}
