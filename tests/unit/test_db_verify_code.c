#include "unit.h"

#include "conn.h"
#include "encoding.h"
#include "logins.h"
#include "mariadb.h"
#include "secret.h"
#include "setting.h"
#include "str.h"
#include "transaction.h"
#include "verify_code.h"

#define N_RACERS 40
#define PERSON "2001:db8::/64"

static const struct principal server = {.kind = PRINCIPAL_API_KEY, .name = "shop"};
static const struct principal person = {.kind = PRINCIPAL_ACCESS_TOKEN};

/* Of a phone that no test before has used, where the text is new; asked for by openid. */
static struct code_scope place_by(const char *openid, const char *phone)
{
	return (struct code_scope){
		.tenant_id = tenant,
		.purpose = VERIFY_CODE_PHONE,
		.phone = phone,
		.openid = openid,
	};
}

/* Each phone has an owner of its own. */
static struct code_scope place_of(const char *phone)
{
	return place_by(phone, phone);
}

/* The i-th of a range of 11 digits that begins with prefix. Valid until the next call. */
static const char *numbered(const char *prefix, int i)
{
	static char phone[32];

	snprintf(phone, sizeof(phone), "%s%07d", prefix, i);
	return phone;
}

/* As if all that happened had happened so much earlier. */
static void let_pass(int seconds)
{
	sql("UPDATE sms_counter SET begins_at = begins_at - INTERVAL %d SECOND;"
	    "UPDATE verify_code SET created_at = created_at - INTERVAL %d SECOND, "
	    "expires_at = expires_at - INTERVAL %d SECOND, "
	    "used_at = used_at - INTERVAL %d SECOND", seconds, seconds, seconds, seconds);
}

static struct verify_code make_by(const char *openid, const char *phone)
{
	const struct code_scope place = place_by(openid, phone);
	struct verify_code code;

	assert_int_equal(verify_code_make(test_db, &place, &person, NULL, &code), ERR_NONE);
	return code;
}

static int32_t refused_by(const char *openid, const char *phone)
{
	const struct code_scope place = place_by(openid, phone);
	struct verify_code code;

	assert_int_equal(verify_code_make(test_db, &place, &person, NULL, &code), ERR_SMS_RATE);
	return code.wait_s;
}

static enum err try_by(const char *openid, const char *phone, const char *code)
{
	const struct code_scope place = place_by(openid, phone);
	int64_t id;

	return verify_code_try(test_db, &place, code, &id);
}

static struct verify_code make_for(
	const char *phone, const struct principal *principal, const char *address)
{
	const struct code_scope place = place_of(phone);
	struct verify_code code;

	assert_int_equal(verify_code_make(test_db, &place, principal, address, &code), ERR_NONE);
	return code;
}

static struct verify_code make(const char *phone)
{
	return make_for(phone, &server, NULL);
}

/* How long is to wait. */
static int32_t refused_for(
	const char *phone, const struct principal *principal, const char *address)
{
	const struct code_scope place = place_of(phone);
	struct verify_code code;

	assert_int_equal(
		verify_code_make(test_db, &place, principal, address, &code), ERR_SMS_RATE);
	return code.wait_s;
}

static int32_t refused(const char *phone)
{
	return refused_for(phone, &server, NULL);
}

static enum err try(const char *phone, const char *code)
{
	return try_by(phone, phone, code);
}

static enum err use_one(struct db *db, void *ctx)
{
	const int64_t *id = ctx;

	return verify_code_use(db, tenant, *id);
}

static enum err use(const char *phone, const char *code)
{
	const struct code_scope place = place_of(phone);
	int64_t id;
	enum err err = verify_code_try(test_db, &place, code, &id);

	return err == ERR_NONE ? transaction_run(test_db, use_one, &id) : err;
}

static void withdraw(const char *phone, const struct verify_code *code, enum code_count count)
{
	const struct code_scope place = place_of(phone);

	assert_int_equal(verify_code_withdraw(test_db, &place, code, count), ERR_NONE);
}

static void set(const char *name, const char *value)
{
	assert_int_equal(setting_set(test_db, tenant, name, value), ERR_NONE);
}

