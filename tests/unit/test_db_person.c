#include "unit.h"

#include "account_conflict.h"
#include "account_unmerge.h"
#include "consent.h"
#include "db.h"
#include "logins.h"
#include "mariadb.h"
#include "person_search.h"

#define N_APPS 3
#define N_ORDERS 6
#define N_RACERS 64

static struct app mobile, lonely;

static int set_up(void **state)
{
	logins_open(state);
	mobile = add_app(tenant, "wx-mobile", APP_MOBILE, "open");
	lonely = add_app(tenant, "wx-lonely", APP_MINI, "");
	return 0;
}

static void test_every_order_ends_as_one_person(void **state)
{
	static const int orders[N_ORDERS][N_APPS] = {
		{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0},
	};
	const struct app *apps[N_APPS] = {&mini, &official, &mobile};

	(void)state;
	for (int i = 0; i < N_ORDERS * N_ORDERS << N_APPS; i++) {
		const int *first = orders[i % N_ORDERS], *second = orders[i / N_ORDERS % N_ORDERS];
		int is_later = i / (N_ORDERS * N_ORDERS);
		char openids[N_APPS][32], unionid[32];
		char oldest[UUID_TEXT_SIZE];

		snprintf(unionid, sizeof(unionid), "u-order-%d", i);
		for (int j = 0; j < N_APPS; j++) {
			int k = first[j];
			struct account account;

			snprintf(openids[k], sizeof(openids[k]), "o-order-%d-%d", i, k);
			account = log_in(apps[k], openids[k], is_later >> k & 1 ? NULL : unionid);
			if (j == 0)
				memcpy(oldest, account.id, sizeof(oldest));
		}
		for (int j = 0; j < N_APPS; j++)
			log_in(apps[second[j]], openids[second[j]], unionid);
		for (int j = 0; j < N_APPS; j++)
			assert_string_equal(log_in(apps[j], openids[j], NULL).id, oldest);
		db_end_request(test_db);
	}
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account_conflict"), 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account_alias a "
				    "JOIN account_alias b ON b.alias = a.account_id"), 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM merge_log"),
		sql_number("SELECT COUNT(*) FROM account_alias"));
}

static void test_without_unionid_each_stays_its_own(void **state)
{
	(void)state;
	assert_string_not_equal(
		log_in(&mini, "oAlone1", NULL).id, log_in(&official, "oAlone2", NULL).id);
	assert_string_not_equal(
		log_in(&lonely, "oAlone3", "uAlone").id, log_in(&official, "oAlone4", "uAlone").id);
}

static void test_a_merge_can_be_undone(void **state)
{
	char older[UUID_TEXT_SIZE], younger[UUID_TEXT_SIZE];
	const struct wechat_login login = {
		.openid = "oM2", .unionid = "uM", .nickname = "Second", .gender = 1,
	};
	struct account account = log_in(&mini, "oM1", NULL);
	int32_t moved;

	(void)state;
	memcpy(older, account.id, sizeof(older));
	assert_int_equal(try_login(&official, &login, &account), ERR_NONE);
	memcpy(younger, account.id, sizeof(younger));
	moved = account.wechat_user_id;
	sql("UPDATE account SET is_risk = 1, access_failed_count = 3 "
	    "WHERE id = UNHEX(REPLACE('%s', '-', ''))", younger);

	account = log_in(&mini, "oM1", "uM");
	assert_string_equal(account.id, older);
	assert_true(account.is_risk);
	assert_int_equal(account.access_failed_count, 3);
	assert_int_equal(account.entity_version, 1);
	assert_string_equal(account.name, "Second");
	assert_int_equal(account.gender, 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account_alias WHERE "
				    "alias = UNHEX(REPLACE('%s', '-', '')) AND "
				    "account_id = UNHEX(REPLACE('%s', '-', ''))",
				 younger, older), 1);
	assert_int_equal(sql_number("SELECT JSON_VALUE(moved, '$.users[0]') FROM merge_log "
				    "ORDER BY id DESC LIMIT 1"), moved);
	assert_string_equal(sql_text("SELECT JSON_VALUE(moved, '$.unionids[0][1]') "
				     "FROM merge_log ORDER BY id DESC LIMIT 1"), "uM");
	assert_string_equal(sql_text("SELECT JSON_VALUE(moved, '$.survivor.is_risk') "
				     "FROM merge_log ORDER BY id DESC LIMIT 1"), "0");
	assert_string_equal(sql_text("SELECT action FROM audit ORDER BY id DESC LIMIT 1"),
		"account.merge");
	assert_string_equal(
		sql_text("SELECT subject FROM audit ORDER BY id DESC LIMIT 1"), older);
}

