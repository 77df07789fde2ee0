#include "arena.h"
#include "confirmed_phone.h"
#include "crypto.h"
#include "stmt.h"
#include "str.h"
#include "user_import_id.h"
#include "user_import_look.h"

#define TEXTS_AT_ONCE USER_IMPORT_ERASED_MAX

struct look_key {
	int32_t tenant_id, app_id, open_platform_id;
	const char *source;
	const char *texts[TEXTS_AT_ONCE];
	size_t n_texts;
};

struct phone_holder {
	uint8_t phone_hash[CRYPTO_HASH_SIZE];
	int64_t confirmed_us;
};

struct owned_text {
	const char *text;
	struct uuid account_id;
};

#define KEY(member, type) COLUMN(struct look_key, member, type)
#define TEXT(i) KEY(texts[i], STR)
#define TEXTS STMT_FIFTY(TEXT, 0)
#define PHONE(i) FOUND_BY(struct look_key, texts[i], LOOKUP, "phone")
#define KNOWN(member, type) COLUMN(struct known_user, member, type)
#define OWNED(member, type) COLUMN(struct owned_text, member, type)
#define HOLDER(member, type) COLUMN(struct phone_holder, member, type)
#define FIVE_PHONES                                                                                \
	"confirmed_phone_hash = ? OR confirmed_phone_hash = ? OR confirmed_phone_hash = ? "        \
	"OR confirmed_phone_hash = ? OR confirmed_phone_hash = ?"
#define TEN_PHONES FIVE_PHONES " OR " FIVE_PHONES

enum { USERS, UNIONIDS, EXTERNAL_IDS, FOLLOWS, PHONES };

static const struct stmt statements[] = {
	[USERS] = {
		.text = "SELECT " USER_ROW_NAMES("u.") ", u.is_closed, u.created_at, "
			USER_ROW_LOGIN_AT("u.") ", a.confirmed_phone_at, "
			"COALESCE(a.confirmed_phone_hash = u.phone_hash, FALSE), "
			"COALESCE(a.is_active, FALSE) "
			"FROM wechat_user u LEFT JOIN account a ON a.tenant_id = u.tenant_id AND "
			"a.id = u.account_id WHERE u.tenant_id = ? AND u.openid IN ("
			STMT_FIFTY_MARKS ") LIMIT 50",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(KEY(tenant_id, INT32), TEXTS),
		.columns = COLUMNS(USER_ROW_COLUMNS, USER_ROW(is_closed, BOOL),
			KNOWN(created_us, TIME), KNOWN(session_us, TIME),
			KNOWN(confirmed_us, TIME), KNOWN(is_own_confirmed, BOOL),
			KNOWN(is_active, BOOL)),
		.row_size = sizeof(struct known_user),
	},
	[UNIONIDS] = {
		.text = "SELECT unionid, account_id FROM account_unionid WHERE tenant_id = ? AND "
			"open_platform_id = ? AND unionid IN (" STMT_FIFTY_MARKS ") LIMIT 50",
		.user = DB_USER_CONTROL,
		.params =
			COLUMNS(KEY(tenant_id, INT32), KEY(open_platform_id, INT32), TEXTS),
		.columns = COLUMNS(OWNED(text, STR), OWNED(account_id, UUID)),
		.row_size = sizeof(struct owned_text),
	},
	[EXTERNAL_IDS] = {
		.text = "SELECT external_id, account_id FROM external_id WHERE tenant_id = ? AND "
			"source = ? AND external_id IN (" STMT_FIFTY_MARKS ") LIMIT 50",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(KEY(tenant_id, INT32), KEY(source, STR), TEXTS),
		.columns = COLUMNS(OWNED(text, STR), OWNED(account_id, UUID)),
		.row_size = sizeof(struct owned_text),
	},
	[FOLLOWS] = {
		.text = "SELECT openid FROM waiting_follow WHERE tenant_id = ? AND app_id = ? "
			"AND openid IN (" STMT_FIFTY_MARKS ") LIMIT 50",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(KEY(tenant_id, INT32), KEY(app_id, INT32), TEXTS),
		.columns = COLUMNS(OWNED(text, STR)),
		.row_size = sizeof(struct owned_text),
	},
	[PHONES] = {
		.text = "SELECT confirmed_phone_hash, confirmed_phone_at FROM account WHERE "
			"tenant_id = ? AND (" TEN_PHONES " OR " TEN_PHONES " OR " TEN_PHONES
			" OR " TEN_PHONES " OR " TEN_PHONES ") AND NOT EXISTS (SELECT 1 "
			"FROM account_alias WHERE alias = account.id) LIMIT 1000",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(KEY(tenant_id, INT32), STMT_FIFTY(PHONE, 0)),
		.columns = COLUMNS(HOLDER(phone_hash, HASH), HOLDER(confirmed_us, TIME)),
		.row_size = sizeof(struct phone_holder),
	},
};

