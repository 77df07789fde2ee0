#include "unit.h"

#include <mysqld_error.h>

#include "app_push.h"
#include "authorization.h"
#include "clock.h"
#include "conn.h"
#include "db.h"
#include "erasure.h"
#include "faults.h"
#include "logins.h"
#include "mariadb.h"
#include "migrate.h"
#include "push_event.h"
#include "revocation.h"
#include "wechat_user.h"

#define KEY_1 "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
#define KEY_2 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define NOON_US INT64_C(1714037059000000)

static struct app app, other_app;

static int set_up(void **state)
{
	mariadb_open(state);
	app = add_app(add_tenant("one"), "wx-one", APP_OFFICIAL, "");
	other_app = add_app(app.tenant_id, "wx-other", APP_MINI, "");
	return 0;
}

static struct push_event event_of(const char *openid, const char *name)
{
	return (struct push_event){
		.tenant_id = app.tenant_id, .app_id = app.id, .appid = app.appid,
		.openid = openid, .name = name, .happened_us = NOON_US, .is_covered = true,
	};
}

/* ---- Token and keys. */

static struct app_push find_push(void)
{
	struct app_push push;

	assert_int_equal(app_push_find(test_db, "wx-one", &push), ERR_NONE);
	return push;
}

static void set_push(const char *token, const char *key, bool drops_previous)
{
	const struct app_push_change change = {"wx-one", token, key, drops_previous};

	assert_int_equal(app_push_set(test_db, &change), ERR_NONE);
}

static void test_a_new_key_makes_the_present_one_the_previous(void **state)
{
	int64_t n_audited;
	struct app_push push = find_push();

	(void)state;
	assert_string_equal(push.token, "");
	set_push("token", KEY_1, false);
	set_push(NULL, KEY_2, false);
	push = find_push();
	assert_string_equal(push.token, "token");
	assert_string_equal(push.key, KEY_2);
	assert_string_equal(push.previous_key, KEY_1);
	n_audited = sql_number("SELECT COUNT(*) FROM audit WHERE action = 'app.set_push'");
	set_push("token", KEY_2, false);
	assert_string_equal(find_push().previous_key, KEY_1);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM audit WHERE action = 'app.set_push'"), n_audited);
	set_push(NULL, NULL, true);
	assert_string_equal(find_push().key, KEY_2);
	assert_string_equal(find_push().previous_key, "");
}

