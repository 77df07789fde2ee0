#include "unit.h"

#include <stdbool.h>
#include <mysqld_error.h>

#include "arena.h"
#include "conn.h"
#include "crypto.h"
#include "encoding.h"
#include "faults.h"
#include "logins.h"
#include "mariadb.h"
#include "member.h"
#include "member_binding.h"
#include "secret.h"
#include "setting.h"
#include "wechat_user.h"

#define N_RACERS 64
#define ID_CARD "11010519491231002X"

static struct principal server, other_server;
static struct app app;

static int set_up(void **state)
{
	mariadb_open(state);
	server = server_of(add_tenant("one"));
	server.name = "back-office";
	other_server = server_of(add_tenant("two"));
	app = add_app(server.tenant_id, "wx-mini", APP_MINI, "");
	return 0;
}

/* Each test has its own users and phones. */
static int32_t new_user(void)
{
	static int n_users;
	struct wechat_user user = {0};
	char openid[32];
	int32_t id;

	snprintf(openid, sizeof(openid), "oM%d", n_users++);
	user.openid = openid;
	assert_int_equal(wechat_user_save(test_db, &server, &user, &id), ERR_NONE);
	return id;
}

static const char *new_phone(void)
{
	static int n_phones;
	static char phone[16];

	snprintf(phone, sizeof(phone), "139%08d", n_phones++);
	return phone;
}

static enum err create(int32_t user, const char *phone, int32_t *id_r)
{
	const struct member member = {.name = "张三", .phone = phone, .id_card = ID_CARD};

	return member_create(test_db, &server, user, &member, id_r);
}

static int32_t new_member(const char *phone)
{
	int32_t user = new_user(), id;

	assert_int_equal(create(user, phone, &id), ERR_NONE);
	assert_int_equal(member_unbind(test_db, &server, user), ERR_NONE);
	return id;
}

static enum err bind(int32_t user, const char *phone, int32_t *id_r)
{
	const struct member member = {.phone = phone};

	return member_bind(test_db, &server, user, &member, id_r);
}

static int32_t member_of(int32_t user)
{
	struct wechat_user row;

	assert_int_equal(wechat_user_by_id(test_db, &server, user, &row), ERR_NONE);
	return row.member_id;
}

static int64_t n_members(void)
{
	return sql_number("SELECT COUNT(*) FROM member");
}

static int64_t next_id(void)
{
	return sql_number("SELECT AUTO_INCREMENT FROM information_schema.tables "
			  "WHERE table_schema = 'wxuser' AND table_name = 'member'");
}

static int64_t n_audited(const char *action, int32_t member)
{
	return sql_number(
		"SELECT COUNT(*) FROM audit WHERE action = '%s' AND subject = 'member %d'", action,
		member);
}

static void set_many(const char *value)
{
	assert_int_equal(
		setting_set(test_db, server.tenant_id, "member_has_many_users", value), ERR_NONE);
}

/* ---- New members. */

static void test_a_member_is_made_and_bound(void **state)
{
	const char *phone = new_phone();
	int32_t user = new_user(), id;

	(void)state;
	assert_int_equal(create(user, phone, &id), ERR_NONE);
	assert_true(id > 0);
	assert_int_equal(member_of(user), id);
	assert_int_equal(sql_number("SELECT is_only_user FROM wechat_user WHERE id = %d", user), 1);
	assert_string_equal(sql_text("SELECT name FROM member WHERE id = %d", id), "张三");
	assert_int_equal(sql_number("SELECT LENGTH(phone_hash) FROM member WHERE id = %d", id), 32);
	assert_int_equal(sql_number("SELECT LOCATE('%s', phone) + LOCATE('" ID_CARD "', id_card) "
				    "FROM member WHERE id = %d",
				 phone, id),
		0);
	assert_string_equal(sql_text("SELECT CONCAT(actor, ' ', details) FROM audit "
				     "WHERE action = 'member.create' AND subject = 'member %d'",
				    id),
		sql_text("SELECT 'back-office {\"wechat_user\":%d,\"phone\":\"%.3s****%s\"}'", user,
			phone, phone + 7));
}

