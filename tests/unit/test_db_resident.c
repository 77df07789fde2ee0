#include "unit.h"

#include <mysqld_error.h>

#include "db.h"
#include "faults.h"
#include "logins.h"
#include "mariadb.h"
#include "member_binding.h"
#include "region.h"
#include "resident.h"
#include "verify_code.h"

#define N_RACERS 50
#define VILLAGE 430102001001
#define ID_CARD "11010519491231002X"

static struct principal server;

static int set_up(void **state)
{
	logins_open(state);
	server = server_of(tenant);
	sql("INSERT IGNORE INTO region VALUES (43, 1, '湖南省'), (4301, 2, '长沙市'), "
	    "(430102, 3, '芙蓉区'), (430102001, 4, '文艺路街道'), "
	    "(430102001001, 5, '识字里社区居委会'), (44, 1, '广东省'), (4419, 2, '东莞市'), "
	    "(441900, 3, '东莞市'), (441900003, 4, '东城街道')");
	return 0;
}

/* A code for the phone, which the openid has asked for, whatever was sent before. Valid until the
 * next call. */
static const char *code_for(const char *openid, const char *phone)
{
	static struct verify_code code;
	struct code_scope place = {
		.tenant_id = tenant, .purpose = VERIFY_CODE_PHONE, .phone = phone,
	};

	sql("DELETE FROM sms_counter WHERE kind <> 'owner_tries'");
	assert_int_equal(verify_code_find_owner(test_db, &server, openid, &place), ERR_NONE);
	assert_int_equal(verify_code_make(test_db, &place, &server, NULL, &code), ERR_NONE);
	return code.digits;
}

/* The i-th of a range. Valid until the next call. */
static const char *phone_of(int i)
{
	static char phone[16];

	snprintf(phone, sizeof(phone), "138%08d", i);
	return phone;
}

static struct resident_change change_of(const char *openid, const char *phone)
{
	return (struct resident_change){
		.openid = openid, .name = "张三", .phone = phone, .region_code = VILLAGE,
	};
}

static enum err save(const struct resident_change *change)
{
	struct saved_resident saved;

	return resident_save(test_db, &server, change, &saved);
}

static struct saved_resident save_new(const char *openid, const char *phone)
{
	struct resident_change change = change_of(openid, phone);
	struct saved_resident saved;

	change.verify_code = code_for(openid, phone);
	assert_int_equal(resident_save(test_db, &server, &change, &saved), ERR_NONE);
	return saved;
}

static int64_t n_rows(const char *table)
{
	return sql_number("SELECT COUNT(*) FROM %s", table);
}

static int64_t n_live_codes(void)
{
	return sql_number("SELECT COUNT(*) FROM verify_code WHERE used_at IS NULL");
}

/* All that a save could have changed, as one number. */
static int64_t fingerprint(void)
{
	return sql_number("SELECT CRC32(CONCAT_WS(' ', "
		"(SELECT GROUP_CONCAT(id, HEX(phone), name, region_code, "
		"IFNULL(modified_at, '')) FROM resident), "
		"(SELECT COUNT(*) FROM wechat_user), (SELECT COUNT(*) FROM account), "
		"(SELECT COUNT(*) FROM community), (SELECT COUNT(*) FROM membership), "
		"(SELECT COUNT(confirmed_phone_hash) FROM account)))");
}

/* ---- Regions. */

static void test_codes_in_each_form(void **state)
{
	static const struct {
		int64_t given, code;
		int level;
	} cases[] = {
		{43, 43, 1}, {4300, 43, 1}, {430000, 43, 1}, {430000000000, 43, 1},
		{4301, 4301, 2}, {430100, 4301, 2}, {430100000, 4301, 2},
		{430102, 430102, 3}, {430102000, 430102, 3}, {430102000000, 430102, 3},
		{430102001, 430102001, 4}, {430102001000, 430102001, 4}, {VILLAGE, VILLAGE, 5},
		{4419, 4419, 2}, {441900, 441900, 3}, {441900000000, 441900, 3},
		{441900003, 441900003, 4},
		{71, 71, 1}, {710000, 71, 1}, {810000000000, 81, 1}, {820100, 8201, 2},
		{710102003, 710102003, 4},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct region region;

		assert_int_equal(region_find(test_db, cases[i].given, &region), ERR_NONE);
		assert_int_equal(region.code, cases[i].code);
		assert_int_equal(region.level, cases[i].level);
	}
}