static void test_what_is_no_token_or_key_is_refused(void **state)
{
	static const struct app_push_change changes[] = {
		{"wx-one", "", NULL, false},
		{"wx-one", "a b", NULL, false},
		{"wx-one", "123456789012345678901234567890123", NULL, false},
		{"wx-one", NULL, "", false},
		{"wx-one", NULL, KEY_1 "A", false},
		{"wx-none", "token", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(changes); i++)
		assert_int_equal(app_push_set(test_db, &changes[i]), ERR_PARAMETER);
}

/* ---- Events. */

static void test_an_event_that_failed_can_come_again(void **state)
{
	const struct push_event event = event_of("oFails", "subscribe");
	int n = 1;

	(void)state;
	log_in(&app, "oFails", NULL);
	for (;; n++) {
		break_at(n, 1, ER_NO_SUCH_TABLE);
		if (push_event_take(test_db, &event) == ERR_NONE)
			break;
		break_at(0, 0, 0);
		assert_int_equal(sql_number("SELECT COUNT(*) FROM push_event"), 0);
		assert_int_equal(sql_number("SELECT SUM(is_following) FROM wechat_user"), 0);
	}
	break_at(0, 0, 0);
	assert_int_equal(n, 5);
	assert_int_equal(sql_number("SELECT is_following FROM wechat_user"), 1);
	sql("DELETE FROM push_event");
}

static int take_alone(int index)
{
	const struct push_event event = event_of("oRace", "subscribe");

	(void)index;
	return push_event_take(test_db, &event) == ERR_NONE ? 0 : 1;
}

static void test_one_of_many_deliveries_counts(void **state)
{
	(void)state;
	log_in(&app, "oRace", NULL);
	assert_int_equal(mariadb_race(16, take_alone), 16);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM push_event"), 1);
	assert_int_equal(sql_number("SELECT a.entity_version FROM account a JOIN wechat_user u "
				    "ON u.account_id = a.id WHERE u.openid = 'oRace'"), 1);
	sql("DELETE FROM push_event");
}

/* Everything that a profile has, set by the user. */
static void store_profile(const char *openid)
{
	const struct authorization authorization = {
		.app = &app, .openid = openid,
		.change = {
			.name = "N", .avatar = "A", .phone = "P", .language = "L", .country = "C",
			.province = "R", .city = "I", .gender = 1,
		},
	};
	struct account account;
	struct access_token token;

	assert_int_equal(
		authorization_store(test_db, &authorization, &account, &token), ERR_NONE);
}

/* ---- Who follows before the first login. */

static void tell(const char *openid, const char *name, int seconds)
{
	struct push_event event = event_of(openid, name);

	event.happened_us += seconds * CLOCK_SECOND_US;
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
}

/* A day and a night later. */
static void forget_events(void)
{
	sql("UPDATE push_event SET received_at = received_at - INTERVAL 2 DAY");
	while (purged(push_event_purge) > 0)
		;
	assert_int_equal(sql_number("SELECT COUNT(*) FROM push_event"), 0);
}

/* is_following, and the seconds after noon of following and leaving. */
static const char *follow_of(const char *openid)
{
	return sql_text("SELECT CONCAT(is_following, ' ', COALESCE(TIMESTAMPDIFF(SECOND, "
			"'2024-04-25 09:24:19', followed_at), '-'), ' ', COALESCE(TIMESTAMPDIFF("
			"SECOND, '2024-04-25 09:24:19', unfollowed_at), '-')) "
			"FROM wechat_user WHERE openid = '%s'", openid);
}

static int64_t n_waiting_of(const char *openid)
{
	return sql_number("SELECT COUNT(*) FROM waiting_follow WHERE openid = '%s'", openid);
}

static const struct {
	const char *names[4];
	int seconds[4];
	const char *follow;
} stories[] = {
	{{"subscribe"}, {0}, "1 0 -"},
	{{"unsubscribe"}, {0}, "0 - 0"},
	{{"subscribe", "unsubscribe"}, {0, 5}, "0 - 5"},
	{{"unsubscribe", "subscribe"}, {5, 0}, "0 - 5"},
	{{"subscribe", "unsubscribe", "subscribe"}, {0, 5, 9}, "1 9 -"},
	{{"subscribe", "subscribe", "unsubscribe"}, {9, 0, 5}, "1 9 -"},
	{{"subscribe", "subscribe", "subscribe"}, {0, 0, 0}, "1 0 -"},
	{{"subscribe", "unsubscribe"}, {5, 5}, "0 - 5"},
};

static void test_the_last_follow_event_waits_for_the_first_login(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(stories); i++) {
		char openid[16];

		snprintf(openid, sizeof(openid), "oStory%zu", i);
		for (size_t k = 0; k < 4 && stories[i].names[k] != NULL; k++)
			tell(openid, stories[i].names[k], stories[i].seconds[k]);
		assert_int_equal(n_waiting_of(openid), 1);
		forget_events();
		log_in(&app, openid, NULL);
		if (strcmp(follow_of(openid), stories[i].follow) != 0)
			fail_msg("%zu: %s", i, follow_of(openid));
		assert_int_equal(n_waiting_of(openid), 0);
		assert_int_equal(
			sql_number("SELECT a.entity_version FROM account a JOIN wechat_user u "
				   "ON u.account_id = a.id WHERE u.openid = '%s'", openid), 0);
		tell(openid, "unsubscribe", 60);
		assert_int_equal(n_waiting_of(openid), 0);
		assert_string_equal(follow_of(openid) + strlen(follow_of(openid)) - 2, "60");
	}
	forget_events();
}

static void save_by_server(const char *openid)
{
	const struct principal principal = server_of(app.tenant_id);
	const struct wechat_user user = {.openid = openid};
	int32_t id;

	assert_int_equal(wechat_user_save(test_db, &principal, &user, &id), ERR_NONE);
}

static void test_it_waits_also_where_the_server_has_stored_the_user(void **state)
{
	(void)state;
	tell("oAdopted", "subscribe", 0);
	forget_events();
	save_by_server("oAdopted");
	assert_string_equal(follow_of("oAdopted"), "0 - -");
	store_profile("oAdopted");
	assert_string_equal(follow_of("oAdopted"), "1 0 -");

	/* What came later counts. */
	tell("oLeft", "subscribe", 0);
	save_by_server("oLeft");
	tell("oLeft", "unsubscribe", 5);
	log_in(&app, "oLeft", NULL);
	assert_string_equal(follow_of("oLeft"), "0 - 5");
	assert_int_equal(n_waiting_of("oLeft"), 0);

	/* What has waited for another app waits on. */
	tell("oOthers", "subscribe", 0);
	log_in(&other_app, "oOthers", NULL);
	assert_string_equal(follow_of("oOthers"), "0 - -");
	assert_int_equal(n_waiting_of("oOthers"), 1);
	sql("DELETE FROM waiting_follow");
}