static void a_code_is_good_once(void **state)
{
	struct verify_code code = make("13800000001");

	(void)state;
	assert_int_equal(strlen(code.digits), 6);
	assert_int_equal(strspn(code.digits, "0123456789"), 6);
	assert_int_equal(try("13800000001", code.digits), ERR_NONE);
	assert_int_equal(use("13800000001", code.digits), ERR_NONE);
	assert_int_equal(use("13800000001", code.digits), ERR_VERIFY_CODE_NONE);
	assert_int_equal(verify_code_use(test_db, tenant, code.id), ERR_VERIFY_CODE_NONE);
}

static void a_code_is_read_as_it_is_meant(void **state)
{
	static const struct {
		const char *before, *between, *after;
	} forms[] = {
		{"", " ", ""}, {" ", "", "\n"}, {"", "-", ""}, {"\u3000", "\u00a0", ""},
		{"\u202d", "", "\u202c"}, {"", "\u200b", "\ufeff"},
	};
	struct verify_code code = make("13800000101");
	char wide[3 * VERIFY_CODE_DIGITS + 1];

	(void)state;
	for (size_t i = 0; i < N_OF(forms); i++) {
		const char *phone = numbered("1388", (int)i);
		char text[32];

		code = make(phone);
		snprintf(text, sizeof(text), "%s%.3s%s%.3s%s", forms[i].before, code.digits,
			forms[i].between, code.digits + 3, forms[i].after);
		assert_int_equal(try(phone, text), ERR_NONE);
	}
	for (size_t i = 0; i < VERIFY_CODE_DIGITS; i++)
		str_put_utf8(wide + 3 * i, 0xff10 - '0' + (uint32_t)code.digits[i]);
	wide[sizeof(wide) - 1] = '\0';
	assert_int_equal(try(numbered("1388", N_OF(forms) - 1), wide), ERR_NONE);
}

static void what_is_no_code_is_no_try(void **state)
{
	static const char *const texts[] = {
		"", " ", "12345", "1234567", "12345a", "a12345", "12.3456", "张三", "123456123456",
	};
	struct verify_code code = make("13800000102");

	(void)state;
	for (int n = 0; n < 3; n++)
		for (size_t i = 0; i < N_OF(texts); i++)
			assert_int_equal(try("13800000102", texts[i]), ERR_VERIFY_CODE_WRONG);
	for (int n = 0; n < 4; n++)
		assert_int_equal(
			try("13800000102", wrong_code(code.digits)), ERR_VERIFY_CODE_WRONG);
	assert_int_equal(try("13800000102", code.digits), ERR_NONE);
	assert_int_equal(try("13800000102", wrong_code(code.digits)), ERR_VERIFY_CODE_WRONG);
	assert_int_equal(try("13800000102", texts[0]), ERR_VERIFY_CODE_TRIES);
	assert_int_equal(try("13800000103", texts[0]), ERR_VERIFY_CODE_NONE);
}

static int64_t n_executed(void)
{
	return sql_number("SELECT variable_value FROM information_schema.global_status "
			  "WHERE variable_name = 'com_stmt_execute'");
}

static int64_t n_executed_by(const char *text)
{
	int64_t n_before = n_executed();

	assert_int_equal(try("13800000104", text), ERR_VERIFY_CODE_WRONG);
	return n_executed() - n_before;
}

/* Else whoever measures it has a million tries. */
static void what_is_no_code_is_not_looked_for(void **state)
{
	struct verify_code code = make("13800000104");
	char text[16];

	(void)state;
	snprintf(text, sizeof(text), "%s0", code.digits);
	assert_int_equal(n_executed_by(text), n_executed_by("x"));
}

static void leading_zeros_are_digits(void **state)
{
	int n_zero = 0, n_high = 0;

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct verify_code code = make(numbered("1381", i));

		assert_int_equal(strlen(code.digits), 6);
		n_zero += code.digits[0] == '0';
		n_high += code.digits[0] >= '5';
	}
	assert_in_range(n_zero, 3, 60);
	assert_in_range(n_high, 50, 150);
}

static void nothing_readable_is_stored(void **state)
{
	struct verify_code code = make("13800000002");

	(void)state;
	assert_int_equal(sql_number("SELECT COUNT(*) FROM verify_code WHERE phone_hash LIKE "
				    "'%%13800000002%%' OR code_hash LIKE '%%%s%%' "
				    "OR code_hash IN (UNHEX(SHA2('%s', 256)))",
				 code.digits, code.digits), 0);
}