static void test_codes_of_nowhere(void **state)
{
	static const int64_t cases[] = {0, -43, 4, 430, 43010, 99, 4399, 430199, 430102999,
		430102001999, 4301020010010, INT64_MAX, INT64_MIN};
	struct region region;

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++)
		assert_int_equal(region_find(test_db, cases[i], &region), ERR_REGION_UNKNOWN);
}

static void test_a_region_knows_what_it_lies_in(void **state)
{
	struct region region;

	(void)state;
	assert_int_equal(region_find(test_db, 430102000000, &region), ERR_NONE);
	assert_int_equal(region.chain[0].code, 43);
	assert_string_equal(region.chain[0].name, "湖南省");
	assert_int_equal(region.chain[2].code, 430102);
	assert_string_equal(region.chain[2].name, "芙蓉区");
	assert_int_equal(region.chain[3].code, 0);
	assert_null(region.chain[3].name);
	assert_string_equal(region_name(&region), "芙蓉区");

	assert_int_equal(region_find(test_db, 810105, &region), ERR_NONE);
	assert_string_equal(region.chain[0].name, "香港特别行政区");
	assert_int_equal(region.chain[2].code, 810105);
	assert_null(region.chain[2].name);
	assert_string_equal(region_name(&region), "香港特别行政区");
}

/* ---- What is saved. */

static void test_a_new_resident_of_a_server(void **state)
{
	struct resident_change change = change_of("oNew", " +86 139-0000-0001 ");
	struct saved_resident saved;
	const struct resident *resident = &saved.resident;
	const struct membership *member;

	(void)state;
	change.id_card = "11010519491231002x";
	change.region_code = 430102000000;
	change.region_names = "湖南省 长沙市 芙蓉区";
	change.head_portrait = "https://example.com/a";
	change.verify_code = code_for(change.openid, "13900000001");
	assert_int_equal(resident_save(test_db, &server, &change, &saved), ERR_NONE);

	assert_true(resident->id > 0);
	assert_string_equal(resident->phone, "13900000001");
	assert_string_equal(resident->id_card, ID_CARD);
	assert_int_equal(resident->region_code, 430102000000);
	assert_string_equal(resident->region_names, "湖南省 长沙市 芙蓉区");
	assert_int_equal(sql_number("SELECT ABS(TIMESTAMPDIFF(SECOND, created_at, "
				    "UTC_TIMESTAMP(6))) <= 60 FROM resident"), 1);
	assert_int_equal(saved.memberships.n_members, 1);
	member = saved.memberships.members;
	assert_string_equal(member->community_name, "芙蓉区");
	assert_int_equal(member->region.code, 430102);
	assert_int_equal(member->region_level, 3);
	assert_int_equal(member->role_type, 0);
	assert_string_equal(member->role_type_name, "居民");
	assert_int_equal(member->organisation_id, 0);
	assert_null(member->organisation_name);
	assert_int_equal(member->unit_type, 1);
	assert_int_equal(n_live_codes(), 0);
}

static void test_what_is_personal_is_sealed(void **state)
{
	(void)state;
	assert_int_equal(sql_number("SELECT COUNT(*) FROM resident WHERE phone LIKE '%%1390000%%' "
				    "OR id_card LIKE '%%110105%%' OR region_names LIKE '%%省%%'"),
		0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM resident WHERE LENGTH(phone_hash) = 32 "
				    "AND LENGTH(id_card_hash) = 32"), 1);
}

static void test_the_first_login_gets_the_account(void **state)
{
	struct account account = log_in(&mini, "oNew", NULL);

	(void)state;
	assert_int_equal(sql_number("SELECT COUNT(*) FROM membership WHERE account_id = "
				    "UNHEX(REPLACE('%s', '-', ''))", account.id), 1);
	assert_string_equal(account.phone, "");
	sql("UPDATE wechat_user SET unionid = NULL WHERE openid = 'oNew'");
	assert_string_equal(log_in(&mini, "oNew", "uNew").id, account.id);
	assert_string_equal(log_in(&official, "oNew2", "uNew").id, account.id);
}