static void add_membership(const char *account_id, int community, int role_type)
{
	sql("INSERT INTO membership (tenant_id, account_id, community_id, role_type, created_at) "
	    "VALUES (%d, UNHEX(REPLACE('%s', '-', '')), %d, %d, UTC_TIMESTAMP(6))", tenant,
		account_id, community, role_type);
}

static void test_memberships_move(void **state)
{
	char older[UUID_TEXT_SIZE], younger[UUID_TEXT_SIZE];

	(void)state;
	sql("INSERT INTO community (id, tenant_id, name, created_at) "
	    "VALUES (1, %d, 'a', UTC_TIMESTAMP(6)), (2, %d, 'b', UTC_TIMESTAMP(6))", tenant,
		tenant);
	memcpy(older, log_in(&mini, "oMM1", NULL).id, sizeof(older));
	memcpy(younger, log_in(&official, "oMM2", "uMM").id, sizeof(younger));
	add_membership(older, 1, 0);
	add_membership(younger, 1, 0);
	add_membership(younger, 1, 3);
	add_membership(younger, 2, 0);
	assert_string_equal(log_in(&mini, "oMM1", "uMM").id, older);

	assert_string_equal(sql_text("SELECT GROUP_CONCAT(community_id, ':', role_type "
				     "ORDER BY community_id, role_type) FROM membership "
				     "WHERE account_id = UNHEX(REPLACE('%s', '-', ''))", older),
		"1:0,1:3,2:0");
	assert_int_equal(sql_number("SELECT COUNT(*) FROM membership "
				    "WHERE account_id = UNHEX(REPLACE('%s', '-', ''))",
				 younger), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM membership u JOIN merge_log l "
				    "ON JSON_CONTAINS(JSON_QUERY(l.moved, '$.memberships'), u.id) "
				    "WHERE u.community_id * 10 + u.role_type IN (13, 20) "
				    "AND l.id = (SELECT MAX(id) FROM merge_log)"), 2);
	assert_int_equal(sql_number("SELECT JSON_LENGTH(moved, '$.memberships') FROM merge_log "
				    "ORDER BY id DESC LIMIT 1"), 2);
	sql("SET @younger = UNHEX(REPLACE('%s', '-', '')); "
	    "DELETE FROM merge_log WHERE merged_id = @younger; "
	    "DELETE FROM account_alias WHERE alias = @younger; "
	    "DELETE FROM account WHERE id = @younger", younger);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM membership WHERE tenant_id = %d",
				 tenant), 3);
}

static void check_conflict(int32_t wechat_user_id, int reason)
{
	assert_int_equal(sql_number("SELECT reason FROM account_conflict WHERE wechat_user_id = %d",
				 wechat_user_id), reason);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account_conflict "
				    "WHERE wechat_user_id = %d", wechat_user_id), 1);
}

static void set_account(const char *id, const char *values)
{
	sql("UPDATE account SET %s WHERE id = UNHEX(REPLACE('%s', '-', ''))", values, id);
}