static void a_code_is_its_places_own(void **state)
{
	struct verify_code code = make("13800000003");
	struct code_scope place = place_of("13800000003");
	int64_t id;

	(void)state;
	assert_int_equal(try("13800000004", code.digits), ERR_VERIFY_CODE_NONE);
	place.purpose = "login";
	assert_int_equal(
		verify_code_try(test_db, &place, code.digits, &id), ERR_VERIFY_CODE_NONE);
	place = place_of("13800000003");
	place.tenant_id = add_tenant("two");
	assert_int_equal(
		verify_code_try(test_db, &place, code.digits, &id), ERR_VERIFY_CODE_NONE);
	sql("UPDATE verify_code a JOIN verify_code b SET a.code_hash = b.code_hash "
	    "WHERE a.id = %lld AND b.id = %lld", (long long)make("13800000005").id,
		(long long)code.id);
	assert_int_equal(try("13800000005", code.digits), ERR_VERIFY_CODE_WRONG);
}

static void a_code_lives_five_minutes(void **state)
{
	struct verify_code code = make("13800000006");

	(void)state;
	let_pass(295);
	assert_int_equal(try("13800000006", code.digits), ERR_NONE);
	let_pass(5);
	assert_int_equal(try("13800000006", code.digits), ERR_VERIFY_CODE_EXPIRED);
	assert_int_equal(try("13800000006", wrong_code(code.digits)), ERR_VERIFY_CODE_EXPIRED);
}

static void five_tries_are_all(void **state)
{
	struct verify_code code = make("13800000007");

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(
			try("13800000007", wrong_code(code.digits)), ERR_VERIFY_CODE_WRONG);
	for (int i = 0; i < 2; i++)
		assert_int_equal(try("13800000007", code.digits), ERR_NONE);
	assert_int_equal(try("13800000007", wrong_code(code.digits)), ERR_VERIFY_CODE_WRONG);
	assert_int_equal(try("13800000007", code.digits), ERR_VERIFY_CODE_TRIES);
	assert_int_equal(try("13800000007", wrong_code(code.digits)), ERR_VERIFY_CODE_TRIES);
	let_pass(60);
	code = make("13800000007");
	assert_int_equal(use("13800000007", code.digits), ERR_NONE);
}

static int guess(int index)
{
	char code[7];

	snprintf(code, sizeof(code), "%06d", index);
	return try("13800000008", code) == ERR_VERIFY_CODE_WRONG ? 0 : 1;
}

static void parallel_guesses_share_the_tries(void **state)
{
	(void)state;
	make("13800000008");
	sql("UPDATE verify_code SET code_hash = REPEAT('x', 32) WHERE id = (SELECT MAX(id) "
	    "FROM verify_code)");
	assert_int_equal(mariadb_race(N_RACERS, guess), 5);
	assert_int_equal(sql_number("SELECT n_tries FROM verify_code ORDER BY id DESC LIMIT 1"), 5);
}

static char raced_code[7];

static int use_raced(int index)
{
	(void)index;
	return use("13800000009", raced_code) == ERR_NONE ? 0 : 1;
}

static void of_parallel_uses_one_counts(void **state)
{
	struct verify_code code = make("13800000009");

	(void)state;
	memcpy(raced_code, code.digits, sizeof(raced_code));
	assert_int_equal(mariadb_race(N_RACERS, use_raced), 1);
}

static void a_new_code_takes_the_place(void **state)
{
	struct verify_code old = make("13800000010"), new;
	int64_t id;
	const struct code_scope place = place_of("13800000010");

	(void)state;
	assert_int_equal(verify_code_try(test_db, &place, old.digits, &id), ERR_NONE);
	let_pass(60);
	new = make("13800000010");
	if (strcmp(old.digits, new.digits) != 0)
		assert_int_equal(try("13800000010", old.digits), ERR_VERIFY_CODE_WRONG);
	assert_int_equal(transaction_run(test_db, use_one, &id), ERR_VERIFY_CODE_NONE);
	assert_int_equal(use("13800000010", new.digits), ERR_NONE);
}

static void a_minute_lies_between_two(void **state)
{
	struct verify_code code = make("13800000011");

	(void)state;
	assert_in_range(refused("13800000011"), 55, 60);
	let_pass(55);
	assert_in_range(refused("13800000011"), 1, 5);
	assert_int_equal(try("13800000011", code.digits), ERR_NONE);
	let_pass(5);
	make("13800000011");
}

