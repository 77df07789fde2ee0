#include "arena.h"
#include "audit.h"
#include "member_roll.h"
#include "member_row.h"
#include "tenant.h"
#include "transaction.h"

enum { PAGE };

static const struct stmt statements[] = {
	[PAGE] = {
		.text = MEMBER_ROW_SELECT "WHERE tenant_id = ? AND id > ? ORDER BY id LIMIT 1000",
		.params = COLUMNS(COLUMN(struct member, tenant_id, INT32),
			COLUMN(struct member, id, INT32)),
		.columns = member_row_columns,
		.row_size = sizeof(struct member),
	},
};

const struct stmt_table member_roll_statements = STMT_TABLE(statements);

struct effect {
	const struct member_roll *roll;
	int n_new, n_changed;
};

/* What a line says over what is stored; whether anything changes. */
static bool put_text(const char **stored, const char *line)
{
	if (line == NULL || strcmp(*stored, line) == 0)
		return false;
	*stored = line;
	return true;
}

static bool put_number(int32_t *stored, int32_t line)
{
	if (line == MEMBER_KEEP || *stored == line)
		return false;
	*stored = line;
	return true;
}

static bool put(struct member *stored, const struct member *line)
{
	bool is_changed = put_text(&stored->name, line->name);

	is_changed |= put_text(&stored->id_card, line->id_card);
	is_changed |= put_text(&stored->address, line->address);
	is_changed |= put_text(&stored->birthday, line->birthday);
	is_changed |= put_number(&stored->sex, line->sex);
	is_changed |= put_number(&stored->card_state, line->card_state);
	return is_changed;
}

static int find(struct db *db, const struct member_line *line, struct member *stored_r)
{
	struct member key = line->member;
	bool is_void = key.card_state == CARD_VOID;
	int found = 0;

	key.tenant_id = stored_r->tenant_id;
	if (!is_void || line->voids_live)
		found = member_row_lock(db, &key, stored_r);
	if (found == 0 && is_void)
		found = member_row_lock_void(db, &key, stored_r);
	return found;
}

/* 0, STMT_DUPLICATE or -1. */
static int add(struct db *db, struct effect *effect, const struct member *line)
{
	struct member row = {.tenant_id = effect->roll->tenant_id, .phone = line->phone};

	member_row_fill(&row);
	put(&row, line);
	effect->n_new++;
	return member_row_insert(db, &row);
}

static int apply_line(struct db *db, struct effect *effect, const struct member_line *line)
{
	struct member stored = {.tenant_id = effect->roll->tenant_id};
	int found = find(db, line, &stored);

	if (found < 0)
		return -1;
	if (found == 0)
		return add(db, effect, &line->member);
	if (!put(&stored, &line->member))
		return 0;
	effect->n_changed++;
	return member_row_update(db, &stored);
}

static int note(struct db *db, int32_t tenant_id, const char *action, const char *details)
{
	const struct audit_entry entry = {
		.tenant_id = tenant_id,
		.action = action,
		.actor = "wxuserctl",
		.subject = "members",
		.details = details,
	};

	return audit_write(db, &entry);
}

static enum err apply(struct db *db, void *ctx)
{
	struct effect *effect = ctx;
	const struct member_roll *roll = effect->roll;
	enum err err = tenant_check(db, roll->tenant_id);

	if (err != ERR_NONE)
		return err;
	effect->n_new = 0;
	effect->n_changed = 0;
	for (size_t i = 0; i < roll->n_lines; i++) {
		err = transaction_wrote(db, apply_line(db, effect, &roll->lines[i]));
		if (err != ERR_NONE)
			return err;
	}
	if (note(db, roll->tenant_id, "member.import",
		    arena_printf(db->arena, "{\"lines\":%zu,\"new\":%d,\"changed\":%d}",
			    roll->n_lines, effect->n_new, effect->n_changed)) != 0)
		return transaction_failed(db);
	return ERR_NONE;
}

enum err member_roll_apply(struct db *db, const struct member_roll *roll)
{
	struct effect effect = {.roll = roll};

	return transaction_run(db, apply, &effect);
}

enum err member_roll_open(struct db *db, int32_t tenant_id)
{
	enum err err = tenant_check(db, tenant_id);

	if (err == ERR_NONE && note(db, tenant_id, "member.export", "{}") != 0)
		err = conn_err(db);
	return err;
}

enum err member_roll_page(struct db *db, int32_t tenant_id, int32_t after_id,
	const struct member **members_r, size_t *n_members_r)
{
	const struct member key = {.tenant_id = tenant_id, .id = after_id};
	void *rows;

	if (stmt_all(db, &statements[PAGE], &key, &rows, n_members_r) != 0)
		return conn_err(db);
	*members_r = rows;
	return ERR_NONE;
}