/* Nobody slips in through another app, and nobody is shut out by another. */
static void test_an_account_that_is_off_is_not_joined(void **state)
{
	static const char *const values[] = {
		"is_active = 0", "lockout_end = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		char openid[32], own[32], unionid[32];
		const struct wechat_login login = {.openid = openid, .unionid = unionid};
		struct account off, account;
		int64_t n_merges = sql_number("SELECT COUNT(*) FROM merge_log");

		snprintf(openid, sizeof(openid), "oOffNew%d", i);
		snprintf(own, sizeof(own), "oOffOwn%d", i);
		snprintf(unionid, sizeof(unionid), "uOff%d", i);
		off = log_in(&official, unionid, unionid);
		account = log_in(&mini, own, NULL);
		set_account(off.id, values[i]);
		assert_int_equal(try_login(&mobile, &login, &account), ERR_ACCOUNT_DISABLED);
		assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user "
					    "WHERE openid = '%s'", openid), 0);

		account = log_in(&mini, own, NULL);
		assert_string_equal(log_in(&mini, own, unionid).id, account.id);
		assert_string_equal(log_in(&mini, own, unionid).id, account.id);
		check_conflict(account.wechat_user_id, 4);
		assert_int_equal(sql_number("SELECT COUNT(*) FROM merge_log"), n_merges);

		set_account(off.id, "is_active = 1, lockout_end = NULL");
		assert_string_equal(log_in(&mini, own, unionid).id, off.id);
	}
}

static void test_what_is_off_joins_nobody(void **state)
{
	const struct wechat_login login = {.openid = "oOffA", .unionid = "uOffA"};
	struct account owner = log_in(&official, "oOffB", "uOffA"), off, account;

	(void)state;
	off = log_in(&mini, "oOffA", NULL);
	set_account(off.id, "is_active = 0");
	assert_int_equal(try_login(&mini, &login, &account), ERR_ACCOUNT_DISABLED);
	assert_string_equal(log_in(&official, "oOffB", "uOffA").id, owner.id);
}

static void test_a_deleted_account_owns_nothing(void **state)
{
	struct account deleted = log_in(&official, "oGone1", "uGone"), account, other;
	const struct wechat_login login = {.openid = "oGone1", .unionid = "uGone"};

	(void)state;
	set_account(deleted.id, "is_deleted = 1, deleted_at = UTC_TIMESTAMP(6)");
	account = log_in(&mini, "oGone2", "uGone");
	assert_string_not_equal(account.id, deleted.id);
	assert_string_equal(log_in(&mobile, "oGone3", "uGone").id, account.id);
	assert_int_equal(try_login(&official, &login, &other), ERR_ACCOUNT_DISABLED);

	set_account(account.id, "is_deleted = 1, deleted_at = UTC_TIMESTAMP(6)");
	other = log_in(&mini, "oGone4", NULL);
	assert_string_equal(log_in(&mini, "oGone4", "uGone").id, other.id);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account_unionid WHERE unionid = 'uGone' "
				    "AND account_id = UNHEX(REPLACE('%s', '-', ''))",
				 other.id), 1);
}

static void test_another_unionid_is_a_conflict(void **state)
{
	struct account a = log_in(&mini, "oC1", "uC1"), b = log_in(&official, "oC2", "uC2");

	(void)state;
	assert_string_equal(log_in(&mini, "oC1", "uC3").id, a.id);
	check_conflict(a.wechat_user_id, 1);
	assert_string_equal(log_in(&mini, "oC1", "uC3").id, a.id);
	check_conflict(a.wechat_user_id, 1);
	assert_string_equal(log_in(&official, "oC2", "uC1").id, b.id);
	check_conflict(b.wechat_user_id, 1);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM account_unionid WHERE unionid = 'uC3'"), 0);
}

static void test_two_openids_of_one_app_are_a_conflict(void **state)
{
	struct account first = log_in(&mini, "oD1", "uD"), second = log_in(&mini, "oD2", NULL);
	struct account third;

	(void)state;
	assert_string_equal(log_in(&mini, "oD2", "uD").id, second.id);
	check_conflict(second.wechat_user_id, 2);
	third = log_in(&mini, "oD3", "uD");
	assert_string_not_equal(third.id, first.id);
	check_conflict(third.wechat_user_id, 2);
	assert_string_equal(log_in(&mini, "oD3", "uD").id, third.id);
	check_conflict(third.wechat_user_id, 2);
}