static void five_an_hour(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		make_by(i < 3 ? "oHour1" : "oHour2", "13800000012");
		let_pass(100);
	}
	assert_in_range(refused_by("oHour2", "13800000012"), 3090, 3100);
	let_pass(3095);
	refused_by("oHour2", "13800000012");
	let_pass(5);
	make_by("oHour2", "13800000012");
	let_pass(60);
	assert_in_range(refused_by("oHour3", "13800000012"), 35, 40);
}

static void ten_a_day(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		make("13800000013");
		let_pass(3600);
	}
	assert_in_range(refused("13800000013"), 14 * 3600 - 5, 14 * 3600);
	let_pass(14 * 3600);
	make("13800000013");
}

static void twenty_an_hour_for_a_persons_address(void **state)
{

	(void)state;
	for (int i = 0; i < 20; i++)
		make_for(numbered("1382", i), &person, PERSON);
	assert_in_range(refused_for("13820000021", &person, PERSON), 3590, 3600);
	make_for("13820000021", &person, "192.0.2.9");
	make_for("13820000022", &server, NULL);
	let_pass(3600);
	make_for("13820000023", &person, PERSON);
}

static void a_tenant_has_a_ceiling(void **state)
{
	(void)state;
	let_pass(86400);
	set("sms_reserve_percent", "0");
	set("sms_per_day", "20");
	for (int i = 0; i < 20; i++)
		make(numbered("1383", i));
	assert_in_range(refused("13830000020"), 86300, 86400);
	assert_in_range(refused_for("13830000020", &person, PERSON), 86300, 86400);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM sms_counter WHERE kind = 'tenant_day' "
				    "AND begins_at > UTC_TIMESTAMP(6) - INTERVAL 1 DAY"), 16);
	let_pass(86400);
	make("13830000020");
	set("sms_per_day", "0");
	assert_in_range(refused("13830000021"), 86300, 86400);
	set("sms_per_day", "10000");
	set("sms_reserve_percent", "20");
}

/* Whichever slots count them. */
static void what_was_sent_counts_on_a_ceiling_that_is_lowered(void **state)
{
	(void)state;
	let_pass(86400);
	set("sms_reserve_percent", "0");
	for (int i = 0; i < 6; i++)
		make(numbered("1384", i));
	set("sms_per_day", "6");
	assert_in_range(refused("13840000006"), 86300, 86400);
	set("sms_per_day", "7");
	make("13840000006");
	assert_in_range(refused("13840000007"), 86300, 86400);
	set("sms_per_day", "2");
	assert_in_range(refused("13840000007"), 86300, 86400);
	set("sms_per_day", "10000");
	set("sms_reserve_percent", "20");
}

/* As if an account had confirmed the phone by SMS. */
static struct account confirm(const char *openid, const char *phone)
{
	struct account account = log_in(&mini, openid, NULL);
	uint8_t hash[CRYPTO_HASH_SIZE];
	char hex[2 * CRYPTO_HASH_SIZE + 1];

	secret_mac(test_keys, SECRET_FOR_LOOKUP, &(struct secret_text){tenant, "phone", phone},
		hash);
	encode_hex(hash, sizeof(hash), hex);
	sql("UPDATE account SET confirmed_phone_hash = UNHEX('%s'), confirmed_phone_source = 2, "
	    "confirmed_phone_at = UTC_TIMESTAMP(6) WHERE id = UNHEX(REPLACE('%s', '-', ''))",
		hex, account.id);
	return account;
}

static void a_share_is_kept_for_known_phones(void **state)
{
	(void)state;
	let_pass(86400);
	for (int i = 0; i < 2; i++) {
		char openid[24];

		snprintf(openid, sizeof(openid), "oKnown%d", i);
		confirm(openid, numbered("1391", i));
	}
	set("sms_per_day", "10");
	for (int i = 0; i < 8; i++)
		make(numbered("1392", i));
	assert_in_range(refused("13920000009"), 86300, 86400);
	make("13910000000");
	make("13910000001");
	let_pass(60);
	assert_in_range(refused("13910000001"), 86000, 86400);
	set("sms_per_day", "10000");
}