static void test_nothing_waits_for_an_app_that_is_not_followed(void **state)
{
	struct push_event event = event_of("oMini", "subscribe");

	(void)state;
	event.app_id = other_app.id;
	event.appid = other_app.appid;
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
	assert_int_equal(n_waiting_of("oMini"), 0);
	sql("DELETE FROM push_event");
}

static void test_who_has_left_is_forgotten_after_a_month(void **state)
{
	(void)state;
	sql("DELETE FROM waiting_follow");
	tell("oStays", "subscribe", 0);
	tell("oLeaves", "unsubscribe", 0);
	sql("UPDATE waiting_follow SET received_at = received_at - INTERVAL 30 DAY");
	tell("oLeavesNow", "unsubscribe", 0);
	assert_int_equal(purged(push_event_purge), 1);
	assert_int_equal(n_waiting_of("oLeaves"), 0);
	assert_int_equal(n_waiting_of("oStays") + n_waiting_of("oLeavesNow"), 2);
}

static void test_an_erasure_takes_what_waits(void **state)
{
	const struct erasure erasure = {
		.tenant_id = app.tenant_id, .app_id = app.id, .appid = app.appid,
		.openid = "oErased", .actor = "test",
	};
	struct push_event event = event_of("oErased", "user_authorization_cancellation");
	struct erased erased;

	(void)state;
	tell("oErased", "subscribe", 0);
	assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_NONE);
	assert_false(erased.is_found);
	assert_int_equal(erased.n_tables, 2);
	assert_int_equal(n_waiting_of("oErased"), 0);
	tell("oErased", "subscribe", 0);
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
	assert_int_equal(n_waiting_of("oErased"), 0);
	/* One that was followed after it. */
	tell("oErased", "subscribe", 60);
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
	assert_int_equal(n_waiting_of("oErased"), 1);
	sql("DELETE FROM waiting_follow; DELETE FROM push_event");
}

static int follow_or_log_in(int index)
{
	struct push_event event = event_of(index / 2 % 2 == 0 ? "oRace1" : "oRace2", "subscribe");
	struct account account;
	const struct wechat_login login = {.openid = event.openid};

	if (index % 2 == 0)
		return push_event_take(test_db, &event) == ERR_NONE ? 0 : 1;
	return try_login(&app, &login, &account) == ERR_NONE ? 0 : 1;
}

static void test_a_follow_and_the_first_login_at_the_same_moment(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		sql("UPDATE wechat_user SET openid = CONCAT(openid, '-', id) "
		    "WHERE openid IN ('oRace1', 'oRace2'); DELETE FROM push_event");
		assert_int_equal(mariadb_race(4, follow_or_log_in), 4);
		assert_string_equal(follow_of("oRace1"), "1 0 -");
		assert_string_equal(follow_of("oRace2"), "1 0 -");
		assert_int_equal(sql_number("SELECT COUNT(*) FROM waiting_follow"), 0);
	}
	sql("DELETE FROM push_event");
}

static void test_what_the_release_before_has_noted_waits(void **state)
{
	(void)state;
	sql("INSERT INTO push_event (tenant_id, app_id, openid, event, happened_at, received_at) "
	    "SELECT %d, %d, openid, event, at, UTC_TIMESTAMP(6) FROM ("
	    "SELECT 'oOld1' openid, 'subscribe' event, '2024-04-25 09:24:20' at UNION ALL "
	    "SELECT 'oOld1', 'unsubscribe', '2024-04-25 09:24:19' UNION ALL "
	    "SELECT 'oOld2', 'subscribe', '2024-04-25 09:24:19' UNION ALL "
	    "SELECT 'oOld2', 'unsubscribe', '2024-04-25 09:24:20' UNION ALL "
	    "SELECT 'oOld3', 'user_info_modified', '2024-04-25 09:24:19') e",
		app.tenant_id, app.id);
	sql("DELETE FROM schema_version WHERE version >= 10");
	assert_int_equal(migrate(test_db, &(struct migrate_report){0}), ERR_NONE);
	assert_string_equal(sql_text("SELECT GROUP_CONCAT(openid, is_following ORDER BY openid) "
				     "FROM waiting_follow"), "oOld11,oOld20");
	sql("DELETE FROM waiting_follow; DELETE FROM push_event");
}