static void test_the_same_again_is_the_same(void **state)
{
	const char *phone = new_phone();
	int32_t user = new_user(), id, again;
	int64_t next;

	(void)state;
	assert_int_equal(create(user, phone, &id), ERR_NONE);
	next = next_id();
	assert_int_equal(create(user, phone, &again), ERR_NONE);
	assert_int_equal(again, id);
	assert_int_equal(next_id(), next);
	assert_int_equal(n_audited("member.create", id), 1);
}

static void test_who_cannot_become_a_member(void **state)
{
	const char *phone = new_phone();
	char same[32];
	int32_t user = new_user(), second = new_user(), id;
	int64_t n, next;

	(void)state;
	assert_int_equal(create(user, phone, &id), ERR_NONE);
	n = n_members();
	next = next_id();
	snprintf(same, sizeof(same), "+86 %.3s-%s", phone, phone + 3);
	assert_int_equal(create(second, phone, &id), ERR_PHONE_TAKEN);
	assert_int_equal(create(second, same, &id), ERR_PHONE_TAKEN);
	assert_int_equal(create(user, new_phone(), &id), ERR_MEMBER_OTHER);
	assert_int_equal(create(second + 1000000, new_phone(), &id), ERR_USER_UNKNOWN);
	assert_int_equal(create(second, "12345", &id), ERR_PHONE_MALFORMED);
	assert_int_equal(create(second, "", &id), ERR_PHONE_MALFORMED);
	assert_int_equal(create(second, NULL, &id), ERR_PHONE_MALFORMED);
	assert_int_equal(create(second, "010-12345678", &id), ERR_PHONE_MALFORMED);
	assert_int_equal(n_members(), n);
	assert_int_equal(next_id(), next);
	assert_int_equal(member_of(second), 0);
}

static void test_an_id_card_is_checked(void **state)
{
	const struct member member = {.phone = new_phone(), .id_card = "110105194912310021"};
	int32_t id;

	(void)state;
	assert_int_equal(
		member_create(test_db, &server, new_user(), &member, &id), ERR_ID_CARD_MALFORMED);
	assert_int_equal(
		member_bind(test_db, &server, new_user(), &member, &id), ERR_ID_CARD_MALFORMED);
}

static void test_tenants_have_their_own_members(void **state)
{
	const struct member member = {.phone = new_phone()};
	const struct wechat_user user = {.openid = "oOther"};
	int32_t own = new_user(), other, id, other_id;

	(void)state;
	assert_int_equal(wechat_user_save(test_db, &other_server, &user, &other), ERR_NONE);
	assert_int_equal(member_create(test_db, &server, own, &member, &id), ERR_NONE);
	assert_int_equal(
		member_create(test_db, &server, other, &member, &other_id), ERR_USER_UNKNOWN);
	assert_int_equal(
		member_bind(test_db, &server, other, &member, &other_id), ERR_USER_UNKNOWN);
	assert_int_equal(member_unbind(test_db, &other_server, own), ERR_USER_UNKNOWN);
	assert_int_equal(
		member_bind(test_db, &other_server, other, &member, &other_id), ERR_MEMBER_UNKNOWN);
	assert_int_equal(
		member_create(test_db, &other_server, other, &member, &other_id), ERR_NONE);
	assert_int_not_equal(other_id, id);
}

static void test_a_phone_from_abroad(void **state)
{
	int32_t user = new_user(), id, again;

	(void)state;
	assert_int_equal(create(user, "+852 9123-4567", &id), ERR_NONE);
	assert_int_equal(create(user, "0085291234567", &again), ERR_NONE);
	assert_int_equal(again, id);
}

/* ---- Members who are there. */

static void test_a_member_is_bound_and_unbound(void **state)
{
	const char *phone = new_phone();
	int32_t member = new_member(phone), user = new_user(), id;

	(void)state;
	assert_int_equal(bind(user, phone, &id), ERR_NONE);
	assert_int_equal(id, member);
	assert_int_equal(bind(user, phone, &id), ERR_NONE);
	assert_int_equal(id, member);
	assert_int_equal(member_of(user), member);
	assert_int_equal(n_audited("member.bind", member), 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(member_unbind(test_db, &server, user), ERR_NONE);
		assert_int_equal(member_of(user), 0);
		/* One is of the user who made the member. */
		assert_int_equal(n_audited("member.unbind", member), 2);
	}
	assert_int_equal(member_unbind(test_db, &server, user + 1000000), ERR_USER_UNKNOWN);
}