static void one_code_of_a_phone_is_kept_for_its_account(void **state)
{
	const struct principal holder = {.kind = PRINCIPAL_ACCESS_TOKEN};
	struct code_scope place = place_of("13930000000");
	struct verify_code code;

	(void)state;
	confirm("oHolds", "13930000000");
	assert_int_equal(verify_code_find_owner(test_db, &server, "oHolds", &place),
		ERR_NONE);
	for (int i = 0; i < 4; i++) {
		make_by(i < 3 ? "oPump1" : "oPump2", "13930000000");
		let_pass(60);
	}
	refused_by("oPump2", "13930000000");
	assert_int_equal(verify_code_make(test_db, &place, &holder, NULL, &code), ERR_NONE);
	let_pass(60);
	assert_int_equal(verify_code_make(test_db, &place, &holder, NULL, &code), ERR_SMS_RATE);
}

static void an_owner_has_limits(void **state)
{
	(void)state;
	let_pass(86400);
	for (int i = 0; i < 3; i++) {
		make_by("oLimits", "13940000000");
		let_pass(60);
	}
	assert_in_range(refused_by("oLimits", "13940000000"), 3410, 3420);
	make_by("oOther", "13940000000");
	make_by("oLimits", "13940000001");
	make_by("oLimits", "13940000002");
	assert_in_range(refused_by("oLimits", "13940000003"), 3410, 3420);
	for (int i = 3; i < 10; i++) {
		let_pass(3600);
		make_by("oLimits", numbered("1394", i));
	}
	let_pass(3600);
	assert_in_range(refused_by("oLimits", "13940000010"), 50000, 86400);
	make_by("oLimits", "13940000009");
	make_by("oOther", "13940000010");
}

static void an_app_has_a_limit(void **state)
{
	struct code_scope place = place_of("13950000000");
	struct verify_code code;

	(void)state;
	let_pass(86400);
	set("sms_per_app_and_hour", "2");
	make("13950000001");
	make("13950000002");
	assert_in_range(refused("13950000003"), 3590, 3600);
	place.app_id = mini.id;
	assert_int_equal(verify_code_make(test_db, &place, &server, NULL, &code), ERR_NONE);
	set("sms_per_app_and_hour", "10000");
}

static void a_code_is_its_owners(void **state)
{
	struct verify_code code = make_by("oOwner", "13960000000"), other;

	(void)state;
	assert_int_equal(try_by("oStranger", "13960000000", code.digits), ERR_VERIFY_CODE_NONE);
	let_pass(60);
	other = make_by("oStranger", "13960000000");
	for (int i = 0; i < 5; i++)
		assert_int_equal(
			try_by("oStranger", "13960000000", wrong_code(other.digits)),
			ERR_VERIFY_CODE_WRONG);
	assert_int_equal(try_by("oStranger", "13960000000", other.digits), ERR_VERIFY_CODE_TRIES);
	assert_int_equal(try_by("oOwner", "13960000000", code.digits), ERR_NONE);
	sql("UPDATE verify_code a JOIN verify_code b SET a.code_hash = b.code_hash, "
	    "a.n_tries = 0 WHERE a.id = %lld AND b.id = %lld",
		(long long)other.id, (long long)code.id);
	assert_int_equal(try_by("oStranger", "13960000000", code.digits), ERR_VERIFY_CODE_WRONG);
}

static void an_owner_has_ten_wrong_tries_an_hour(void **state)
{
	struct verify_code code;

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *phone = numbered("1397", i);

		code = make_by("oGuesses", phone);
		for (int n = 0; n < 5; n++)
			assert_int_equal(try_by("oGuesses", phone, wrong_code(code.digits)),
				ERR_VERIFY_CODE_WRONG);
	}
	code = make_by("oGuesses", "13970000002");
	assert_int_equal(try_by("oGuesses", "13970000002", code.digits), ERR_VERIFY_CODE_TRIES);
	assert_string_equal(db_reason(test_db, ERR_VERIFY_CODE_TRIES),
		"too many wrong codes for all phones");
	let_pass(3600);
	code = make_by("oGuesses", "13970000002");
	assert_int_equal(try_by("oGuesses", "13970000002", code.digits), ERR_NONE);
}

#define N_GUESSED 4