/* ---- What a user takes back. */

static int64_t this_second_us(void)
{
	return clock_now_us() / CLOCK_SECOND_US * CLOCK_SECOND_US;
}

/* What is left of it; NULL: no such user. */
static const char *profile_of(const char *openid)
{
	return sql_text("SELECT CONCAT(name, avatar, IF(phone IS NULL, '', 'P'), language, "
			"country, province, city, gender, IF(phone_hash IS NULL, '', '#')) "
			"FROM wechat_user WHERE openid = '%s'", openid);
}

static void revoke(const char *openid, const char *revoke_info, int64_t happened_us)
{
	struct push_event event = event_of(openid, "user_authorization_revoke");

	event.revoke_info = revoke_info;
	event.happened_us = happened_us;
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
}

#define WHOLE "NAPLCRI1#"
#define NOBODY NULL

static const struct {
	const char *revoke_info, *left;
} revocations[] = {
	{"1", WHOLE}, {"2", "NAPL1#"}, {"3", WHOLE}, {"4", WHOLE}, {"5", WHOLE}, {"6", "PLCRI1#"},
	{"7", WHOLE}, {"8", "NALCRI1"}, {"12", WHOLE}, {"13", WHOLE}, {"14", WHOLE}, {"15", WHOLE},
	{"16", WHOLE}, {"18", WHOLE}, {"19", "APLCRI1#"}, {"20", "NPLCRI1#"}, {"201", "NAPL1#"},
	{"202", WHOLE}, {"203", WHOLE}, {"204", WHOLE}, {"205", "PLCRI1#"}, {"206", WHOLE},
	{"207", WHOLE}, {"301", NOBODY},
	/* No table has these. */
	{"0", WHOLE}, {"9", WHOLE}, {"10", WHOLE}, {"11", WHOLE}, {"17", WHOLE}, {"21", WHOLE},
	{"30", WHOLE}, {"208", WHOLE}, {"300", WHOLE}, {"302", WHOLE}, {"3011", WHOLE},
	{"0301", WHOLE}, {"99999999999999999999", WHOLE}, {"", WHOLE}, {NULL, WHOLE},
	{"everything", WHOLE}, {"[]", WHOLE},
	/* These are no numbers. */
	{"-301", WHOLE}, {"+301", WHOLE}, {"301x", WHOLE}, {"x301", WHOLE}, {"3.01e2", WHOLE},
	{"301.0", WHOLE}, {"30.8", WHOLE}, {"0x8", WHOLE}, {"-301,19", "APLCRI1#"},
	/* Several, and what may stand around them. */
	{"8,6", "LCRI1"}, {" 8 ", "NALCRI1"}, {"5;8", "NALCRI1"}, {"19 20", "PLCRI1#"},
	{"[2, 8]", "NAL1"}, {"999,19", "APLCRI1#"}, {"5,301", NOBODY}, {"\"301\"", NOBODY},
	{"\xe3\x80\x80" "8", "NALCRI1"}, {"6、8", "LCRI1"},
};

static void test_a_revocation_takes_what_it_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(revocations); i++) {
		char openid[16];
		const char *left;

		snprintf(openid, sizeof(openid), "oTakes%zu", i);
		store_profile(openid);
		revoke(openid, revocations[i].revoke_info, this_second_us());
		left = profile_of(openid);
		if ((left == NULL) != (revocations[i].left == NULL) ||
			(left != NULL && strcmp(left, revocations[i].left) != 0))
			fail_msg("%s leaves %s", revocations[i].revoke_info, left);
	}
	assert_int_equal(sql_number("SELECT COUNT(*) FROM push_event"), 0);
}

static void test_what_was_set_after_the_message_stays(void **state)
{
	const int64_t now_us = this_second_us();

	(void)state;
	store_profile("oLater");
	revoke("oLater", "6,8", now_us - 5 * CLOCK_SECOND_US);
	assert_string_equal(profile_of("oLater"), WHOLE);
	sql("UPDATE wechat_user SET name_at = name_at - INTERVAL 1 HOUR WHERE openid = 'oLater'");
	revoke("oLater", "6,8", now_us - 5 * CLOCK_SECOND_US);
	assert_string_equal(profile_of("oLater"), "APLCRI1#");
}

