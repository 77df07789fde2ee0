#include "inbox.h"

#include "control.h"
#include "endpoints.h"
#include "gateway.h"
#include "request.h"
#include "stmt.h"

struct query {
	const char *phone;
};

struct nonce_row {
	const char *nonce;
};

#define SMS(member) COLUMN(struct sandbox_sms, member, STR)

enum { ADD, LIST, FORGET, TAKE_NONCE, FORGET_NONCES };

static const struct stmt statements[] = {
	[ADD] = {
		.text = "INSERT INTO sms (phone, code, driver, sent_at) "
			"VALUES (?, ?, ?, UTC_TIMESTAMP(6))",
		.params = COLUMNS(SMS(phone), SMS(code), SMS(driver)),
	},
	[LIST] = {
		.text = "SELECT phone, code, driver, at FROM (SELECT id, phone, code, driver, "
			"DATE_FORMAT(sent_at, '%Y-%m-%dT%H:%i:%s.%fZ') AS at FROM sms "
			"WHERE phone = COALESCE(?, phone) ORDER BY id DESC LIMIT 1000) last "
			"ORDER BY id LIMIT 1000",
		.params = COLUMNS(COLUMN(struct query, phone, STR)),
		.columns = COLUMNS(SMS(phone), SMS(code), SMS(driver), SMS(at)),
		.row_size = sizeof(struct sandbox_sms),
	},
	[FORGET] = {
		.text = "DELETE FROM sms WHERE sent_at < UTC_TIMESTAMP(6) - INTERVAL 1 DAY",
	},
	[TAKE_NONCE] = {
		.text = "INSERT INTO sms_nonce (nonce, used_at) "
			"VALUES (LEFT(?, 128), UTC_TIMESTAMP(6))",
		.params = COLUMNS(COLUMN(struct nonce_row, nonce, STR)),
	},
	[FORGET_NONCES] = {
		.text = "DELETE FROM sms_nonce WHERE used_at < UTC_TIMESTAMP(6) - INTERVAL 1 DAY",
	},
};

enum err inbox_add(struct db *db, const struct sandbox_sms *sms)
{
	return stmt_write(db, &statements[ADD], sms);
}

enum err inbox_list(struct db *db, const char *phone, struct sandbox_sms **messages_r, size_t *n_r)
{
	const struct query query = {.phone = phone};
	void *rows = NULL;
	enum err err = stmt_all(db, &statements[LIST], &query, &rows, n_r);

	*messages_r = rows;
	return err;
}

enum err inbox_take_nonce(struct db *db, const char *nonce)
{
	const struct nonce_row row = {.nonce = nonce};

	return stmt_write(db, &statements[TAKE_NONCE], &row);
}

enum err inbox_prepare(struct db *db)
{
	enum err err;

	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		if (stmt_check(db, &statements[i]) != 0)
			return db_error_report(&db->error);
	err = stmt_write(db, &statements[FORGET], NULL);
	return err == ERR_NONE ? stmt_write(db, &statements[FORGET_NONCES], NULL) : err;
}

static const struct field query_fields[] = {
	FIELD(struct query, phone, STR, .name = "phone", .max = 32),
	FIELD_END
};

static const struct shape query_shape = {
	.name = "WhosePhone", .size = sizeof(struct query), .fields = query_fields,
};

static enum err inbox(struct request *req)
{
	const struct query *query = req->in;
	struct sandbox_sms *messages;
	json_t *list;
	size_t n;
	enum err err = inbox_list(req->db, query->phone, &messages, &n);

	if (err != ERR_NONE)
		return err;
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list,
			json_pack("{s:s,s:s,s:s,s:s}", "phone", messages[i].phone, "code",
				messages[i].code, "driver", messages[i].driver, "at",
				messages[i].at));
	gateway_write_json(req, 200, list);
	return ERR_NONE;
}

const struct sandbox_endpoint control_inbox = CONTROL("GET", "sandbox/sms",
	"The codes that the SMS gateways would have sent", inbox, .source = FROM_QUERY,
	.request = &query_shape, .answer = ANSWER_BY_RUN);