static void test_name_and_id_card_must_fit(void **state)
{
	static const struct {
		const char *name, *id_card;
		enum err err;
	} cases[] = {
		{"李四", NULL, ERR_MEMBER_MISMATCH},
		{"张三丰", NULL, ERR_MEMBER_MISMATCH},
		{"张", NULL, ERR_MEMBER_MISMATCH},
		{NULL, "34052419800101001X", ERR_MEMBER_MISMATCH},
		{"张三", "34052419800101001X", ERR_MEMBER_MISMATCH},
		{"李四", ID_CARD, ERR_MEMBER_MISMATCH},
		{"张三", "11010519491231002x", ERR_NONE},
		{"张三", "", ERR_NONE},
		{"李四", NULL, ERR_MEMBER_MISMATCH},
	};
	const char *phone = new_phone();
	int32_t user = new_user(), id;

	(void)state;
	new_member(phone);
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct member member = {
			.phone = phone,
			.name = cases[i].name,
			.id_card = cases[i].id_card,
		};

		assert_int_equal(member_bind(test_db, &server, user, &member, &id), cases[i].err);
	}
}

static void set_card(int32_t member, enum card_state card_state)
{
	sql("UPDATE member SET void_phone_hash = phone_hash WHERE id = %d", member);
	sql("UPDATE member SET card_state = %d, phone_hash = IF(%d = 2, NULL, void_phone_hash), "
	    "void_phone_hash = IF(%d = 2, void_phone_hash, NULL) WHERE id = %d",
		card_state, card_state, card_state, member);
}

static void test_cards_that_cannot_be_bound(void **state)
{
	static const struct {
		enum card_state card_state;
		enum err err;
	} cases[] = {
		{CARD_LOST, ERR_CARD_LOST},
		{CARD_VOID, ERR_CARD_VOID},
		{CARD_UNUSABLE, ERR_CARD_UNUSABLE},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const char *phone = new_phone();
		int32_t user = new_user(), bound = new_user(), member, id;

		assert_int_equal(create(bound, phone, &member), ERR_NONE);
		set_card(member, cases[i].card_state);
		assert_int_equal(bind(user, phone, &id), cases[i].err);
		assert_int_equal(member_of(user), 0);
		/* What is bound stays so. */
		assert_int_equal(member_of(bound), member);
	}
}

static void test_a_void_card_gives_its_phone_free(void **state)
{
	const char *phone = new_phone();
	int32_t old = new_member(phone), user = new_user(), id, bound;

	(void)state;
	set_card(old, CARD_VOID);
	assert_int_equal(create(user, phone, &id), ERR_NONE);
	assert_int_not_equal(id, old);
	assert_int_equal(member_unbind(test_db, &server, user), ERR_NONE);
	assert_int_equal(bind(user, phone, &bound), ERR_NONE);
	assert_int_equal(bound, id);
}

static void test_one_user_has_one_member(void **state)
{
	const char *phone = new_phone();
	int32_t member = new_member(phone), user = new_user(), second = new_user(), id;

	(void)state;
	assert_int_equal(bind(user, phone, &id), ERR_NONE);
	assert_int_equal(bind(second, phone, &id), ERR_MEMBER_TAKEN);
	phone = new_phone();
	new_member(phone);
	assert_int_equal(bind(user, phone, &id), ERR_MEMBER_OTHER);
	assert_int_equal(member_of(user), member);
	assert_int_equal(bind(user, new_phone(), &id), ERR_MEMBER_UNKNOWN);
}

static void test_a_tenant_may_allow_more(void **state)
{
	const char *phone = new_phone();
	int32_t member = new_member(phone), first = new_user(), second = new_user(),
		third = new_user(), id;

	(void)state;
	assert_int_equal(bind(first, phone, &id), ERR_NONE);
	set_many("true");
	assert_int_equal(bind(second, phone, &id), ERR_NONE);
	assert_int_equal(
		sql_number("SELECT COUNT(is_only_user) FROM wechat_user WHERE id = %d", second),
		0);
	assert_int_equal(member_unbind(test_db, &server, first), ERR_NONE);
	set_many("false");
	assert_int_equal(bind(third, phone, &id), ERR_MEMBER_TAKEN);
	assert_int_equal(member_of(second), member);
}