/* At once with different phones. */
static int guess_any(int index)
{
	char phone[16], code[VERIFY_CODE_DIGITS + 1];

	snprintf(phone, sizeof(phone), "%s", numbered("1398", index % N_GUESSED));
	snprintf(code, sizeof(code), "%06d", index);
	return try_by("oCrowd", phone, code) == ERR_VERIFY_CODE_WRONG ? 0 : 1;
}

static void parallel_guesses_share_the_owners_tries(void **state)
{
	(void)state;
	for (int i = 0; i < N_GUESSED; i++)
		make_by("oCrowd", numbered("1398", i));
	sql("UPDATE verify_code SET code_hash = REPEAT('x', 32)");
	assert_int_equal(mariadb_race(N_RACERS, guess_any), 10);
}

static void a_key_has_a_ceiling(void **state)
{
	const struct principal other = {.kind = PRINCIPAL_API_KEY, .name = "city"};

	(void)state;
	let_pass(86400);
	set("sms_per_key_and_day", "2");
	make("13840000000");
	make("13840000001");
	refused("13840000002");
	make_for("13840000002", &other, NULL);
	make_for("13840000003", &person, PERSON);
	set("sms_per_key_and_day", "10000");
	make("13840000004");
}

/* Racers of one phone: one message. */
static int make_raced(int index)
{
	const struct code_scope place = place_of("13850000000");
	struct verify_code code;

	(void)index;
	return verify_code_make(test_db, &place, &server, NULL, &code) == ERR_NONE ? 0 : 1;
}

static void of_parallel_requests_one_is_sent(void **state)
{
	(void)state;
	assert_int_equal(mariadb_race(N_RACERS, make_raced), 1);
	let_pass(60);
	assert_int_equal(mariadb_race(N_RACERS, make_raced), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM sms_counter s JOIN sms_counter m "
				    "USING (subject_hash) WHERE s.kind = 'phone_day' "
				    "AND m.kind = 'phone_minute' "
				    "AND m.begins_at > UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE"), 2);
}

/* A tenant's last messages, asked for at once for many phones. */
static int make_any(int index)
{
	const struct code_scope place = place_of(numbered("1386", index));
	struct verify_code code;

	return verify_code_make(test_db, &place, &server, NULL, &code) == ERR_NONE ? 0 : 1;
}

static void a_ceiling_holds_against_a_crowd(void **state)
{
	(void)state;
	let_pass(86400);
	set("sms_per_day", "5");
	assert_in_range(mariadb_race(N_RACERS, make_any), 1, 5);
	assert_in_range(sql_number("SELECT SUM(n_sent) FROM sms_counter WHERE kind = 'tenant_day' "
				   "AND begins_at > UTC_TIMESTAMP(6) - INTERVAL 1 DAY"), 1, 5);
	set("sms_per_day", "10000");
}

static void what_was_not_sent_is_withdrawn(void **state)
{
	struct verify_code code = make("13870000000");

	(void)state;
	withdraw("13870000000", &code, CODE_COUNTS_NOT);
	assert_int_equal(try("13870000000", code.digits), ERR_VERIFY_CODE_NONE);
	code = make("13870000000");
	withdraw("13870000000", &code, CODE_COUNTS);
	assert_int_equal(try("13870000000", code.digits), ERR_VERIFY_CODE_NONE);
	assert_in_range(refused("13870000000"), 55, 60);
}

/* How many messages count for a phone, and for all else together. */
static void assert_counted(int n_of_phone, int n_of_others)
{
	assert_int_equal(sql_number("SELECT COALESCE(SUM(n_sent), 0) FROM sms_counter "
				    "WHERE kind LIKE 'phone%%'"), n_of_phone);
	assert_int_equal(sql_number("SELECT COALESCE(SUM(n_sent), 0) FROM sms_counter "
				    "WHERE kind NOT LIKE 'phone%%'"), n_of_others);
}

static void what_was_not_sent_does_not_count(void **state)
{
	struct verify_code code;

	(void)state;
	sql("DELETE FROM sms_counter");
	for (int i = 0; i < 20; i++) {
		code = make_for("13870000001", &person, "198.51.100.7");
		withdraw("13870000001", &code, CODE_COUNTS_NOT);
		assert_counted(0, 0);
	}
	make_for("13870000001", &person, "198.51.100.7");
	assert_counted(3, 6);
	let_pass(60);
	code = make_for("13870000001", &person, "198.51.100.7");
	withdraw("13870000001", &code, CODE_COUNTS_NOT);
	assert_counted(2, 6);
}

