#include "arena.h"
#include "audit.h"
#include "stmt.h"
#include "user_export.h"

struct export_row {
	int32_t id, tenant_id, app_id, open_platform_id;
	struct uuid row_uuid;
	const char *openid, *unionid, *external_ids, *sources;
	struct profile profile;
	int64_t created_us, seen_us, confirmed_us;
	bool is_disabled;
};

#define ROW(member, type) COLUMN(struct export_row, member, type)

enum { PAGE };

static const struct stmt statements[] = {
	[PAGE] = {
		.text = "SELECT u.id, u.tenant_id, u.row_uuid, u.openid, "
			"IF(u.unionid_platform_id <=> ?, u.unionid, NULL), u.name, u.avatar, "
			"u.phone, u.gender, u.language, u.country, u.province, u.city, "
			"u.created_at, " USER_ROW_LOGIN_AT("u.") ", "
			"IF(a.confirmed_phone_hash = u.phone_hash, a.confirmed_phone_at, NULL), "
			"COALESCE(NOT a.is_active, FALSE), "
			"(SELECT GROUP_CONCAT(x.external_id ORDER BY x.id SEPARATOR ' ') FROM "
			"external_id x WHERE x.tenant_id = u.tenant_id AND x.account_id = "
			"u.account_id), (SELECT GROUP_CONCAT(x.source ORDER BY x.id SEPARATOR "
			"' ') FROM external_id x WHERE x.tenant_id = u.tenant_id AND "
			"x.account_id = u.account_id) FROM wechat_user u LEFT JOIN account a ON "
			"a.tenant_id = u.tenant_id AND a.id = u.account_id "
			"WHERE u.tenant_id = ? AND u.app_id = ? AND u.id > ? AND NOT "
			"u.is_closed ORDER BY u.id LIMIT 1000",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(open_platform_id, REF), ROW(tenant_id, INT32),
			ROW(app_id, INT32), ROW(id, INT32)),
		.columns = COLUMNS(ROW(id, INT32), ROW(tenant_id, INT32),
			ROW(row_uuid, UUID), ROW(openid, STR), ROW(unionid, STR),
			ROW(profile.name, STR), ROW(profile.avatar, STR),
			SEALED_LIKE(
				struct export_row, profile.phone, "wechat_user", "phone"),
			ROW(profile.gender, INT32), ROW(profile.language, STR),
			ROW(profile.country, STR), ROW(profile.province, STR),
			ROW(profile.city, STR), ROW(created_us, TIME), ROW(seen_us, TIME),
			ROW(confirmed_us, TIME), ROW(is_disabled, BOOL),
			ROW(external_ids, STR),
			ROW(sources, STR)),
		.row_size = sizeof(struct export_row),
	},
};

const struct stmt_table user_export_statements = STMT_TABLE(statements);

enum err user_export_begin(struct db *db, const struct app *app)
{
	const struct audit_entry entry = {
		.tenant_id = app->tenant_id,
		.action = "users.export",
		.actor = "wxuserctl",
		.subject = app->appid,
		.details = "{}",
	};

	return audit_write_alone(db, &entry);
}

/* Takes what stands before the next blank, "" too, with the blank. */
static const char *take_word(struct arena *arena, const char **text)
{
	const size_t size = strcspn(*text, " ");
	const char *word = arena_strndup(arena, *text, size);

	*text += size + ((*text)[size] == ' ');
	return word;
}

static struct exported_user exported(struct arena *arena, const struct export_row *row)
{
	struct exported_user user = {
		.id = row->id,
		.row =
			{
				.openid = row->openid,
				.unionid = row->unionid,
				.profile = row->profile,
				.created_us = row->created_us,
				.seen_us = row->seen_us,
				.confirmed_us = row->confirmed_us,
				.is_disabled = row->is_disabled,
			},
	};
	const char *ids = row->external_ids == NULL ? "" : row->external_ids;
	const char *sources = row->sources == NULL ? "" : row->sources;

	for (size_t n = 0; *ids != '\0' && n < USER_IMPORT_IDS_MAX; n++) {
		user.row.external_ids[n] = take_word(arena, &ids);
		user.row.sources[n] = take_word(arena, &sources);
	}
	while (*ids != '\0') {
		take_word(arena, &ids);
		user.n_ids_left++;
	}
	return user;
}

enum err user_export_page(struct db *db, const struct app *app, int32_t after_id,
	const struct exported_user **users_r, size_t *n_users_r)
{
	const struct export_row key = {
		.tenant_id = app->tenant_id,
		.app_id = app->id,
		.open_platform_id = app->open_platform_id,
		.id = after_id,
	};
	struct exported_user *users;
	void *rows;
	enum err err = stmt_all(db, &statements[PAGE], &key, &rows, n_users_r);

	if (err != ERR_NONE)
		return err;
	users = arena_array(db->arena, struct exported_user, *n_users_r);
	for (size_t i = 0; i < *n_users_r; i++)
		users[i] = exported(db->arena, (const struct export_row *)rows + i);
	*users_r = users;
	return ERR_NONE;
}
