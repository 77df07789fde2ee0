#include "arena.h"
#include "audit.h"
#include "erasure_pending.h"
#include "erasure_rows.h"
#include "member_erasure.h"
#include "stmt.h"
#include "tombstone.h"
#include "transaction.h"
#include "user_row.h"

struct member_row {
	int32_t tenant_id, id;
	struct uuid row_uuid;
	const char *phone;
	bool is_bound, is_void;
	int64_t changed_us, now_us;
};

#define ROW(member, type) COLUMN(struct member_row, member, type)

enum { LOCK, UNBIND };

static const struct stmt statements[] = {
	[LOCK] = {
		.text = "SELECT tenant_id, row_uuid, phone, EXISTS (SELECT 1 FROM wechat_user "
			"WHERE member_id = member.id), card_state = 2, "
			"COALESCE(modified_at, created_at), UTC_TIMESTAMP(6) FROM member "
			"WHERE tenant_id = ? AND id = ? FOR UPDATE",
		.reads_again = true,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(id, INT32)),
		.columns = COLUMNS(ROW(tenant_id, INT32), ROW(row_uuid, UUID),
			TRIED(struct member_row, phone, "member", "phone"), ROW(is_bound, BOOL),
			ROW(is_void, BOOL), ROW(changed_us, TIME), ROW(now_us, TIME)),
	},
	[UNBIND] = {
		.text = "UPDATE wechat_user SET " USER_ROW_SET_CHANGED("") ", member_id = NULL, "
			"is_only_user = NULL WHERE tenant_id = ? AND member_id = ?",
		.changes_users = true,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(id, INT32)),
	},
};

const struct stmt_table member_erasure_statements = STMT_TABLE(statements);

static enum err delete_member(
	struct db *db, const struct member_row *row, struct erased *erased)
{
	const struct erasure_target target = {.tenant_id = row->tenant_id, .member_id = row->id};
	enum err err = stmt_write(db, &statements[UNBIND], row);

	if (err == ERR_NONE)
		err = erasure_rows_delete(db, ERASE_BY_member, &target, erased);
	return err == ERR_NONE ? erasure_rows_delete_phone(db, &target, row->phone, erased) : err;
}

static enum err audit_erasure(struct db *db, const struct member_erasure *erasure)
{
	const struct audit_entry entry = {
		.tenant_id = erasure->tenant_id, .action = "member.erase",
		.actor = erasure->actor, .details = "{}",
		.subject = arena_printf(db->arena, "member %d", erasure->id),
	};

	return audit_write(db, &entry);
}

enum err member_erasure_apply(
	struct db *db, const struct member_erasure *erasure, struct erased *erased)
{
	struct member_row row = {.tenant_id = erasure->tenant_id, .id = erasure->id};
	struct tombstone_subject subject;
	enum err err = stmt_need(db, &statements[LOCK], &row, &row, ERR_MEMBER_UNKNOWN);

	if (err != ERR_NONE || (row.is_bound && erasure->keeps_bound) ||
		(erasure->void_since_us != 0 &&
			(!row.is_void || row.changed_us >= erasure->void_since_us)))
		return err;
	erased->is_found = true;
	err = delete_member(db, &row, erased);
	if (err == ERR_NONE)
		err = audit_erasure(db, erasure);
	if (err != ERR_NONE || erasure->is_dry_run || erasure->is_replay)
		return err;
	subject = (struct tombstone_subject){
		.tenant_id = row.tenant_id, .member_uuid = row.row_uuid, .phone = row.phone,
	};
	return erasure_pending_add(db, &subject, row.now_us);
}

struct member_erasure_ctx {
	const struct member_erasure *erasure;
	struct erased *erased;
};

static enum err member_erasure_in_transaction(struct db *db, void *ctx)
{
	const struct member_erasure_ctx *erasing = ctx;

	*erasing->erased = (struct erased){0};
	return member_erasure_apply(db, erasing->erasure, erasing->erased);
}

enum err member_erasure_run(
	struct db *db, const struct member_erasure *erasure, struct erased *erased_r)
{
	struct member_erasure_ctx erasing = {.erasure = erasure, .erased = erased_r};

	return erasure->is_dry_run
		? transaction_dry_run(db, member_erasure_in_transaction, &erasing)
		: transaction_run(db, member_erasure_in_transaction, &erasing);
}