static void test_what_is_absent_stays(void **state)
{
	struct resident_change change = {.openid = "oNew"};
	struct saved_resident saved;
	int64_t before = fingerprint();

	(void)state;
	assert_int_equal(resident_save(test_db, &server, &change, &saved), ERR_NONE);
	assert_string_equal(saved.resident.name, "张三");
	assert_string_equal(saved.resident.phone, "13900000001");
	assert_string_equal(saved.resident.id_card, ID_CARD);
	assert_int_equal(saved.resident.region_code, 430102000000);
	assert_string_equal(saved.resident.head_portrait, "https://example.com/a");
	assert_int_equal(fingerprint(), before);

	change.id_card = change.region_names = change.head_portrait = "";
	assert_int_equal(resident_save(test_db, &server, &change, &saved), ERR_NONE);
	assert_string_equal(saved.resident.id_card, "");
	assert_int_equal(sql_number("SELECT COUNT(*) FROM resident WHERE id_card IS NULL AND "
				    "id_card_hash IS NULL AND region_names IS NULL"), 1);
	assert_string_equal(saved.resident.head_portrait, "");
	assert_string_equal(saved.resident.name, "张三");
}

static void test_a_masked_value_is_unchanged(void **state)
{
	struct resident_change change = {.openid = "oNew", .id_card = ID_CARD};
	struct saved_resident saved;

	(void)state;
	assert_int_equal(save(&change), ERR_NONE);
	change = (struct resident_change){
		.openid = "oNew", .phone = "139****0001", .id_card = "110****002X", .name = "李四",
	};
	assert_int_equal(resident_save(test_db, &server, &change, &saved), ERR_NONE);
	assert_string_equal(saved.resident.phone, "13900000001");
	assert_string_equal(saved.resident.id_card, ID_CARD);
	assert_string_equal(saved.resident.name, "李四");
	change.phone = "139****0002";
	assert_int_equal(save(&change), ERR_PHONE_MALFORMED);
	change = (struct resident_change){.openid = "oNew", .id_card = "110****0021"};
	assert_int_equal(save(&change), ERR_ID_CARD_MALFORMED);
	change = change_of("oMasked", "139****0001");
	assert_int_equal(save(&change), ERR_PHONE_MALFORMED);
	change = (struct resident_change){.openid = "oMasked", .name = "a", .phone = ""};
	assert_int_equal(save(&change), ERR_PHONE_MALFORMED);
}

static void test_what_is_malformed(void **state)
{
	static const struct {
		struct resident_change change;
		enum err err;
	} cases[] = {
		{{.openid = NULL}, ERR_OPENID_MALFORMED},
		{{.openid = ""}, ERR_OPENID_MALFORMED},
		{{.openid = "o x"}, ERR_OPENID_MALFORMED},
		{{.openid = "oBad", .phone = "13900000003", .region_code = 43}, ERR_NAME_MALFORMED},
		{{.openid = "oNew", .name = ""}, ERR_NAME_MALFORMED},
		{{.openid = "oNew", .name = "  "}, ERR_NAME_MALFORMED},
		{{.openid = "oNew", .name = "\u3000\u3000"}, ERR_NAME_MALFORMED},
		{{.openid = "oNew", .name = "\u00a0"}, ERR_NAME_MALFORMED},
		{{.openid = "oNew", .name = "\u200b\ufeff"}, ERR_NAME_MALFORMED},
		{{.openid = "oNew", .name = "a\nb"}, ERR_NAME_MALFORMED},
		{{.openid = "oNew", .name = "a\x7f"}, ERR_NAME_MALFORMED},
		{{.openid = "oBad", .name = "a", .region_code = 43}, ERR_PHONE_MALFORMED},
		{{.openid = "oNew", .phone = "12345"}, ERR_PHONE_MALFORMED},
		{{.openid = "oNew", .phone = "+44 7700 900123"}, ERR_PHONE_MALFORMED},
		{{.openid = "oNew", .id_card = "110105194912310021"}, ERR_ID_CARD_MALFORMED},
		{{.openid = "oNew", .id_card = "110105491231002"}, ERR_ID_CARD_MALFORMED},
		{{.openid = "oBad", .name = "a", .phone = "13900000003"}, ERR_REGION_UNKNOWN},
		{{.openid = "oNew", .region_code = 430199}, ERR_REGION_UNKNOWN},
		{{.openid = "oNew", .id = -1}, ERR_RESIDENT_UNKNOWN},
		{{.openid = "oBad", .id = 1}, ERR_RESIDENT_UNKNOWN},
	};
	int64_t before = fingerprint();

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		assert_int_equal(save(&cases[i].change), cases[i].err);
		assert_int_equal(fingerprint(), before);
	}
}