static int32_t bind_member(int32_t wechat_user_id)
{
	sql("INSERT INTO member (tenant_id, row_uuid, phone, created_at) "
	    "VALUES (%d, REPEAT('m', 16), '', UTC_TIMESTAMP(6)); "
	    "UPDATE wechat_user SET member_id = LAST_INSERT_ID() WHERE id = %d",
		tenant, wechat_user_id);
	return (int32_t)sql_number("SELECT MAX(id) FROM member");
}

static void test_two_members_are_a_conflict(void **state)
{
	struct account a = log_in(&mini, "oE1", "uE"), b = log_in(&official, "oE2", NULL);
	struct account c;
	int32_t member = bind_member(a.wechat_user_id);

	(void)state;
	bind_member(b.wechat_user_id);
	assert_string_equal(log_in(&official, "oE2", "uE").id, b.id);
	check_conflict(b.wechat_user_id, 3);

	c = log_in(&mobile, "oE3", NULL);
	sql("UPDATE wechat_user SET member_id = %d WHERE id = %d", member, c.wechat_user_id);
	assert_string_equal(log_in(&mobile, "oE3", "uE").id, a.id);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account_conflict "
				    "WHERE wechat_user_id = %d", c.wechat_user_id), 0);
}

/* ---- By an operator. */

static enum err merge_by_hand(const char *one, const char *other, struct conflict_merge *merge_r)
{
	*merge_r = (struct conflict_merge){.is_dry_run = merge_r->is_dry_run};
	assert_int_equal(account_find(test_db, one, &merge_r->a), ERR_NONE);
	assert_int_equal(account_find(test_db, other, &merge_r->b), ERR_NONE);
	return account_conflict_merge(test_db, merge_r);
}

static void test_an_operator_merges_in_spite_of_two_openids(void **state)
{
	struct account first = log_in(&mini, "oHand1", "uHand"), second;
	struct conflict_merge merge = {.is_dry_run = true};
	char id[UUID_TEXT_SIZE];

	(void)state;
	second = log_in(&mini, "oHand2", "uHand");
	memcpy(id, second.id, sizeof(id));
	check_conflict(second.wechat_user_id, 2);
	assert_int_equal(merge_by_hand(second.id, "oHand1", &merge), ERR_NONE);
	assert_true(merge.has_openids_of_one_app);
	assert_false(merge.has_two_members || merge.has_two_unionids || merge.has_one_off);
	assert_int_equal(merge.n_users, 1);
	assert_string_equal(log_in(&mini, "oHand2", "uHand").id, id);

	merge.is_dry_run = false;
	assert_int_equal(merge_by_hand(second.id, "oHand1", &merge), ERR_NONE);
	assert_string_equal(log_in(&mini, "oHand2", "uHand").id, first.id);
	assert_int_equal(sql_number("SELECT settled_at IS NOT NULL FROM account_conflict "
				    "WHERE wechat_user_id = %d", second.wechat_user_id), 1);
	assert_string_equal(sql_text("SELECT CONCAT(action, ' ', actor) FROM audit "
				     "ORDER BY id DESC LIMIT 1"), "account.merge wxuserctl");
	assert_int_equal(merge_by_hand(second.id, first.id, &merge), ERR_PARAMETER);
}

static void test_two_unionids_are_two_people(void **state)
{
	struct conflict_merge merge = {.is_dry_run = false};

	(void)state;
	log_in(&mini, "oTwo1", "uTwo1");
	log_in(&official, "oTwo2", "uTwo2");
	assert_int_equal(merge_by_hand("oTwo1", "oTwo2", &merge), ERR_PARAMETER);
	assert_true(merge.has_two_unionids);
}

