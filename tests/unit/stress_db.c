#include "unit.h"

#include <mysql.h>

#include "account_conflict.h"
#include "account_unmerge.h"
#include "arena.h"
#include "clock.h"
#include "crypto.h"
#include "db.h"
#include "logins.h"
#include "mariadb.h"
#include "member.h"
#include "member_binding.h"
#include "wechat_user.h"

/* A few persons, so that many processes meet at each: logins with and without unionid, saves,
 * members and operators' merges, also while connections and statements are killed. */

#define N_RACERS 16
#define N_PERSONS 6
#define N_APPS 3
#define N_PHONES 12
#define SPAN_US (2 * 1000000)
#define NAME_SIZE 32
#define MEMORY_MAX (8 << 20)

static struct app apps[N_APPS];
static int n_rounds; /* each with persons of its own */
static bool has_killer;
static int64_t own_connection;

static int set_up(void **state)
{
	logins_open(state);
	apps[0] = mini;
	apps[1] = official;
	apps[2] = add_app(tenant, "wx-mobile", APP_MOBILE, "open");
	own_connection = sql_number("SELECT CONNECTION_ID()");
	return 0;
}

static unsigned random_below(unsigned n)
{
	uint32_t bits;

	crypto_random(&bits, sizeof(bits));
	return bits % n;
}

static void name_openid(unsigned person, unsigned app, char openid_r[NAME_SIZE])
{
	snprintf(openid_r, NAME_SIZE, "o%d-%u-%u", n_rounds, person, app);
}

static void name_any_openid(char openid_r[NAME_SIZE])
{
	name_openid(random_below(N_PERSONS), random_below(N_APPS), openid_r);
}

static enum err log_in_somebody(struct account *account_r)
{
	unsigned person = random_below(N_PERSONS), app = random_below(N_APPS);
	char openid[NAME_SIZE], unionid[NAME_SIZE];
	const struct wechat_login login = {
		.openid = openid,
		.unionid = random_below(3) == 0 ? NULL : unionid,
		.nickname = random_below(2) == 0 ? "Ming" : "Hong",
	};
	struct claim claim;
	enum err err = claim_take(test_db, &LOGIN_CODE(&apps[app], new_code(), ADDRESS), &claim);

	name_openid(person, app, openid);
	snprintf(unionid, sizeof(unionid), "u%d-%u", n_rounds, person);
	if (err != ERR_NONE)
		return err;
	return login_complete(test_db, &claim, &login, account_r, NULL);
}

/* What was answered is still there, in a version that is not older. */
static enum err log_in_and_look(void)
{
	struct account account, again;
	enum err err = log_in_somebody(&account);

	if (err == ERR_NONE)
		err = account_by_wechat_user(test_db, tenant, account.wechat_user_id, &again);
	if (err != ERR_NONE)
		return err;
	if (*again.name == '\0')
		return ERR_INTERNAL;
	return strcmp(again.id, account.id) == 0 && again.entity_version < account.entity_version
		? ERR_INTERNAL
		: ERR_NONE;
}

static enum err save_somebody(void)
{
	const struct principal principal = server_of(tenant);
	char openid[NAME_SIZE], avatar[NAME_SIZE];
	const struct wechat_user user = {.openid = openid, .avatar = avatar};
	int32_t id;

	name_any_openid(openid);
	snprintf(avatar, sizeof(avatar), "a%u", random_below(1000));
	return wechat_user_save(test_db, &principal, &user, &id);
}

static enum err use_card(void)
{
	const struct principal principal = server_of(tenant);
	char phone[NAME_SIZE];
	const struct member member = {.phone = phone, .name = "Ming"};
	struct account account;
	int32_t id;
	enum err err = log_in_somebody(&account);

	snprintf(phone, sizeof(phone), "1380000%04u", random_below(N_PHONES));
	if (err == ERR_NONE && random_below(3) == 0)
		return member_unbind(test_db, &principal, account.wechat_user_id);
	if (err == ERR_NONE)
		err = (random_below(2) == 0 ? member_create : member_bind)(
			test_db, &principal, account.wechat_user_id, &member, &id);
	return err == ERR_BUSY || err == ERR_INTERNAL ? err : ERR_NONE;
}

static enum err merge_and_undo(void)
{
	char one[NAME_SIZE], other[NAME_SIZE];
	struct conflict_merge merge = {.is_dry_run = false};
	enum unmerge_problem problem;
	enum err err;

	name_any_openid(one);
	name_any_openid(other);
	err = account_find(test_db, one, &merge.a);
	if (err == ERR_NONE)
		err = account_find(test_db, other, &merge.b);
	if (err == ERR_NONE)
		err = account_conflict_merge(test_db, &merge);
	if (err == ERR_NONE)
		err = account_unmerge(test_db, merge.id, &problem);
	return err == ERR_PARAMETER || err == ERR_USER_UNKNOWN ? ERR_NONE : err;
}