static void test_the_id_is_the_resident_s_own(void **state)
{
	struct saved_resident first = save_new("oId1", "13900000011");
	struct saved_resident second = save_new("oId2", "13900000012");
	struct resident_change change = {.openid = "oId1", .name = "by id"};

	(void)state;
	change.id = first.resident.id;
	assert_int_equal(save(&change), ERR_NONE);
	change.id = second.resident.id;
	assert_int_equal(save(&change), ERR_RESIDENT_UNKNOWN);
	assert_string_equal(sql_text("SELECT name FROM resident WHERE id = %lld",
				    (long long)second.resident.id), "张三");
}

/* ---- Who may. */

static struct principal person_of(const char *openid)
{
	struct principal principal = {
		.kind = PRINCIPAL_ACCESS_TOKEN, .tenant_id = tenant, .name = "person"};

	sql("SET @account = (SELECT account_id FROM wechat_user WHERE openid = '%s')", openid);
	for (int i = 0; i < UUID_SIZE; i++)
		principal.account_id.bytes[i] =
			(uint8_t)sql_number("SELECT ORD(SUBSTR(@account, %d, 1))", i + 1);
	return principal;
}

static void test_a_person_writes_its_own(void **state)
{
	struct resident_change change = change_of("oOwn1", "13900000021");
	struct saved_resident saved;
	struct principal person;

	(void)state;
	log_in(&mini, "oOwn1", "uOwn");
	log_in(&official, "oOwn2", "uOwn");
	log_in(&mini, "oOwn3", NULL);
	person = person_of("oOwn1");
	change.verify_code = code_for(change.openid, "13900000021");
	assert_int_equal(resident_save(test_db, &person, &change, &saved), ERR_NONE);
	change.openid = "oOwn2";
	change.verify_code = code_for(change.openid, "13900000021");
	assert_int_equal(resident_save(test_db, &person, &change, &saved), ERR_NONE);
	assert_int_equal(saved.memberships.n_members, 1);
}

/* /v1, which is told no number, goes by the same confirmation as the shop's createmember. */
static void test_the_phone_of_a_resident_makes_a_member(void **state)
{
	const int32_t user = log_in(&mini, "oMember", NULL).wechat_user_id;
	const struct member none = {0}, named = {.phone = "13900000033"};
	struct principal person = person_of("oMember");
	int32_t id;

	(void)state;
	person.name = "wechat_user";
	assert_int_equal(member_take(test_db, &person, user, &none), ERR_PHONE_UNCONFIRMED);
	save_new("oMember", named.phone);
	assert_int_equal(member_take(test_db, &person, user, &none), ERR_NONE);
	assert_int_equal(member_create(test_db, &person, user, &named, &id), ERR_NONE);
	assert_int_equal(sql_number("SELECT member_id FROM wechat_user WHERE id = %d", user), id);
	assert_int_equal(member_unbind(test_db, &person, user), ERR_NONE);
	sql("UPDATE account a JOIN wechat_user u ON u.account_id = a.id "
	    "SET a.confirmed_phone_at = a.confirmed_phone_at - INTERVAL 2 YEAR WHERE u.id = %d",
		user);
	assert_int_equal(member_take(test_db, &person, user, &none), ERR_MEMBER_REFUSED);
	assert_int_equal(member_bind(test_db, &person, user, &named, &id), ERR_MEMBER_REFUSED);
}