const struct stmt_table user_import_look_statements = STMT_TABLE(statements);

static struct look_key key_of(const struct user_import *import)
{
	return (struct look_key){
		.tenant_id = import->app->tenant_id,
		.app_id = import->app->id,
		.open_platform_id = import->app->open_platform_id,
	};
}

static void key_add(struct look_key *key, const char *text)
{
	if (!str_is_empty(text))
		key->texts[key->n_texts++] = text;
}

/* Looks the key's texts up; the last one fills the list. None is nobody's. */
static enum err look_up(
	struct db *db, int statement, struct look_key *key, void **rows_r, size_t *n_rows_r)
{
	*n_rows_r = 0;
	if (key->n_texts == 0)
		return ERR_NONE;
	for (size_t i = key->n_texts; i < TEXTS_AT_ONCE; i++)
		key->texts[i] = key->texts[key->n_texts - 1];
	return stmt_all(db, &statements[statement], key, rows_r, n_rows_r);
}

static struct uuid owner_of(const struct owned_text *owned, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(owned[i].text, text) == 0)
			return owned[i].account_id;
	return (struct uuid){{0}};
}

/* ---- Of up to TEXTS_AT_ONCE rows. */

struct part {
	const struct user_import *import;
	const struct user_import_row *rows;
	struct user_import_look *looks;
	size_t n_rows;
};

static enum err look_for_users(struct db *db, const struct part *part)
{
	struct look_key key = key_of(part->import);
	const struct known_user *known;
	void *found = NULL;
	size_t n;
	enum err err;

	for (size_t i = 0; i < part->n_rows; i++)
		key_add(&key, part->rows[i].openid);
	err = look_up(db, USERS, &key, &found, &n);
	known = found;
	for (size_t i = 0; i < part->n_rows && err == ERR_NONE; i++)
		for (size_t k = 0; k < n; k++)
			if (strcmp(known[k].user.openid, part->rows[i].openid) == 0)
				part->looks[i].known = &known[k];
	return err;
}

static enum err look_for_unionids(struct db *db, const struct part *part)
{
	struct look_key key = key_of(part->import);
	void *found = NULL;
	size_t n;
	enum err err;

	for (size_t i = 0; i < part->n_rows && key.open_platform_id != 0; i++)
		key_add(&key, part->rows[i].unionid);
	err = look_up(db, UNIONIDS, &key, &found, &n);
	for (size_t i = 0; i < part->n_rows && err == ERR_NONE; i++)
		if (part->rows[i].unionid != NULL)
			part->looks[i].owner_id = owner_of(found, n, part->rows[i].unionid);
	return err;
}

static bool is_of_source(const struct part *part, size_t i, size_t place, const char *source)
{
	const struct user_import_row *row = &part->rows[i];

	return row->external_ids[place] != NULL &&
		strcmp(user_import_source(part->import, row, place), source) == 0;
}

static enum err look_for_ids_of_source(
	struct db *db, const struct part *part, size_t place, const char *source)
{
	struct look_key key = key_of(part->import);
	void *found = NULL;
	size_t n;
	enum err err;

	key.source = source;
	for (size_t i = 0; i < part->n_rows; i++)
		if (is_of_source(part, i, place, source))
			key_add(&key, part->rows[i].external_ids[place]);
	err = look_up(db, EXTERNAL_IDS, &key, &found, &n);
	for (size_t i = 0; i < part->n_rows && err == ERR_NONE; i++)
		if (is_of_source(part, i, place, source))
			part->looks[i].external_owners[place] =
				owner_of(found, n, part->rows[i].external_ids[place]);
	return err;
}

/* Most rows are of one source. */
static enum err look_for_external_ids(struct db *db, const struct part *part, size_t place)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < part->n_rows && err == ERR_NONE; i++) {
		const char *source = user_import_source(part->import, &part->rows[i], place);
		size_t first = 0;