/* ---- With an own access token. */

static struct principal person_of(const struct account *account)
{
	struct principal principal = {
		.tenant_id = account->tenant_id,
		.kind = PRINCIPAL_ACCESS_TOKEN,
		.name = "wechat_user",
	};

	assert_true(uuid_parse(account->id, &principal.account_id));
	return principal;
}

/* The account's own phone, as saves of residents confirm it. */
static void confirm(const struct account *account, const char *phone)
{
	uint8_t hash[CRYPTO_HASH_SIZE];
	char hex[2 * CRYPTO_HASH_SIZE + 1];

	secret_mac(test_keys, SECRET_FOR_LOOKUP,
		&(struct secret_text){account->tenant_id, "phone", phone}, hash);
	encode_hex(hash, sizeof(hash), hex);
	sql("UPDATE account SET confirmed_phone_hash = UNHEX('%s'), confirmed_phone_source = 2, "
	    "confirmed_phone_at = UTC_TIMESTAMP(6) WHERE id = UNHEX(REPLACE('%s', '-', ''))",
		hex, account->id);
}

static int64_t n_asked(void)
{
	return sql_number("SELECT variable_value FROM information_schema.global_status "
			  "WHERE variable_name = 'Com_stmt_execute'");
}

static void test_a_person_names_no_phone_but_the_own(void **state)
{
	struct account account = log_in(&app, "oPerson", NULL);
	const struct principal person = person_of(&account);
	char taken[16], unknown[16];
	int32_t user = account.wechat_user_id, id;
	int64_t n_of_taken, n_of_unknown, n;

	(void)state;
	snprintf(taken, sizeof(taken), "%s", new_phone());
	snprintf(unknown, sizeof(unknown), "%s", new_phone());
	new_member(taken);
	confirm(&account, new_phone());
	n = n_members();
	for (size_t i = 0; i < 2; i++) {
		enum err (*call)(struct db *, const struct principal *, int32_t,
			const struct member *, int32_t *) = i == 0 ? member_create : member_bind;
		const struct member of_taken = {.phone = taken}, of_unknown = {.phone = unknown};

		call(test_db, &person, user, &of_taken, &id);
		n_of_taken = -n_asked();
		assert_int_equal(call(test_db, &person, user, &of_taken, &id), ERR_MEMBER_REFUSED);
		n_of_taken += n_asked();
		n_of_unknown = -n_asked();
		assert_int_equal(
			call(test_db, &person, user, &of_unknown, &id), ERR_MEMBER_REFUSED);
		n_of_unknown += n_asked();
		assert_int_equal(n_of_taken, n_of_unknown);
		assert_int_equal(
			call(test_db, &person, new_user(), &of_unknown, &id), ERR_USER_UNKNOWN);
	}
	assert_int_equal(member_unbind(test_db, &person, new_user()), ERR_USER_UNKNOWN);
	assert_int_equal(n_members(), n);
	assert_int_equal(member_of(user), 0);
}

/* The person has heard ERR_MEMBER_REFUSED; the log hears more. */
static void was_refused_for(const char *reason)
{
	assert_string_equal(db_reason(test_db, ERR_MEMBER_REFUSED), reason);
}

static void test_a_person_with_a_confirmed_phone(void **state)
{
	struct account account = log_in(&app, "oConfirmed", NULL);
	const struct principal person = person_of(&account);
	const struct member wrong_name = {.phone = new_phone(), .name = "李四"};
	const struct member member = {.phone = wrong_name.phone, .name = "张三"};
	int32_t user = account.wechat_user_id, id, bound;

	(void)state;
	assert_int_equal(member_bind(test_db, &person, user, &member, &id), ERR_MEMBER_REFUSED);
	was_refused_for("the phone is not, or no longer, confirmed");
	confirm(&account, member.phone);
	assert_int_equal(member_bind(test_db, &person, user, &member, &id), ERR_MEMBER_REFUSED);
	was_refused_for("MEMBER_UNKNOWN");
	assert_int_equal(member_create(test_db, &person, user, &member, &id), ERR_NONE);
	assert_int_equal(member_unbind(test_db, &person, user), ERR_NONE);
	assert_int_equal(
		member_create(test_db, &person, user, &member, &bound), ERR_MEMBER_REFUSED);
	was_refused_for("PHONE_TAKEN");
	assert_int_equal(
		member_bind(test_db, &person, user, &wrong_name, &bound), ERR_MEMBER_REFUSED);
	was_refused_for("MEMBER_MISMATCH");
	set_card(id, CARD_LOST);
	assert_int_equal(member_bind(test_db, &person, user, &member, &bound), ERR_MEMBER_REFUSED);
	was_refused_for("CARD_LOST");
	set_card(id, CARD_VALID);
	assert_int_equal(member_bind(test_db, &person, user, &member, &bound), ERR_NONE);
	assert_int_equal(bound, id);
}