static void test_another_s_openid_is_as_none(void **state)
{
	struct principal person = person_of("oOwn1");
	static const char *const openids[] = {"oOwn3", "oNobody", "oStored"};
	int64_t before;

	(void)state;
	sql("INSERT INTO wechat_user (tenant_id, row_uuid, openid, created_at) "
	    "VALUES (%d, UNHEX(MD5('oStored')), 'oStored', UTC_TIMESTAMP(6))", tenant);
	before = fingerprint();
	for (size_t i = 0; i < N_OF(openids); i++) {
		struct resident_change change = change_of(openids[i], "13900000022");
		struct saved_resident saved;

		change.verify_code = code_for(change.openid, "13900000022");
		assert_int_equal(
			resident_save(test_db, &person, &change, &saved), ERR_USER_UNKNOWN);
	}
	assert_int_equal(n_live_codes(), N_OF(openids));
	assert_int_equal(fingerprint(), before);
}

static void test_a_stored_user_gets_its_account(void **state)
{
	(void)state;
	save_new("oStored", "13900000023");
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oStored' AND "
				    "account_id IS NOT NULL AND app_id IS NULL"), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM membership m JOIN wechat_user u "
				    "ON u.account_id = m.account_id WHERE u.openid = 'oStored'"),
		1);
}

static void test_another_tenant_has_its_own(void **state)
{
	struct resident_change change = change_of("oOwn1", "13900000021");
	struct principal other = server_of(add_tenant("other"));
	struct saved_resident saved;

	(void)state;
	code_for(change.openid, "13900000021");
	change.verify_code = "000000";
	assert_int_equal(resident_save(test_db, &other, &change, &saved), ERR_VERIFY_CODE_NONE);
}

/* ---- Codes. */