		while (!is_of_source(part, first, place, source) && first < i)
			first++;
		if (part->rows[i].external_ids[place] != NULL && first == i)
			err = look_for_ids_of_source(db, part, place, source);
	}
	return err;
}

/* WeChat tells of official accounts alone that they are followed. */
static enum err look_for_follows(struct db *db, const struct part *part)
{
	struct look_key key = key_of(part->import);
	const struct owned_text *follows;
	void *found = NULL;
	size_t n;
	enum err err;

	for (size_t i = 0; i < part->n_rows && part->import->app->kind == APP_OFFICIAL; i++)
		key_add(&key, part->rows[i].openid);
	err = look_up(db, FOLLOWS, &key, &found, &n);
	follows = found;
	for (size_t i = 0; i < part->n_rows && err == ERR_NONE; i++)
		for (size_t k = 0; k < n; k++)
			part->looks[i].has_followed |=
				strcmp(follows[k].text, part->rows[i].openid) == 0;
	return err;
}

static bool confirms_new_phone(const struct part *part, size_t i)
{
	return part->rows[i].confirmed_us != 0 && part->looks[i].known == NULL;
}

/* Who holds it without a date has done so before all others. */
static void note_holder(struct db *db, const struct part *part, const struct phone_holder *holder)
{
	const int64_t held_us = holder->confirmed_us == 0 ? 1 : holder->confirmed_us;

	for (size_t i = 0; i < part->n_rows; i++)
		if (confirms_new_phone(part, i) && held_us > part->looks[i].held_us &&
			confirmed_phone_is(db, part->import->app->tenant_id,
				part->rows[i].profile.phone, holder->phone_hash))
			part->looks[i].held_us = held_us;
}

static enum err look_for_phones(struct db *db, const struct part *part)
{
	struct look_key key = key_of(part->import);
	const struct phone_holder *holders;
	void *found = NULL;
	size_t n;
	enum err err;

	for (size_t i = 0; i < part->n_rows; i++)
		if (confirms_new_phone(part, i))
			key_add(&key, part->rows[i].profile.phone);
	err = look_up(db, PHONES, &key, &found, &n);
	holders = found;
	for (size_t k = 0; k < n && err == ERR_NONE; k++)
		note_holder(db, part, &holders[k]);
	return err;
}

static enum err look_for_erased(struct db *db, const struct part *part)
{
	struct user_import_erased erased[TEXTS_AT_ONCE];
	enum err err =
		user_import_find_erased(db, part->import, part->rows, part->n_rows, erased);

	for (size_t i = 0; i < part->n_rows && err == ERR_NONE; i++)
		part->looks[i].erased = erased[i];
	return err;
}

static enum err look_at_part(struct db *db, const struct part *part)
{
	enum err err = look_for_users(db, part);

	if (err == ERR_NONE)
		err = look_for_unionids(db, part);
	for (size_t i = 0; i < USER_IMPORT_IDS_MAX && err == ERR_NONE; i++)
		err = look_for_external_ids(db, part, i);
	if (err == ERR_NONE)
		err = look_for_follows(db, part);
	if (err == ERR_NONE)
		err = look_for_phones(db, part);
	return err == ERR_NONE ? look_for_erased(db, part) : err;
}

enum err user_import_look(
	struct db *db, const struct user_import *import, struct user_import_look *looks_r)
{
	enum err err = ERR_NONE;

	memset(looks_r, 0, import->n_rows * sizeof(*looks_r));
	for (size_t i = 0; i < import->n_rows && err == ERR_NONE; i += TEXTS_AT_ONCE) {
		const size_t n_left = import->n_rows - i;
		const struct part part = {
			.import = import,
			.rows = import->rows + i,
			.looks = looks_r + i,
			.n_rows = n_left < TEXTS_AT_ONCE ? n_left : TEXTS_AT_ONCE,
		};

		err = look_at_part(db, &part);
	}
	return err;
}

static bool has_account(const struct user_import_look *look)
{
	if (!uuid_is_nil(look->owner_id))
		return true;
	for (size_t i = 0; i < USER_IMPORT_IDS_MAX; i++)
		if (!uuid_is_nil(look->external_owners[i]))
			return true;
	return false;
}

/* A row without a date is from before all erasures. */
bool user_import_is_erased(const struct user_import_row *row, const struct user_import_look *look)
{
	if (look->known != NULL)
		return false;
	return look->erased.openid_us > row->created_us ||
		(look->erased.person_us > row->created_us && !has_account(look));
}
