#include "admin_session.h"
#include "api_key.h"
#include "arena.h"
#include "audit.h"
#include "conf.h"
#include "stmt.h"
#include "transaction.h"

struct session_row {
	struct admin_session session;
	struct principal principal;
	int32_t operator_id;
	const char *operator_name;
	uint8_t hash[CRYPTO_HASH_SIZE];
	int32_t idle_minutes;
	bool is_noted; /* its last use was a moment ago */
	bool ends_all;
};

#define OTHERS_MAX 99 /* besides the one that begins */
_Static_assert(OTHERS_MAX + 1 == ADMIN_SESSION_MAX, "a key has too many sessions");

#define ROW(member, type) COLUMN(struct session_row, member, type)
#define PRINCIPAL(member, type) COLUMN(struct session_row, principal.member, type)

enum { SUPERFLUOUS, END_OLDEST, BEGIN, FIND, NOTE_USE, READ, END, END_ALL, PURGE };

#define OF_KEY "tenant_id <=> ? AND api_key_id <=> ? AND operator_key_id <=> ?"
#define KEY_PARAMS PRINCIPAL(tenant_id, REF), PRINCIPAL(key_id, REF), ROW(operator_id, REF)
#define OPERATORS_TOO "an operator's session is of no tenant; its key names the tenant"

static const struct stmt statements[] = {
	[SUPERFLUOUS] = {
		.text = "SELECT id FROM admin_session WHERE " OF_KEY " ORDER BY id DESC LIMIT "
			STMT_NUMBER(OTHERS_MAX) ", 1",
		.any_tenant = OPERATORS_TOO,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(KEY_PARAMS),
		.columns = COLUMNS(ROW(session.id, INT64)),
	},
	[END_OLDEST] = {
		.text = "DELETE FROM admin_session WHERE id <= ? AND " OF_KEY,
		.any_tenant = OPERATORS_TOO,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(session.id, INT64), KEY_PARAMS),
	},
	[BEGIN] = {
		.text = "INSERT INTO admin_session (tenant_id, api_key_id, operator_key_id, hash, "
			"created_at, used_at, ends_at) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6), "
			"UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL "
			STMT_NUMBER(ADMIN_SESSION_HOURS) " HOUR)",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(KEY_PARAMS, ROW(hash, HASH)),
	},
	[FIND] = {
		.text = "SELECT s.id, k.id, k.tenant_id, COALESCE(k.scopes, 0), "
			"COALESCE(k.rate_per_s, 0), COALESCE(k.networks, ''), k.name, o.id, "
			"o.name, s.used_at > UTC_TIMESTAMP(6) - INTERVAL "
			STMT_NUMBER(ADMIN_SESSION_NOTED_S) " SECOND FROM admin_session s "
			"LEFT JOIN api_key k ON k.id = s.api_key_id AND " API_KEY_IS_VALID("k.") " "
			"LEFT JOIN operator_key o ON o.id = s.operator_key_id "
			"AND o.revoked_at IS NULL "
			"WHERE s.hash = ? AND s.ends_at > UTC_TIMESTAMP(6) "
			"AND s.used_at > UTC_TIMESTAMP(6) - INTERVAL ? MINUTE "
			"AND COALESCE(k.id, o.id) IS NOT NULL",
		.reads_again = true,
		.any_tenant = STMT_BY_HASH,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(hash, HASH), ROW(idle_minutes, INT32)),
		.columns = COLUMNS(PRINCIPAL(token_id, INT64), PRINCIPAL(key_id, REF),
			PRINCIPAL(tenant_id, REF), PRINCIPAL(scopes, INT32),
			PRINCIPAL(rate_per_s, INT32), PRINCIPAL(networks, STR),
			PRINCIPAL(name, STR), ROW(operator_id, REF), ROW(operator_name, STR),
			ROW(is_noted, BOOL)),
	},
	[NOTE_USE] = {
		.text = "UPDATE admin_session SET used_at = UTC_TIMESTAMP(6) WHERE hash = ?",
		.any_tenant = STMT_BY_HASH,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(hash, HASH)),
	},
	[READ] = {
		.text = "SELECT id, created_at, ends_at, "
			"LEAST(ends_at, used_at + INTERVAL ? MINUTE) FROM admin_session "
			"WHERE id = ? AND " OF_KEY,
		.any_tenant = OPERATORS_TOO,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(
			ROW(idle_minutes, INT32), PRINCIPAL(token_id, INT64), KEY_PARAMS),
		.columns = COLUMNS(ROW(session.id, INT64), ROW(session.created_us, TIME),
			ROW(session.ends_us, TIME), ROW(session.idle_ends_us, TIME)),
	},
	[END] = {
		.text = "DELETE FROM admin_session WHERE id = ? AND " OF_KEY,
		.any_tenant = OPERATORS_TOO,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(PRINCIPAL(token_id, INT64), KEY_PARAMS),
	},
	[END_ALL] = {
		.text = "DELETE FROM admin_session WHERE " OF_KEY,
		.any_tenant = OPERATORS_TOO,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(KEY_PARAMS),
	},
	[PURGE] = STMT_PURGE("admin_session", "id",
		"admin_session FORCE INDEX (admin_session_age) "
		"WHERE ends_at < UTC_TIMESTAMP(6) ORDER BY ends_at",
		"admin_session.id = old.id"),
};

