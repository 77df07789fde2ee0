#include <string.h>

#include "stmt.h"
#include "tombstone.h"
#include "user_import_erased.h"

struct erased_key {
	struct tombstone tombstones[USER_IMPORT_ERASED_MAX];
};

struct erased_hash {
	uint8_t hash[CRYPTO_HASH_SIZE];
	int64_t at_us;
};

#define KEY(member, type) COLUMN(struct erased_key, member, type)
#define SUBJECT(i) KEY(tombstones[i].subject, HASH)
#define UNIONID(i) KEY(tombstones[i].unionid, HASH)
#define PHONE(i) KEY(tombstones[i].phone, HASH)
#define HASH(member, type) COLUMN(struct erased_hash, member, type)
#define LAST_BY(column)                                                                            \
	"SELECT " column ", MAX(erased_at) FROM tombstone WHERE " column " IN ("                   \
	STMT_FIFTY_MARKS ") GROUP BY " column

enum { LAST };

static const struct stmt statements[] = {
	[LAST] = {
		.text = LAST_BY("subject_hash") " UNION ALL " LAST_BY("unionid_hash")
			" UNION ALL " LAST_BY("phone_hash"),
		.user = DB_USER_CONTROL,
		.params = COLUMNS(STMT_FIFTY(SUBJECT, 0), STMT_FIFTY(UNIONID, 0),
			STMT_FIFTY(PHONE, 0)),
		.columns = COLUMNS(HASH(hash, HASH), HASH(at_us, TIME)),
		.row_size = sizeof(struct erased_hash),
	},
};

const struct stmt_table user_import_erased_statements = STMT_TABLE(statements);

/* Of a hash that is all zero nothing is found: 0. */
static int64_t last_of(
	const struct erased_hash *found, size_t n, const uint8_t hash[CRYPTO_HASH_SIZE])
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(found[i].hash, hash, CRYPTO_HASH_SIZE) == 0)
			return found[i].at_us;
	return 0;
}

enum err user_import_find_erased(struct db *db, const struct user_import *import,
	const struct user_import_row *rows, size_t n_rows, struct user_import_erased *erased_r)
{
	struct erased_key key = {0};
	const struct erased_hash *found;
	void *results;
	enum err err;
	size_t n;

	for (size_t i = 0; i < n_rows; i++) {
		const struct tombstone_subject subject = {
			.tenant_id = import->app->tenant_id,
			.appid = import->app->appid,
			.openid = rows[i].openid,
			.unionid = rows[i].unionid,
			.phone = rows[i].profile.phone,
		};

		key.tombstones[i] = tombstone_make(db, &subject, 0);
	}
	err = stmt_all(db, &statements[LAST], &key, &results, &n);
	found = results;
	for (size_t i = 0; i < n_rows && err == ERR_NONE; i++) {
		const struct tombstone *own = &key.tombstones[i];
		const int64_t by_unionid = last_of(found, n, own->unionid);
		const int64_t by_phone = last_of(found, n, own->phone);

		erased_r[i].openid_us = last_of(found, n, own->subject);
		erased_r[i].person_us = by_unionid > by_phone ? by_unionid : by_phone;
	}
	return err;
}

int64_t user_import_created_us(
	const struct user_import_row *row, const struct user_import_erased *erased)
{
	return row->created_us != 0 && row->created_us < erased->openid_us ? erased->openid_us
									   : row->created_us;
}