static void test_a_new_phone_needs_its_code(void **state)
{
	struct resident_change change = change_of("oCode", "13900000031");
	char digits[VERIFY_CODE_DIGITS + 1], wrong[] = "000000";
	int64_t before = fingerprint();

	(void)state;
	assert_int_equal(save(&change), ERR_VERIFY_CODE_NEEDED);
	change.verify_code = "";
	assert_int_equal(save(&change), ERR_VERIFY_CODE_NEEDED);
	change.verify_code = wrong;
	assert_int_equal(save(&change), ERR_VERIFY_CODE_NONE);
	memcpy(digits, code_for("oCode", "13900000031"), sizeof(digits));
	wrong[0] = digits[0] == '0' ? '1' : '0';
	assert_int_equal(save(&change), ERR_VERIFY_CODE_WRONG);
	assert_int_equal(fingerprint(), before);
	change.verify_code = digits;
	assert_int_equal(save(&change), ERR_NONE);

	change.openid = "oCode2";
	assert_int_equal(save(&change), ERR_VERIFY_CODE_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oCode2'"), 0);
}

static void test_a_changed_phone_needs_its_code(void **state)
{
	struct resident_change change = {.openid = "oCode", .phone = "13900000032", .name = "New"};
	int64_t before = fingerprint();

	(void)state;
	code_for("oCode", "13900000031");
	change.verify_code = "000000";
	assert_int_equal(save(&change), ERR_VERIFY_CODE_NONE);
	assert_int_equal(fingerprint(), before);
	change.verify_code = code_for("oCode", "13900000032");
	sql("UPDATE verify_code SET expires_at = UTC_TIMESTAMP(6) WHERE used_at IS NULL");
	assert_int_equal(save(&change), ERR_VERIFY_CODE_EXPIRED);
	change.verify_code = code_for("oCode", "13900000032");
	assert_int_equal(save(&change), ERR_NONE);
	assert_string_equal(sql_text("SELECT name FROM resident ORDER BY id DESC LIMIT 1"), "New");
}

static void test_a_code_s_tries_end(void **state)
{
	struct resident_change change = {.openid = "oCode", .phone = "13900000033"};
	char digits[VERIFY_CODE_DIGITS + 1];

	(void)state;
	memcpy(digits, code_for("oCode", "13900000033"), sizeof(digits));
	change.verify_code = wrong_code(digits);
	for (int i = 0; i < 5; i++)
		assert_int_equal(save(&change), ERR_VERIFY_CODE_WRONG);
	change.verify_code = digits;
	assert_int_equal(save(&change), ERR_VERIFY_CODE_TRIES);
}

static void test_a_code_is_of_who_asked_for_it(void **state)
{
	struct resident_change change = change_of("oThief", "13900000034");
	char digits[VERIFY_CODE_DIGITS + 1];

	(void)state;
	log_in(&mini, "oVictim", NULL);
	log_in(&mini, "oThief", NULL);
	memcpy(digits, code_for("oVictim", "13900000034"), sizeof(digits));
	change.verify_code = digits;
	for (int i = 0; i < 30; i++)
		assert_int_equal(save(&change), ERR_VERIFY_CODE_NONE);
	code_for("oThief", "13900000034");
	for (int i = 0; i < 6; i++)
		save(&change);
	change.openid = "oVictim";
	assert_int_equal(save(&change), ERR_NONE);
}

static void test_a_phone_that_is_not_new_needs_none(void **state)
{
	struct resident_change change = {
		.openid = "oCode", .phone = "+86 13900000032", .verify_code = "wrong",
		.name = "Newer",
	};

	(void)state;
	assert_int_equal(save(&change), ERR_NONE);
}

static void test_two_may_share_a_phone(void **state)
{
	(void)state;
	save_new("oShare1", "13900000041");
	save_new("oShare2", "13900000041");
	assert_int_equal(sql_number("SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM resident "
				    "GROUP BY phone_hash) AS t"), 2);
}

static void test_a_proven_phone_is_confirmed(void **state)
{
	struct account account = log_in(&mini, "oConfirm", NULL);
	int32_t version = account.entity_version;

	(void)state;
	save_new("oConfirm", "13900000051");
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account a JOIN resident r "
				    "ON r.phone_hash = a.confirmed_phone_hash "
				    "JOIN wechat_user u ON u.id = r.wechat_user_id "
				    "AND u.account_id = a.id WHERE u.openid = 'oConfirm'"), 1);
	account = log_in(&mini, "oConfirm", NULL);
	assert_int_equal(account.entity_version, version + 1);
	assert_string_equal(account.name, "");
	assert_string_equal(account.phone, "");
	sql("UPDATE resident SET phone_hash = REPEAT('x', 32)");
	save_new("oConfirm", "13900000052");
	assert_int_equal(log_in(&mini, "oConfirm", NULL).entity_version, version + 2);
}

/* Whoever confirms the phone last holds it; a code that comes with the stored phone does so. */
static void test_a_phone_is_confirmed_again(void **state)
{
	static const char holder[] = "SELECT u.openid = '%s' FROM account a JOIN wechat_user u "
				     "ON u.account_id = a.id JOIN resident r "
				     "ON r.wechat_user_id = u.id "
				     "AND r.phone_hash = a.confirmed_phone_hash "
				     "WHERE u.openid LIKE 'oAgain%%' AND a.confirmed_phone_at > "
				     "UTC_TIMESTAMP(6) - INTERVAL 1 DAY";
	struct resident_change change = change_of("oAgain1", "13900000053");

	(void)state;
	save_new("oAgain1", "13900000053");
	save_new("oAgain2", "13900000053");
	assert_int_equal(sql_number(holder, "oAgain2"), 1);
	assert_int_equal(save(&change), ERR_NONE);
	assert_int_equal(sql_number(holder, "oAgain2"), 1);
	change.verify_code = wrong_code(code_for("oAgain1", "13900000053"));
	assert_int_equal(save(&change), ERR_VERIFY_CODE_WRONG);
	change.verify_code = code_for("oAgain1", "13900000053");
	change.phone = "139****0053";
	for (int i = 0; i < 2; i++)
		assert_int_equal(save(&change), ERR_NONE);
	assert_int_equal(sql_number(holder, "oAgain1"), 1);
	sql("UPDATE account SET confirmed_phone_at = confirmed_phone_at - INTERVAL 1 YEAR");
	change.verify_code = code_for("oAgain1", "13900000053");
	assert_int_equal(save(&change), ERR_NONE);
	assert_int_equal(sql_number(holder, "oAgain1"), 1);
}