static void count_conflict(void *ctx, const struct account_conflict *conflict)
{
	int64_t *id = ctx;

	if (strcmp(conflict->openid, "oDis1") == 0)
		*id = conflict->id;
}

static void test_a_conflict_is_dismissed_for_good(void **state)
{
	int64_t id = 0, again = 0;

	(void)state;
	log_in(&mini, "oDis1", "uDis1");
	log_in(&mini, "oDis1", "uDis2");
	assert_int_equal(account_conflict_list(test_db, count_conflict, &id), ERR_NONE);
	assert_true(id > 0);
	assert_int_equal(account_conflict_dismiss(test_db, id), ERR_NONE);
	assert_int_equal(account_conflict_dismiss(test_db, id), ERR_PARAMETER);
	log_in(&mini, "oDis1", "uDis2");
	assert_int_equal(account_conflict_list(test_db, count_conflict, &again), ERR_NONE);
	assert_int_equal(again, 0);
}

/* What an undo must give back, as text. */
static int64_t give_consent(int32_t user_id, const char *document, const char *version)
{
	const struct principal person = {.tenant_id = tenant, .wechat_user_id = user_id};
	struct consent consent = {.document = document, .version = version};

	assert_int_equal(consent_add(test_db, &person, &consent), ERR_NONE);
	return consent.consented_us;
}

static void add_external_id(int32_t user_id, const char *external_id)
{
	sql("INSERT INTO external_id (tenant_id, account_id, external_id, created_at) SELECT "
	    "tenant_id, account_id, '%s', NOW() FROM wechat_user WHERE id = %d", external_id,
		user_id);
}

static const char *picture(const char *one, const char *other)
{
	return sql_text(
		"SELECT GROUP_CONCAT(CONCAT_WS('/', HEX(a.id), a.is_active, a.is_risk, "
		"a.is_lockout_enabled, a.lockout_end, a.access_failed_count, "
		"IFNULL(HEX(a.confirmed_phone_hash), '-'), IFNULL(a.confirmed_phone_source, '-'), "
		"IFNULL(a.confirmed_phone_at, '-'), IFNULL(a.can_balance_pay, '-'), "
		"IFNULL(a.is_close_order_pda, '-'), IFNULL(a.is_show_statistics_pda, '-'), "
		"(SELECT GROUP_CONCAT(u.openid ORDER BY u.id) FROM wechat_user u "
		"WHERE u.account_id = a.id), (SELECT GROUP_CONCAT(n.unionid) "
		"FROM account_unionid n WHERE n.account_id = a.id), "
		"(SELECT GROUP_CONCAT(HEX(x.alias)) FROM account_alias x "
		"WHERE x.account_id = a.id), (SELECT GROUP_CONCAT(m.community_id, ':', "
		"m.role_type ORDER BY m.id) FROM membership m WHERE m.account_id = a.id), "
		"(SELECT GROUP_CONCAT(c.document, c.version ORDER BY c.id) FROM consent c "
		"WHERE c.account_id = a.id), (SELECT GROUP_CONCAT(e.external_id ORDER BY e.id) "
		"FROM external_id e WHERE e.account_id = a.id)) "
		"ORDER BY a.created_at SEPARATOR ' ') "
		"FROM account a WHERE a.id IN (UNHEX(REPLACE('%s', '-', '')), "
		"UNHEX(REPLACE('%s', '-', '')))", one, other);
}