static void set_profile_phone(int32_t user, const char *phone)
{
	const struct wechat_user change = {.id = user, .phone = phone};
	int32_t id;

	assert_int_equal(wechat_user_save(test_db, &server, &change, &id), ERR_NONE);
}

static void test_a_person_takes_the_member_of_the_confirmed_phone(void **state)
{
	struct account account = log_in(&app, "oTakes", NULL);
	const struct principal person = person_of(&account);
	const struct member named = {.name = "张三", .phone = "ignored"}, wrong = {.name = "李四"};
	const int32_t user = account.wechat_user_id;
	const char *phone = new_phone();
	int32_t id;

	(void)state;
	set_profile_phone(user, phone);
	assert_int_equal(member_take(test_db, &person, user, &named), ERR_PHONE_UNCONFIRMED);
	confirm(&account, phone);
	assert_int_equal(member_take(test_db, &person, user, &named), ERR_NONE);
	id = member_of(user);
	assert_int_equal(n_audited("member.create", id), 1);
	assert_int_equal(member_take(test_db, &person, user, &named), ERR_NONE);
	assert_int_equal(member_of(user), id);
	assert_int_equal(member_unbind(test_db, &person, user), ERR_NONE);
	assert_int_equal(member_take(test_db, &person, user, &wrong), ERR_MEMBER_REFUSED);
	was_refused_for("MEMBER_MISMATCH");
	assert_int_equal(member_take(test_db, &person, user, &named), ERR_NONE);
	assert_int_equal(n_audited("member.bind", id), 1);
}

static void test_a_person_with_a_member_takes_no_other(void **state)
{
	struct account account = log_in(&app, "oTakesOther", NULL);
	const struct principal person = person_of(&account);
	const struct member none = {0};
	const int32_t user = account.wechat_user_id;
	const char *phone = new_phone();
	int32_t first;

	(void)state;
	assert_int_equal(create(user, phone, &first), ERR_NONE);
	phone = new_phone();
	set_profile_phone(user, phone);
	confirm(&account, phone);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(member_take(test_db, &person, user, &none), ERR_MEMBER_REFUSED);
		was_refused_for("MEMBER_OTHER");
		assert_int_equal(member_of(user), first);
		if (i == 0)
			new_member(phone);
	}
}

/* A number that is given up is given to somebody else, and may be a member's then. */
static void test_a_person_who_had_the_phone_before(void **state)
{
	struct account before = log_in(&app, "oHadIt", NULL), now = log_in(&app, "oHasIt", NULL);
	const struct principal person = person_of(&before);
	const struct member member = {.phone = new_phone()};
	int32_t id;

	(void)state;
	confirm(&before, member.phone);
	sql("UPDATE account SET confirmed_phone_at = confirmed_phone_at - INTERVAL 10 DAY");
	confirm(&now, member.phone);
	new_member(member.phone);
	assert_int_equal(member_bind(test_db, &person, before.wechat_user_id, &member, &id),
		ERR_MEMBER_REFUSED);
	was_refused_for("the phone is not, or no longer, confirmed");
	assert_int_equal(member_of(before.wechat_user_id), 0);
}

/* ---- Files. */