static void a_number_that_was_refused_counts_for_its_owner(void **state)
{
	struct verify_code code;

	(void)state;
	sql("DELETE FROM sms_counter");
	for (int i = 0; i < 3; i++) {
		code = make_for("13870000002", &person, "198.51.100.7");
		withdraw("13870000002", &code, CODE_COUNTS_FOR_OWNER);
	}
	assert_counted(0, 3 * 5 + 1);
	assert_in_range(
		refused_for("13870000002", &person, "198.51.100.7"), 3400, 3600);
}

static void what_is_old_is_purged(void **state)
{
	struct verify_code code;

	(void)state;
	make("13890000000");
	let_pass(86400 + 290);
	code = make("13890000001");
	assert_in_range(purged(verify_code_purge), 4, 100000);
	assert_int_equal(try("13890000000", code.digits), ERR_VERIFY_CODE_EXPIRED);
	let_pass(10);
	while (purged(verify_code_purge) > 0)
		;
	assert_int_equal(try("13890000000", code.digits), ERR_VERIFY_CODE_NONE);
	assert_int_equal(try("13890000001", code.digits), ERR_NONE);
	refused("13890000001");
}

static void without_counts_there_is_no_code(void **state)
{
	const struct code_scope place = place_of("13880000000");
	struct verify_code code;

	(void)state;
	sql("RENAME TABLE sms_counter TO sms_counter_away");
	assert_int_equal(verify_code_make(test_db, &place, &server, NULL, &code), ERR_INTERNAL);
	sql("RENAME TABLE sms_counter_away TO sms_counter");
	assert_int_equal(try("13880000000", code.digits), ERR_VERIFY_CODE_NONE);
	mariadb_stop();
	assert_int_equal(verify_code_make(test_db, &place, &server, NULL, &code), ERR_BUSY);
	assert_int_equal(try("13880000000", code.digits), ERR_BUSY);
	mariadb_start();
	make("13880000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_is_good_once),
		cmocka_unit_test(a_code_is_read_as_it_is_meant),
		cmocka_unit_test(what_is_no_code_is_no_try),
		cmocka_unit_test(what_is_no_code_is_not_looked_for),
		cmocka_unit_test(leading_zeros_are_digits),
		cmocka_unit_test(nothing_readable_is_stored),
		cmocka_unit_test(a_code_is_its_places_own),
		cmocka_unit_test(a_code_lives_five_minutes),
		cmocka_unit_test(five_tries_are_all),
		cmocka_unit_test(parallel_guesses_share_the_tries),
		cmocka_unit_test(of_parallel_uses_one_counts),
		cmocka_unit_test(a_new_code_takes_the_place),
		cmocka_unit_test(a_minute_lies_between_two),
		cmocka_unit_test(five_an_hour),
		cmocka_unit_test(ten_a_day),
		cmocka_unit_test(twenty_an_hour_for_a_persons_address),
		cmocka_unit_test(a_tenant_has_a_ceiling),
		cmocka_unit_test(what_was_sent_counts_on_a_ceiling_that_is_lowered),
		cmocka_unit_test(a_share_is_kept_for_known_phones),
		cmocka_unit_test(one_code_of_a_phone_is_kept_for_its_account),
		cmocka_unit_test(an_owner_has_limits),
		cmocka_unit_test(an_app_has_a_limit),
		cmocka_unit_test(a_code_is_its_owners),
		cmocka_unit_test(an_owner_has_ten_wrong_tries_an_hour),
		cmocka_unit_test(parallel_guesses_share_the_owners_tries),
		cmocka_unit_test(a_key_has_a_ceiling),
		cmocka_unit_test(of_parallel_requests_one_is_sent),
		cmocka_unit_test(a_ceiling_holds_against_a_crowd),
		cmocka_unit_test(what_was_not_sent_is_withdrawn),
		cmocka_unit_test(what_was_not_sent_does_not_count),
		cmocka_unit_test(a_number_that_was_refused_counts_for_its_owner),
		cmocka_unit_test(what_is_old_is_purged),
		cmocka_unit_test(without_counts_there_is_no_code),
	};

	return cmocka_run_group_tests_name("db_verify_code", tests, logins_open, mariadb_close);
}