static void test_a_consent_is_added_once(void **state)
{
	static const char count[] = "SELECT COUNT(*) FROM consent WHERE account_id = "
		"(SELECT account_id FROM wechat_user WHERE openid = 'oAgrees')";
	const int32_t id = log_in(&mini, "oAgrees", NULL).wechat_user_id;
	const struct principal person = {.tenant_id = tenant, .wechat_user_id = id};
	struct consent consent = {.document = "privacy", .version = "n"};
	int64_t first = give_consent(id, "privacy", "1");

	(void)state;
	assert_int_equal(give_consent(id, "privacy", "1"), first);
	assert_int_equal(sql_number(count), 1);
	assert_true(give_consent(id, "terms", "1") > first);
	assert_true(give_consent(id, "privacy", "2") > first);
	assert_true(give_consent(id, "privacy", "1") > first);
	assert_int_equal(sql_number(count), 4);
	sql("INSERT INTO consent (tenant_id, account_id, document, version, consented_at) "
	    "SELECT tenant_id, account_id, 'many', seq, UTC_TIMESTAMP(6) FROM wechat_user "
	    "JOIN seq_1_to_996 WHERE openid = 'oAgrees'");
	assert_int_equal(give_consent(id, "many", "996"), give_consent(id, "many", "996"));
	assert_true(give_consent(id, "privacy", "3") > first);
	assert_int_equal(sql_number(count), 1000);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM consent WHERE document = 'privacy' "
				    "AND consented_at = FROM_UNIXTIME(%lld / 1000000)",
				 (long long)first), 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM consent WHERE document = 'terms'"), 1);
	sql("UPDATE consent SET document = id WHERE account_id = "
	    "(SELECT account_id FROM wechat_user WHERE id = %d)", id);
	assert_int_equal(consent_add(test_db, &person, &consent), ERR_PARAMETER);
	assert_int_equal(sql_number(count), 1000);
	sql("UPDATE wechat_user SET is_closed = 1 WHERE id = %d", id);
	assert_int_equal(consent_add(test_db, &person, &consent), ERR_USER_UNKNOWN);
}

static void test_an_undo_gives_everything_back(void **state)
{
	struct conflict_merge merge = {.is_dry_run = false};
	enum unmerge_problem problem;
	struct account older = log_in(&mini, "oUn1", NULL), younger;
	char before[1024];
	int32_t *ids;
	size_t n_ids;

	(void)state;
	log_in(&official, "oUn3", NULL);
	younger = log_in(&mobile, "oUn2", "uUn");
	log_in(&official, "oUn3", "uUn");
	younger = log_in(&mobile, "oUn2", "uUn");
	set_account(younger.id, "is_risk = 1, access_failed_count = 2, "
		"lockout_end = '2020-01-02 03:04:05.678901', "
		"can_balance_pay = 1, is_close_order_pda = 1, "
		"confirmed_phone_hash = REPEAT('h', 32), confirmed_phone_source = 2, "
		"confirmed_phone_at = '2020-01-02 03:04:05.678901'");
	set_account(older.id, "is_close_order_pda = 0");
	add_membership(older.id, 1, 7);
	add_membership(younger.id, 1, 7);
	add_membership(younger.id, 2, 7);
	give_consent(older.wechat_user_id, "privacy", "1");
	give_consent(younger.wechat_user_id, "privacy", "2");
	add_external_id(older.wechat_user_id, "older");
	add_external_id(younger.wechat_user_id, "younger");
	snprintf(before, sizeof(before), "%s", picture(older.id, younger.id));

	assert_int_equal(merge_by_hand(older.id, younger.id, &merge), ERR_NONE);
	assert_int_equal(
		person_search_external_id(test_db, tenant, &(struct external_id){"younger", NULL},
			&ids, &n_ids),
		ERR_NONE);
	assert_int_equal(n_ids, 3);
	assert_int_equal(ids[0], older.wechat_user_id);
	assert_int_equal(merge.n_users, 2);
	assert_int_equal(merge.n_aliases, 1);
	assert_int_equal(merge.n_memberships, 1);
	assert_string_not_equal(picture(older.id, younger.id), before);
	assert_int_equal(sql_number("SELECT can_balance_pay AND NOT is_close_order_pda AND "
				    "is_show_statistics_pda IS NULL FROM account WHERE "
				    "id = UNHEX(REPLACE('%s', '-', ''))", older.id), 1);
	assert_int_equal(account_unmerge(test_db, merge.id, &problem), ERR_NONE);
	assert_string_equal(picture(older.id, younger.id), before);
	assert_int_equal(account_unmerge(test_db, merge.id, &problem), ERR_PARAMETER);
	assert_int_equal(problem, UNMERGE_DONE);
	assert_int_equal(account_unmerge(test_db, INT32_MAX, &problem), ERR_PARAMETER);
	assert_int_equal(problem, UNMERGE_UNKNOWN);

	assert_string_equal(log_in(&mini, "oUn1", "uUn").id, older.id);
	check_conflict(older.wechat_user_id, 5);
}