static void test_import_of_void_cards(void **state)
{
	const char *phone = new_phone();
	struct member_import_row row = {
		.member = {.phone = phone, .sex = 3, .card_state = CARD_VOID},
	};
	struct member_import import = {
		.tenant_id = server.tenant_id,
		.rows = &row,
		.n_rows = 1,
	};
	int32_t live = new_member(phone);
	int64_t n = n_members();

	(void)state;
	assert_int_equal(member_import(test_db, &import), ERR_NONE);
	assert_int_equal(n_members(), n + 1);
	row.member.sex = 4;
	assert_int_equal(member_import(test_db, &import), ERR_NONE);
	assert_int_equal(n_members(), n + 1);
	assert_int_equal(sql_number("SELECT card_state FROM member WHERE id = %d", live), 0);
	row.voids_live = true;
	assert_int_equal(member_import(test_db, &import), ERR_NONE);
	assert_int_equal(n_members(), n + 1);
	assert_int_equal(sql_number("SELECT card_state FROM member WHERE id = %d", live), 2);
	assert_int_equal(
		sql_number("SELECT phone_hash IS NULL FROM member WHERE id = %d", live), 1);
}

static void test_an_import_tells_what_it_does(void **state)
{
	char phones[2][16];
	struct member_import_row rows[] = {
		{.member = {.name = "张三", .phone = phones[0], .sex = 1}},
		{.member = {.phone = phones[1], .sex = 1}},
	};
	const struct {
		const char *name; /* of the second */
		size_t n_added, n_changed;
	} steps[] = {{"李四", 2, 0}, {"李四", 0, 0}, {"李斯", 0, 1}, {"李斯", 0, 0}};
	int64_t n_of[3] = {0};

	(void)state;
	for (size_t i = 0; i < N_OF(phones); i++)
		snprintf(phones[i], sizeof(phones[i]), "%s", new_phone());
	for (size_t i = 0; i < N_OF(steps); i++) {
		struct member_import import = {
			.tenant_id = server.tenant_id, .rows = rows, .n_rows = 2,
			.is_dry_run = true,
		};

		rows[1].member.name = steps[i].name;
		for (int n = 0; n < 3; n++) {
			assert_int_equal(member_import(test_db, &import), ERR_NONE);
			assert_int_equal(import.n_added, steps[i].n_added);
			assert_int_equal(import.n_changed, steps[i].n_changed);
			import.is_dry_run = n == 0;
		}
	}
	for (size_t n = 1; n <= 2; n++) {
		struct member_import import = {
			.tenant_id = server.tenant_id, .rows = rows, .n_rows = n};

		n_of[n] = -n_asked();
		assert_int_equal(member_import(test_db, &import), ERR_NONE);
		n_of[n] += n_asked();
	}
	assert_int_equal(n_of[2], n_of[1] + 1);
}

/* ---- At the same moment. */

static int32_t racers[N_RACERS];
static const char *race_phone;

static int create_one(int index)
{
	int32_t id;

	switch (create(racers[index], race_phone, &id)) {
	case ERR_NONE:
		return 0;
	case ERR_PHONE_TAKEN:
		return 1;
	default:
		abort();
	}
}

static void test_one_phone_makes_one_member(void **state)
{
	int64_t n = n_members();

	(void)state;
	race_phone = new_phone();
	for (size_t i = 0; i < N_RACERS; i++)
		racers[i] = new_user();
	assert_int_equal(mariadb_race(N_RACERS, create_one), 1);
	assert_int_equal(n_members(), n + 1);
}

static int create_same(int index)
{
	int32_t id;

	(void)index;
	return create(racers[0], race_phone, &id) == ERR_NONE ? 0 : 1;
}

static void test_one_user_makes_one_member(void **state)
{
	int64_t next = next_id();

	(void)state;
	race_phone = new_phone();
	racers[0] = new_user();
	assert_int_equal(mariadb_race(16, create_same), 16);
	assert_int_equal(next_id(), next + 1);
}

static int bind_one(int index)
{
	int32_t id;

	switch (bind(racers[index], race_phone, &id)) {
	case ERR_NONE:
		return 0;
	case ERR_MEMBER_TAKEN:
		return 1;
	default:
		abort();
	}
}

static void test_one_member_gets_one_user(void **state)
{
	int32_t member;

	(void)state;
	race_phone = new_phone();
	member = new_member(race_phone);
	for (size_t i = 0; i < N_RACERS; i++)
		racers[i] = new_user();
	assert_int_equal(mariadb_race(N_RACERS, bind_one), 1);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM wechat_user WHERE member_id = %d", member), 1);
	assert_int_equal(n_audited("member.bind", member), 1);
}