static MYSQL *connect_aside(void)
{
	MYSQL *mysql = mysql_init(NULL);

	return mysql_real_connect(
		mysql, NULL, "root", "", "wxuser", 0, getenv("WXUSER_CONF_database__socket"), 0);
}

static void kill_somebody(MYSQL *mysql)
{
	MYSQL_RES *result;
	MYSQL_ROW row;
	char text[64];

	if (mysql_query(mysql,
		    "SELECT id FROM information_schema.processlist WHERE user = 'root' "
		    "AND id <> CONNECTION_ID() ORDER BY RAND() LIMIT 1") != 0)
		return;
	result = mysql_store_result(mysql);
	row = mysql_fetch_row(result);
	if (row != NULL && strtoll(row[0], NULL, 10) != own_connection) {
		snprintf(text, sizeof(text), "KILL %s %s",
			random_below(2) == 0 ? "QUERY" : "CONNECTION", row[0]);
		mysql_query(mysql, text);
	}
	mysql_free_result(result);
}

static int kill_others(void)
{
	const int64_t begun_us = clock_monotonic_us();
	MYSQL *mysql = connect_aside();

	if (mysql == NULL)
		return -1;
	while (clock_monotonic_us() - begun_us < SPAN_US) {
		kill_somebody(mysql);
		clock_sleep_us(1000 * (1 + random_below(5)));
	}
	mysql_close(mysql);
	return 0;
}

static enum err (*const logins_and_saves[])(void) = {
	log_in_and_look,
	log_in_and_look,
	save_somebody,
	NULL,
};
static enum err (*const all_acts[])(void) = {
	log_in_and_look,
	log_in_and_look,
	save_somebody,
	use_card,
	merge_and_undo,
	NULL,
};
static enum err (*const *acts)(void);

/* Without a killer nobody is told to come again. */
static int race(int index)
{
	const int64_t begun_us = clock_monotonic_us();
	struct arena *arena = arena_new(MEMORY_MAX);
	unsigned n_acts = 0;
	int n_bad = 0;

	if (has_killer && index == 0)
		return kill_others();
	while (acts[n_acts] != NULL)
		n_acts++;
	db_set_arena(test_db, arena);
	while (clock_monotonic_us() - begun_us < SPAN_US) {
		enum err err = acts[random_below(n_acts)]();

		n_bad += err != ERR_NONE && !(has_killer && err == ERR_BUSY);
		db_end_request(test_db);
		arena_reset(arena);
	}
	return n_bad;
}

static void assert_none(const char *from)
{
	assert_int_equal(sql_number("SELECT COUNT(*) FROM %s", from), 0);
}

static void check_invariants(void)
{
	assert_none("wechat_user WHERE app_id IS NOT NULL AND account_id IS NULL");
	assert_none("account_alias x WHERE "
		    "EXISTS (SELECT 1 FROM account_alias y WHERE y.alias = x.account_id) OR "
		    "EXISTS (SELECT 1 FROM wechat_user u WHERE u.account_id = x.alias) OR "
		    "EXISTS (SELECT 1 FROM account_unionid n WHERE n.account_id = x.alias)");
	assert_none("account_alias x WHERE (SELECT COUNT(*) FROM merge_log l "
		    "WHERE l.merged_id = x.alias AND l.undone_at IS NULL) <> 1");
	assert_none("merge_log l LEFT JOIN account_alias x ON x.alias = l.merged_id "
		    "WHERE l.undone_at IS NULL AND x.alias IS NULL");
	assert_none("account a WHERE "
		    "NOT EXISTS (SELECT 1 FROM wechat_user u WHERE u.account_id = a.id) AND "
		    "NOT EXISTS (SELECT 1 FROM account_alias x WHERE x.alias = a.id)");
}

static void run_rounds(enum err (*const *some_acts)(void), bool with_killer)
{
	acts = some_acts;
	has_killer = with_killer;
	for (int i = 0; i < 2; i++) {
		n_rounds++;
		assert_int_equal(mariadb_race(N_RACERS, race), N_RACERS);
		check_invariants();
	}
}

/* Who has brought a unionid is its owner; and 36 users have not used up more ids than raced. */
static void test_logins_and_saves(void **state)
{
	(void)state;
	run_rounds(logins_and_saves, false);
	run_rounds(logins_and_saves, true);
	assert_none("wechat_user u JOIN account_unionid n ON n.unionid = u.unionid "
		    "WHERE n.account_id <> u.account_id");
	assert_none("account_conflict");
	assert_in_range(sql_number("SELECT MAX(id) FROM wechat_user"), 0,
		4 * N_PERSONS * N_APPS * N_RACERS);
}

static void test_members_and_operators_too(void **state)
{
	(void)state;
	run_rounds(all_acts, false);
	run_rounds(all_acts, true);
	assert_none("member x JOIN member y ON y.phone_hash = x.phone_hash AND y.id > x.id");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logins_and_saves),
		cmocka_unit_test(test_members_and_operators_too),
	};

	return cmocka_run_group_tests(tests, set_up, mariadb_close);
}