static int64_t n_disabled(const char *id)
{
	return sql_number("SELECT NOT is_active AND disabled_at IS NOT NULL FROM account "
			  "WHERE id = UNHEX(REPLACE('%s', '-', ''))", id);
}

static void test_an_undo_enables_nobody(void **state)
{
	static const struct {
		bool older_was, younger_was; /* enabled before the merge */
		bool is; /* the survivor is before the undo */
	} cases[] = {
		{true, true, true}, {true, true, false}, {false, true, true}, {true, false, true},
		{true, false, false}, {false, false, true},
	};
	const struct account older = log_in(&mini, "oOff1", NULL);
	const struct account younger = log_in(&official, "oOff2", NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conflict_merge merge = {.is_dry_run = false};
		enum unmerge_problem problem;

		set_account(older.id, cases[i].older_was
				? "is_active = 1, disabled_at = NULL"
				: "is_active = 0, disabled_at = created_at");
		set_account(younger.id, cases[i].younger_was
				? "is_active = 1, disabled_at = NULL"
				: "is_active = 0, disabled_at = created_at");
		assert_int_equal(merge_by_hand(older.id, younger.id, &merge), ERR_NONE);
		assert_int_equal(merge.has_one_off, cases[i].older_was != cases[i].younger_was);
		if (cases[i].is != (cases[i].older_was && cases[i].younger_was))
			set_account(older.id, cases[i].is
					? "is_active = 1, disabled_at = NULL"
					: "is_active = 0, disabled_at = created_at");
		assert_int_equal(account_unmerge(test_db, merge.id, &problem), ERR_NONE);
		assert_int_equal(n_disabled(older.id), !cases[i].older_was || !cases[i].is);
		assert_int_equal(n_disabled(younger.id), !cases[i].younger_was || !cases[i].is);
	}
}

static void test_an_undo_keeps_what_was_changed_since(void **state)
{
	struct conflict_merge merge = {.is_dry_run = false};
	enum unmerge_problem problem;
	struct account older = log_in(&mini, "oSince1", NULL);
	struct account younger = log_in(&official, "oSince2", NULL);

	(void)state;
	set_account(younger.id, "is_risk = 1, access_failed_count = 2");
	assert_int_equal(merge_by_hand(older.id, younger.id, &merge), ERR_NONE);
	set_account(older.id, "access_failed_count = 9");
	log_in(&mini, "oSince1", "uSince");
	assert_int_equal(account_unmerge(test_db, merge.id, &problem), ERR_NONE);
	older = log_in(&mini, "oSince1", NULL);
	assert_int_equal(older.access_failed_count, 9);
	assert_false(older.is_risk);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account_unionid WHERE unionid = 'uSince' "
				    "AND account_id = UNHEX(REPLACE('%s', '-', ''))",
				 older.id), 1);
}