/* ---- Each statement goes wrong once. */

static const char *everything(void)
{
	return sql_text("SELECT CONCAT_WS('/', (SELECT COUNT(*) FROM member), "
			"(SELECT MD5(GROUP_CONCAT(id, ':', member_id ORDER BY id)) "
			"FROM wechat_user), (SELECT COUNT(*) FROM audit), "
			"(SELECT MD5(GROUP_CONCAT(id, name ORDER BY id)) FROM member))");
}

enum { CREATE, BIND, UNBIND, IMPORT, N_CALLS };

/* One row of a member who is there, one of a new one. */
static enum err bring(const char *phone, const char *new)
{
	const struct member_import_row rows[] = {
		{.member = {.name = "李四", .phone = phone, .sex = MEMBER_KEEP}},
		{.member = {.name = "王五", .phone = new, .sex = MEMBER_KEEP}},
	};
	struct member_import import = {
		.tenant_id = server.tenant_id,
		.rows = rows,
		.n_rows = N_OF(rows),
	};

	return member_import(test_db, &import);
}

struct trial_call {
	int call;
	int32_t user;
	const char *phone;
};

static enum err run_call(void *ctx)
{
	const struct trial_call *trial = ctx;
	int32_t id;

	if (trial->call == IMPORT)
		return bring(trial->phone,
			arena_printf(test_db->conn->results, "138%s", trial->phone + 3));
	if (trial->call == CREATE)
		return create(trial->user, trial->phone, &id);
	if (trial->call == BIND)
		return bind(trial->user, trial->phone, &id);
	return member_unbind(test_db, &server, trial->user);
}

static bool attempt(int call, const struct fault *fault)
{
	struct trial_call ctx = {.call = call, .phone = new_phone()};
	const struct trial trial = {.run = run_call, .everything = everything, .ctx = &ctx};
	int32_t member = call == CREATE ? 0 : new_member(ctx.phone), id;
	bool is_reached;

	ctx.user = new_user();
	if (call == UNBIND)
		assert_int_equal(bind(ctx.user, ctx.phone, &id), ERR_NONE);
	is_reached = run_with_fault(&trial, fault);
	if (call == BIND || call == UNBIND)
		assert_int_equal(member_of(ctx.user), call == BIND ? member : 0);
	return is_reached;
}

static void test_nothing_is_half_stored(void **state)
{
	(void)state;
	for (int call = 0; call < N_CALLS; call++)
		break_each(attempt, call, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_member_is_made_and_bound),
		cmocka_unit_test(test_the_same_again_is_the_same),
		cmocka_unit_test(test_who_cannot_become_a_member),
		cmocka_unit_test(test_an_id_card_is_checked),
		cmocka_unit_test(test_tenants_have_their_own_members),
		cmocka_unit_test(test_a_phone_from_abroad),
		cmocka_unit_test(test_a_member_is_bound_and_unbound),
		cmocka_unit_test(test_name_and_id_card_must_fit),
		cmocka_unit_test(test_cards_that_cannot_be_bound),
		cmocka_unit_test(test_a_void_card_gives_its_phone_free),
		cmocka_unit_test(test_one_user_has_one_member),
		cmocka_unit_test(test_a_tenant_may_allow_more),
		cmocka_unit_test(test_a_person_names_no_phone_but_the_own),
		cmocka_unit_test(test_a_person_with_a_confirmed_phone),
		cmocka_unit_test(test_a_person_takes_the_member_of_the_confirmed_phone),
		cmocka_unit_test(test_a_person_with_a_member_takes_no_other),
		cmocka_unit_test(test_a_person_who_had_the_phone_before),
		cmocka_unit_test(test_import_of_void_cards),
		cmocka_unit_test(test_an_import_tells_what_it_does),
		cmocka_unit_test(test_one_phone_makes_one_member),
		cmocka_unit_test(test_one_user_makes_one_member),
		cmocka_unit_test(test_one_member_gets_one_user),
		cmocka_unit_test(test_nothing_is_half_stored),
	};

	return cmocka_run_group_tests(tests, set_up, mariadb_close);
}