const struct stmt_table admin_session_statements = STMT_TABLE(statements);

/* The columns of a row name the key by its kind. */
static struct session_row session_row_of(struct db *db, const struct principal *principal)
{
	struct session_row row = {
		.principal = *principal,
		.idle_minutes = (int32_t)db->conf->admin_session_minutes,
	};

	if (principal->kind == PRINCIPAL_OPERATOR) {
		row.operator_id = principal->key_id;
		row.principal.key_id = 0;
	}
	return row;
}

static enum err session_note(struct db *db, const struct session_row *row, const char *action)
{
	const struct audit_entry entry = {
		.tenant_id = row->principal.tenant_id,
		.action = action,
		.actor = AUDIT_ACTOR_ADMIN,
		.subject = row->ends_all
			? "all sessions"
			: arena_printf(db->arena, "session %lld", (long long)row->session.id),
		.details = "{}",
	};

	return audit_write(db, &entry);
}

/* Two sessions that begin at once may leave one more than there should be. */
static enum err make_room(struct db *db, struct session_row *row)
{
	struct session_row oldest = *row;
	enum err err = stmt_need(db, &statements[SUPERFLUOUS], row, &oldest, ERR_ABSENT);

	if (err != ERR_NONE)
		return err == ERR_ABSENT ? ERR_NONE : err;
	err = stmt_write(db, &statements[END_OLDEST], &oldest);
	return err == ERR_NONE ? session_note(db, &oldest, "admin.session_end") : err;
}

static enum err session_insert(struct db *db, void *ctx)
{
	struct session_row *row = ctx;
	enum err err = make_room(db, row);

	if (err == ERR_NONE)
		err = stmt_write(db, &statements[BEGIN], row);
	row->session.id = row->principal.token_id = db->insert_id;
	if (err == ERR_NONE)
		err = stmt_need(db, &statements[READ], row, row, ERR_INTERNAL);
	return err == ERR_NONE ? session_note(db, row, "admin.session_begin") : err;
}

enum err admin_session_begin(struct db *db, const struct principal *principal,
	struct admin_session *session_r, char text_r[SECRET_TOKEN_SIZE + 1])
{
	struct session_row row = session_row_of(db, principal);
	enum err err;

	secret_token_make(db->keys, SECRET_TOKEN_PREFIX_SESSION, text_r);
	crypto_sha256(text_r, SECRET_TOKEN_SIZE, row.hash);
	err = transaction_run(db, session_insert, &row);
	*session_r = row.session;
	return err;
}

static enum err session_find(struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], bool is_use,
	struct principal *principal_r)
{
	struct session_row row = {.idle_minutes = (int32_t)db->conf->admin_session_minutes};
	enum err err;

	*principal_r = (struct principal){0};
	memcpy(row.hash, hash, sizeof(row.hash));
	err = stmt_need(db, &statements[FIND], &row, &row, ERR_UNAUTHORIZED);
	if (err != ERR_NONE)
		return err;
	if (is_use && !row.is_noted)
		stmt_write_spare(db, &statements[NOTE_USE], &row);
	*principal_r = row.principal;
	principal_r->kind = PRINCIPAL_API_KEY;
	if (row.operator_id != 0) {
		principal_r->kind = PRINCIPAL_OPERATOR;
		principal_r->key_id = row.operator_id;
		principal_r->name = row.operator_name;
	}
	return ERR_NONE;
}

enum err admin_session_find(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r)
{
	return session_find(db, hash, true, principal_r);
}

enum err admin_session_find_unused(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r)
{
	return session_find(db, hash, false, principal_r);
}

enum err admin_session_read(
	struct db *db, const struct principal *principal, struct admin_session *session_r)
{
	struct session_row row = session_row_of(db, principal);
	enum err err = ERR_ABSENT;

	if (principal->token_id != 0)
		err = stmt_need(db, &statements[READ], &row, &row, ERR_ABSENT);
	*session_r = row.session;
	return err;
}

/* A session that somebody has ended since stays as it is. */
static enum err session_delete(struct db *db, void *ctx)
{
	const struct session_row *row = ctx;
	enum err err = stmt_write(db, &statements[row->ends_all ? END_ALL : END], row);

	return err == ERR_NONE && db->n_rows > 0 ? session_note(db, row, "admin.session_end")
						 : err;
}

enum err admin_session_end(struct db *db, const struct principal *principal, bool ends_all)
{
	struct session_row row = session_row_of(db, principal);

	row.session.id = principal->token_id;
	row.ends_all = ends_all;
	if (principal->token_id == 0 && !ends_all)
		return ERR_NONE;
	return transaction_run(db, session_delete, &row);
}

enum err admin_session_purge(struct db *db)
{
	return stmt_write(db, &statements[PURGE], NULL);
}