static void test_an_undo_that_is_no_longer_possible(void **state)
{
	struct conflict_merge first = {.is_dry_run = false}, second = {.is_dry_run = false};
	enum unmerge_problem problem;

	(void)state;
	log_in(&mini, "oLate1", NULL);
	log_in(&official, "oLate2", NULL);
	log_in(&mobile, "oLate3", NULL);
	assert_int_equal(merge_by_hand("oLate2", "oLate3", &first), ERR_NONE);
	assert_int_equal(merge_by_hand("oLate1", "oLate2", &second), ERR_NONE);
	assert_int_equal(account_unmerge(test_db, first.id, &problem), ERR_PARAMETER);
	assert_int_equal(problem, UNMERGE_SURVIVOR_MERGED);
	sql("UPDATE wechat_user SET account_id = NULL WHERE openid = 'oLate3'");
	assert_int_equal(account_unmerge(test_db, second.id, &problem), ERR_PARAMETER);
	assert_int_equal(problem, UNMERGE_MOVED_ON);
	sql("UPDATE wechat_user SET account_id = (SELECT u.account_id FROM wechat_user u "
	    "WHERE u.openid = 'oLate1') WHERE openid = 'oLate3'");
	assert_int_equal(account_unmerge(test_db, second.id, &problem), ERR_NONE);
	assert_int_equal(account_unmerge(test_db, first.id, &problem), ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(DISTINCT account_id) FROM wechat_user "
				    "WHERE openid LIKE 'oLate_'"), 3);
}

/* Even ones through the mini program, odd ones through the official account. */
static int log_in_to_merge(int index)
{
	const struct wechat_login login = {
		.openid = index % 2 == 0 ? "oMR1" : "oMR2", .unionid = "uMR",
	};
	struct account account;

	return try_login(index % 2 == 0 ? &mini : &official, &login, &account) == ERR_NONE ? 0 : -1;
}

static void test_parallel_logins_that_merge(void **state)
{
	struct account older = log_in(&mini, "oMR1", NULL);

	(void)state;
	log_in(&official, "oMR2", NULL);
	assert_int_equal(mariadb_race(N_RACERS, log_in_to_merge), N_RACERS);
	assert_string_equal(log_in(&official, "oMR2", NULL).id, older.id);
	assert_string_equal(log_in(&mini, "oMR1", NULL).id, older.id);
}

static int log_in_new_with_unionid(int index)
{
	const struct app *apps[] = {&mini, &official, &mobile};
	static const char *const openids[] = {"oNR0", "oNR1", "oNR2"};
	const struct wechat_login login = {.openid = openids[index % 3], .unionid = "uNR"};
	struct account account;

	return try_login(apps[index % 3], &login, &account) == ERR_NONE ? 0 : -1;
}

static void test_parallel_first_logins_of_one_person(void **state)
{
	(void)state;
	assert_int_equal(mariadb_race(N_RACERS, log_in_new_with_unionid), N_RACERS);
	assert_int_equal(sql_number("SELECT COUNT(DISTINCT account_id) FROM wechat_user "
				    "WHERE openid LIKE 'oNR_'"), 1);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid LIKE 'oNR_'"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_order_ends_as_one_person),
		cmocka_unit_test(test_without_unionid_each_stays_its_own),
		cmocka_unit_test(test_a_merge_can_be_undone),
		cmocka_unit_test(test_memberships_move),
		cmocka_unit_test(test_an_account_that_is_off_is_not_joined),
		cmocka_unit_test(test_what_is_off_joins_nobody),
		cmocka_unit_test(test_a_deleted_account_owns_nothing),
		cmocka_unit_test(test_another_unionid_is_a_conflict),
		cmocka_unit_test(test_two_openids_of_one_app_are_a_conflict),
		cmocka_unit_test(test_two_members_are_a_conflict),
		cmocka_unit_test(test_an_operator_merges_in_spite_of_two_openids),
		cmocka_unit_test(test_two_unionids_are_two_people),
		cmocka_unit_test(test_a_conflict_is_dismissed_for_good),
		cmocka_unit_test(test_a_consent_is_added_once),
		cmocka_unit_test(test_an_undo_gives_everything_back),
		cmocka_unit_test(test_an_undo_enables_nobody),
		cmocka_unit_test(test_an_undo_keeps_what_was_changed_since),
		cmocka_unit_test(test_an_undo_that_is_no_longer_possible),
		cmocka_unit_test(test_parallel_logins_that_merge),
		cmocka_unit_test(test_parallel_first_logins_of_one_person),
	};

	return cmocka_run_group_tests(tests, set_up, mariadb_close);
}
