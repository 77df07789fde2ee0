#include "phone_code.h"

#include "arena.h"
#include "control.h"
#include "crypto.h"
#include "endpoints.h"
#include "random_id.h"
#include "request.h"
#include "stmt.h"
#include "store.h"

#define CODE_CHARS 64
#define CODE_LIFE_S 300
#define OPENID_CHARS 27
#define N_PHONES 100000000

#define CODE(member, kind) COLUMN(struct phone_code, member, kind)

enum { ADD, SPEND, FIND };

static const struct stmt statements[] = {
	[ADD] = {
		.text = "INSERT INTO phone_code (code, appid, openid, country_code, phone, "
			"watermark_appid, expires_at) VALUES (?, ?, ?, ?, ?, ?, "
			"UTC_TIMESTAMP(6) + INTERVAL ? SECOND)",
		.params = COLUMNS(CODE(code, STR), CODE(appid, STR), CODE(openid, STR),
			CODE(country_code, STR), CODE(phone, STR), CODE(watermark_appid, STR),
			CODE(expires_in, INT32)),
	},
	[SPEND] = {
		.text = "UPDATE phone_code SET used_at = UTC_TIMESTAMP(6) "
			"WHERE code = ? AND used_at IS NULL",
		.params = COLUMNS(CODE(code, STR)),
	},
	[FIND] = {
		.text = "SELECT appid, openid, country_code, phone, watermark_appid, "
			"expires_at <= UTC_TIMESTAMP(6) FROM phone_code WHERE code = ?",
		.reads_again = true,
		.params = COLUMNS(CODE(code, STR)),
		.columns = COLUMNS(CODE(appid, STR), CODE(openid, STR), CODE(country_code, STR),
			CODE(phone, STR), CODE(watermark_appid, STR), CODE(is_expired, BOOL)),
	},
};

enum err phone_code_prepare(struct db *db)
{
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		if (stmt_check(db, &statements[i]) != 0)
			return db_error_report(&db->error);
	return ERR_NONE;
}

enum err phone_code_spend(struct db *db, const char *code)
{
	const struct phone_code wanted = {.code = code};

	return stmt_change(db, &statements[SPEND], &wanted, ERR_ABSENT);
}

enum err phone_code_find(struct db *db, const char *text, struct phone_code *code_r)
{
	const struct phone_code wanted = {.code = text};

	return stmt_need(db, &statements[FIND], &wanted, code_r, ERR_ABSENT);
}

/* ---- POST /sandbox/phone-codes */

/* age: seconds that have passed since the user pressed the button. */
struct new_phone_code {
	struct phone_code code;
	int32_t age;
};

#define NEW(member, kind, its_name, ...)                                                        \
	FIELD(struct new_phone_code, member, kind, .name = its_name, __VA_ARGS__)

static const struct field new_fields[] = {
	NEW(code.appid, STR, "appid", .max = 64),
	NEW(code.openid, STR, "openid", .max = 128),
	NEW(code.phone, STR, "phone", .max = 32),
	NEW(code.country_code, STR, "country_code", .max = 8),
	NEW(code.watermark_appid, STR, "watermark_appid", .max = 64),
	NEW(age, INT32, "age"),
	FIELD_END
};

static const struct shape new_shape = {
	.name = "NewPhoneCode", .size = sizeof(struct new_phone_code), .fields = new_fields,
};

static const struct field made_fields[] = {
	FIELD(struct phone_code, code, STR, .name = "code"),
	FIELD(struct phone_code, appid, STR, .name = "appid"),
	FIELD(struct phone_code, openid, STR, .name = "openid"),
	FIELD(struct phone_code, phone, STR, .name = "phone"),
	FIELD(struct phone_code, country_code, STR, .name = "country_code"),
	FIELD_END
};

static const struct shape made_shape = {
	.name = "PhoneCode", .size = sizeof(struct phone_code), .fields = made_fields,
};

static const char *random_phone(struct arena *arena)
{
	uint32_t number;

	crypto_random(&number, sizeof(number));
	return arena_printf(arena, "139%08u", (unsigned)(number % N_PHONES));
}

static enum err phone_codes(struct request *req)
{
	const struct new_phone_code *wanted = req->in;
	struct phone_code *code = req->out;
	struct sandbox_app app;
	enum err err = control_find_app(req, wanted->code.appid, &app);

	if (err != ERR_NONE)
		return err;
	*code = wanted->code;
	code->code = random_text(req->arena, "", CODE_CHARS);
	code->appid = app.appid;
	if (code->openid == NULL)
		code->openid = random_text(req->arena, "o", OPENID_CHARS);
	if (code->phone == NULL)
		code->phone = random_phone(req->arena);
	if (code->country_code == NULL)
		code->country_code = "86";
	if (code->watermark_appid == NULL)
		code->watermark_appid = app.appid;
	code->expires_in = CODE_LIFE_S - wanted->age;
	return stmt_change(req->db, &statements[ADD], code, ERR_INTERNAL);
}

const struct sandbox_endpoint control_phone_codes = CONTROL("POST", "sandbox/phone-codes",
	"Makes a code of the phone button for a user, who need not be known", phone_codes,
	.source = FROM_BODY, .request = &new_shape, .answer = ANSWER_PLAIN,
	.response = &made_shape);