static void test_a_repeated_revocation_changes_nothing_more(void **state)
{
	static const char version[] = "SELECT a.entity_version FROM account a JOIN wechat_user u "
				      "ON u.account_id = a.id WHERE u.openid = 'oTwice'";
	static const char audited[] =
		"SELECT COUNT(*) FROM audit WHERE action = 'user.revoke' AND actor = 'wechat' AND "
		"details = '{\"revoke_info\":\"6,8\",\"cleared\":\"name, avatar, phone\"}'";
	const int64_t n_before = sql_number(audited), now_us = this_second_us();
	int64_t first;

	(void)state;
	store_profile("oTwice");
	revoke("oTwice", "6,8", now_us);
	first = sql_number(version);
	assert_int_equal(first, 1);
	revoke("oTwice", "6,8", now_us);
	revoke("oTwice", "8", now_us + CLOCK_SECOND_US);
	assert_int_equal(sql_number(version), first);
	assert_int_equal(sql_number(audited), n_before + 1);
	/* What comes from WeChat afterwards is taken. */
	assert_int_equal(sql_number("SELECT user_set FROM wechat_user WHERE openid = 'oTwice'"),
		8 + 16 + 32);
}

static void test_it_is_nobody_elses(void **state)
{
	struct push_event event = event_of("oMine", "user_authorization_revoke");

	(void)state;
	store_profile("oMine");
	event.app_id = other_app.id;
	event.appid = other_app.appid;
	event.revoke_info = "6";
	event.happened_us = this_second_us();
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
	assert_string_equal(profile_of("oMine"), WHOLE);
	revoke("oNobody", "6", this_second_us());
	assert_null(profile_of("oNobody"));
}

static void test_a_phone_is_confirmed_no_longer(void **state)
{
	static const char confirm[] =
		"UPDATE account a JOIN wechat_user u ON u.account_id = a.id "
		"SET a.confirmed_phone_hash = %s WHERE u.openid = 'oPhone'";
	static const char confirmed[] = "SELECT confirmed_phone_hash IS NOT NULL FROM account a "
					"JOIN wechat_user u ON u.account_id = a.id "
					"WHERE u.openid = 'oPhone'";

	(void)state;
	store_profile("oPhone");
	sql(confirm, "REPEAT('x', 32)");
	revoke("oPhone", "8", this_second_us());
	assert_int_equal(sql_number(confirmed), 1);
	store_profile("oPhone");
	sql(confirm, "u.phone_hash");
	revoke("oPhone", "8", this_second_us());
	assert_int_equal(sql_number(confirmed), 0);
}

static void test_a_revocation_that_failed_changes_nothing(void **state)
{
	struct push_event event = event_of("oHalf", "user_authorization_revoke");
	int n = 1;

	(void)state;
	store_profile("oHalf");
	event.revoke_info = "6,8";
	event.happened_us = this_second_us();
	for (;; n++) {
		break_at(n, 1, ER_NO_SUCH_TABLE);
		if (push_event_take(test_db, &event) == ERR_NONE)
			break;
		break_at(0, 0, 0);
		assert_string_equal(profile_of("oHalf"), WHOLE);
	}
	break_at(0, 0, 0);
	assert_int_equal(n, 6);
	assert_string_equal(profile_of("oHalf"), "LCRI1");
}

static void test_names_are_read_in_any_case(void **state)
{
	struct push_event event = event_of("oCase", "User_Authorization_REVOKE");

	(void)state;
	store_profile("oCase");
	event.revoke_info = "19";
	event.happened_us = this_second_us();
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
	assert_string_equal(profile_of("oCase"), "APLCRI1#");
	assert_true(push_event_is_known("SUBSCRIBE"));
	assert_false(push_event_is_known("subscribe "));
	assert_false(push_event_is_known(""));
}