/* ---- Memberships. */

static void test_all_memberships_are_told(void **state)
{
	struct resident_change change = {.openid = "oRoles"};
	struct saved_resident saved = save_new("oRoles", "13900000061");
	const struct membership *member;

	(void)state;
	sql("INSERT INTO organisation (id, tenant_id, name, region_level, business_type, "
	    "unit_type, created_at) VALUES (77, %d, '街道办', 2, 4, 3, UTC_TIMESTAMP(6)); "
	    "INSERT INTO community (id, tenant_id, name, organisation_id, region_level, "
	    "created_at) VALUES (900, %d, '调解组', 77, 1, UTC_TIMESTAMP(6)); "
	    "INSERT INTO role_type VALUES (%d, 5, '调解员'); "
	    "INSERT INTO membership (tenant_id, account_id, community_id, role_type, user_id, "
	    "dutys, role_ids, created_at) SELECT tenant_id, account_id, 900, 5, 'zhang', "
	    "'[100001, 100002]', '[9007199254740993]', UTC_TIMESTAMP(6) "
	    "FROM wechat_user WHERE openid = 'oRoles'",
		tenant, tenant, tenant);
	assert_int_equal(resident_save(test_db, &server, &change, &saved), ERR_NONE);
	assert_int_equal(saved.memberships.n_members, 2);
	assert_int_equal(saved.memberships.members[0].region.code, VILLAGE);
	member = &saved.memberships.members[1];
	assert_string_equal(member->community_name, "调解组");
	assert_int_equal(member->region.level, 0);
	assert_int_equal(member->region_level, 1);
	assert_int_equal(member->organisation_id, 77);
	assert_string_equal(member->organisation_name, "街道办");
	assert_int_equal(member->organisation_region_level, 2);
	assert_int_equal(member->business_type, 4);
	assert_int_equal(member->unit_type, 3);
	assert_string_equal(member->role_type_name, "调解员");
	assert_string_equal(member->user_id, "zhang");
	assert_int_equal(member->n_dutys, 2);
	assert_int_equal(member->dutys[1], 100002);
	assert_int_equal(member->n_role_ids, 1);
	assert_int_equal(member->role_ids[0], 9007199254740993);
}

static void test_who_has_a_membership_gets_no_other(void **state)
{
	struct resident_change change = {.openid = "oRoles", .region_code = 4301};

	(void)state;
	assert_int_equal(save(&change), ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM community WHERE region_code = 4301"), 0);
}

/* ---- Races and failures. */

static char race_digits[VERIFY_CODE_DIGITS + 1];

static int save_with_one_code(int index)
{
	struct resident_change change = change_of(index % 2 == 0 ? "oRace1" : "oRace2",
		"13900000071");

	change.verify_code = race_digits;
	return save(&change) == ERR_NONE ? 0 : 1;
}

static void test_one_code_is_used_once(void **state)
{
	int64_t n_before = n_rows("resident");

	(void)state;
	log_in(&mini, "oRace1", "uRace");
	log_in(&official, "oRace2", "uRace");
	memcpy(race_digits, code_for("oRace1", "13900000071"), sizeof(race_digits));
	assert_int_equal(mariadb_race(N_RACERS, save_with_one_code), N_RACERS / 2);
	assert_int_equal(n_rows("resident"), n_before + 1);
}

static char all_digits[N_RACERS][VERIFY_CODE_DIGITS + 1];

static int save_with_own_code(int index)
{
	struct resident_change change = change_of(NULL, phone_of(index));
	char openid[32];

	snprintf(openid, sizeof(openid), "oFirst-%d", index);
	change.openid = openid;
	change.region_code = 441900003;
	change.verify_code = all_digits[index];
	return save(&change) == ERR_NONE ? 0 : 1;
}

static void test_a_community_is_made_once(void **state)
{
	(void)state;
	for (int i = 0; i < N_RACERS; i++) {
		char openid[32];

		snprintf(openid, sizeof(openid), "oFirst-%d", i);
		memcpy(all_digits[i], code_for(openid, phone_of(i)), sizeof(all_digits[i]));
	}
	assert_int_equal(mariadb_race(N_RACERS, save_with_own_code), N_RACERS);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM community WHERE region_code = 441900003"), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM membership m JOIN community c "
				    "ON c.id = m.community_id WHERE c.region_code = 441900003"),
		N_RACERS);
}