/* A plain message proves nothing: it waits, each of one second for itself. */
static void test_what_waits_is_taken_when_the_operator_says_so(void **state)
{
	struct push_event event = event_of("oWaiting", "user_authorization_revoke");
	struct revocation revocation = {
		.tenant_id = app.tenant_id, .app_id = app.id, .appid = app.appid,
		.openid = "oWaiting", .actor = "wxuserctl", .is_dry_run = true,
	};
	unsigned cleared;

	(void)state;
	store_profile("oWaiting");
	event.is_covered = false;
	event.happened_us = this_second_us();
	event.revoke_info = " 8 ";
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
	event.revoke_info = "19";
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
	assert_string_equal(profile_of("oWaiting"), WHOLE);

	assert_int_equal(revocation_pending(test_db, &revocation), ERR_NONE);
	assert_string_equal(revocation.revoke_info, "8,19");
	assert_int_equal(revocation_run(test_db, &revocation, &cleared), ERR_NONE);
	assert_string_equal(revocation_part_names(test_db->arena, cleared), "name, phone");
	assert_string_equal(profile_of("oWaiting"), WHOLE);
	/* Not what comes while the operator is at it. */
	event.revoke_info = "20";
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
	revocation.is_dry_run = false;
	assert_int_equal(revocation_run(test_db, &revocation, &cleared), ERR_NONE);
	assert_string_equal(profile_of("oWaiting"), "ALCRI1");
	assert_int_equal(revocation_pending(test_db, &revocation), ERR_NONE);
	assert_string_equal(revocation.revoke_info, "20");
	assert_int_equal(revocation_run(test_db, &revocation, &cleared), ERR_NONE);
	assert_int_equal(revocation_pending(test_db, &revocation), ERR_ABSENT);
}

static void test_a_waiting_cancellation_names_everything(void **state)
{
	struct push_event event = event_of("oGoes", "user_authorization_cancellation");
	struct revocation revocation = {
		.tenant_id = app.tenant_id, .app_id = app.id, .openid = "oGoes",
	};

	(void)state;
	event.is_covered = false;
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
	assert_int_equal(revocation_pending(test_db, &revocation), ERR_NONE);
	assert_int_equal(revocation_parts(revocation.revoke_info), REVOKED_EVERYTHING);
	sql("DELETE FROM push_event");
}

static void count_row(void *ctx, const struct push_event *event)
{
	assert_string_equal(event->openid, "oWaits");
	++*(int *)ctx;
}

static void test_old_events_are_forgotten_but_not_those_that_wait(void **state)
{
	struct push_event event = event_of("oWaits", "user_authorization_revoke");
	int n_waiting = 0;

	(void)state;
	event.is_covered = false;
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
	event = event_of("oOld", "subscribe");
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
	assert_int_equal(purged(push_event_purge), 0);
	sql("UPDATE push_event SET received_at = received_at - INTERVAL 1 DAY");
	event = event_of("oNew", "subscribe");
	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
	assert_int_equal(purged(push_event_purge), 1);
	assert_int_equal(purged(push_event_purge), 0);
	assert_int_equal(push_event_pending(test_db, count_row, &n_waiting), ERR_NONE);
	assert_int_equal(n_waiting, 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM push_event"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_new_key_makes_the_present_one_the_previous),
		cmocka_unit_test(test_what_is_no_token_or_key_is_refused),
		cmocka_unit_test(test_an_event_that_failed_can_come_again),
		cmocka_unit_test(test_one_of_many_deliveries_counts),
		cmocka_unit_test(test_the_last_follow_event_waits_for_the_first_login),
		cmocka_unit_test(test_it_waits_also_where_the_server_has_stored_the_user),
		cmocka_unit_test(test_nothing_waits_for_an_app_that_is_not_followed),
		cmocka_unit_test(test_who_has_left_is_forgotten_after_a_month),
		cmocka_unit_test(test_an_erasure_takes_what_waits),
		cmocka_unit_test(test_a_follow_and_the_first_login_at_the_same_moment),
		cmocka_unit_test(test_what_the_release_before_has_noted_waits),
		cmocka_unit_test(test_a_revocation_takes_what_it_names),
		cmocka_unit_test(test_what_was_set_after_the_message_stays),
		cmocka_unit_test(test_a_repeated_revocation_changes_nothing_more),
		cmocka_unit_test(test_it_is_nobody_elses),
		cmocka_unit_test(test_a_phone_is_confirmed_no_longer),
		cmocka_unit_test(test_a_revocation_that_failed_changes_nothing),
		cmocka_unit_test(test_names_are_read_in_any_case),
		cmocka_unit_test(test_what_waits_is_taken_when_the_operator_says_so),
		cmocka_unit_test(test_a_waiting_cancellation_names_everything),
		cmocka_unit_test(test_old_events_are_forgotten_but_not_those_that_wait),
	};

	return cmocka_run_group_tests(tests, set_up, mariadb_close);
}