static int save_one_user(int index)
{
	struct resident_change change = change_of("oSame", "13900000072");

	(void)index;
	change.verify_code = race_digits;
	save(&change);
	return 0;
}

static void test_one_user_is_stored_once(void **state)
{
	(void)state;
	memcpy(race_digits, code_for("oSame", "13900000072"), sizeof(race_digits));
	mariadb_race(N_RACERS, save_one_user);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM resident r JOIN wechat_user u "
				    "ON u.id = r.wechat_user_id WHERE u.openid = 'oSame'"), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM membership m JOIN wechat_user u "
				    "ON u.account_id = m.account_id WHERE u.openid = 'oSame'"), 1);
}

/* Each statement on the way fails once: nothing is changed, and the code is as good as new. */
static void test_each_statement_may_fail(void **state)
{
	struct resident_change change = change_of("oFail", "13900000081");
	enum err err = ERR_INTERNAL;
	int n = 0;

	(void)state;
	change.region_code = 4301;
	for (; err != ERR_NONE; n++) {
		int64_t before, n_codes;

		change.verify_code = code_for("oFail", "13900000081");
		before = fingerprint();
		n_codes = n_live_codes();
		break_at(n + 1, 1, ER_OUT_OF_RESOURCES);
		err = save(&change);
		break_at(0, 0, 0);
		db_end_request(test_db);
		if (err == ERR_NONE)
			break;
		assert_true(err == ERR_INTERNAL || err == ERR_BUSY);
		assert_int_equal(fingerprint(), before);
		assert_int_equal(n_live_codes(), n_codes);
	}
	assert_in_range(n, 10, 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes_in_each_form),
		cmocka_unit_test(test_codes_of_nowhere),
		cmocka_unit_test(test_a_region_knows_what_it_lies_in),
		cmocka_unit_test(test_a_new_resident_of_a_server),
		cmocka_unit_test(test_what_is_personal_is_sealed),
		cmocka_unit_test(test_the_first_login_gets_the_account),
		cmocka_unit_test(test_what_is_absent_stays),
		cmocka_unit_test(test_a_masked_value_is_unchanged),
		cmocka_unit_test(test_what_is_malformed),
		cmocka_unit_test(test_the_id_is_the_resident_s_own),
		cmocka_unit_test(test_a_person_writes_its_own),
		cmocka_unit_test(test_the_phone_of_a_resident_makes_a_member),
		cmocka_unit_test(test_another_s_openid_is_as_none),
		cmocka_unit_test(test_a_stored_user_gets_its_account),
		cmocka_unit_test(test_another_tenant_has_its_own),
		cmocka_unit_test(test_a_new_phone_needs_its_code),
		cmocka_unit_test(test_a_changed_phone_needs_its_code),
		cmocka_unit_test(test_a_code_s_tries_end),
		cmocka_unit_test(test_a_code_is_of_who_asked_for_it),
		cmocka_unit_test(test_a_phone_that_is_not_new_needs_none),
		cmocka_unit_test(test_two_may_share_a_phone),
		cmocka_unit_test(test_a_proven_phone_is_confirmed),
		cmocka_unit_test(test_a_phone_is_confirmed_again),
		cmocka_unit_test(test_all_memberships_are_told),
		cmocka_unit_test(test_who_has_a_membership_gets_no_other),
		cmocka_unit_test(test_one_code_is_used_once),
		cmocka_unit_test(test_a_community_is_made_once),
		cmocka_unit_test(test_one_user_is_stored_once),
		cmocka_unit_test(test_each_statement_may_fail),
	};

	return cmocka_run_group_tests(tests, set_up, mariadb_close);
}
