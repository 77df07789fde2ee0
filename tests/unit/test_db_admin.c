/* Sessions of the Admin API, and operators' keys. */

#include "unit.h"

#include "admin_session.h"
#include "api_key.h"
#include "api_key_find.h"
#include "conf.h"
#include "mariadb.h"
#include "operator_key.h"
#include "secret.h"

static struct principal find(const char *text, enum err expected,
	enum err (*look)(struct db *, const uint8_t[CRYPTO_HASH_SIZE], struct principal *))
{
	uint8_t hash[CRYPTO_HASH_SIZE];
	struct principal principal;

	crypto_sha256(text, strlen(text), hash);
	assert_int_equal(look(test_db, hash, &principal), expected);
	return principal;
}

static void add_operator(char text_r[SECRET_TOKEN_SIZE + 1])
{
	assert_int_equal(operator_key_add(test_db, "on call", text_r), ERR_NONE);
	assert_true(secret_token_is_well_formed(SECRET_TOKEN_PREFIX_OPERATOR, text_r));
}

static void test_an_operator_key_is_found_until_it_is_revoked(void **state)
{
	char text[SECRET_TOKEN_SIZE + 1];
	struct principal operator;

	(void)state;
	add_operator(text);
	operator = find(text, ERR_NONE, operator_key_find);
	assert_int_equal(operator.kind, PRINCIPAL_OPERATOR);
	assert_int_equal(operator.tenant_id, 0);
	assert_int_equal(operator.scopes, 0);
	assert_string_equal(operator.name, "on call");
	assert_int_equal(operator_key_revoke(test_db, operator.key_id + 1), ERR_PARAMETER);
	assert_int_equal(operator_key_revoke(test_db, operator.key_id), ERR_NONE);
	assert_int_equal(operator_key_revoke(test_db, operator.key_id), ERR_NONE);
	operator = find(text, ERR_UNAUTHORIZED, operator_key_find);
	assert_int_equal(operator.kind, PRINCIPAL_ANONYMOUS);
}

static void test_a_name_of_an_operator_has_bounds(void **state)
{
	char text[SECRET_TOKEN_SIZE + 1], name[66];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[65] = '\0';
	assert_int_equal(operator_key_add(test_db, name, text), ERR_PARAMETER);
	assert_int_equal(operator_key_add(test_db, " ", text), ERR_PARAMETER);
	assert_int_equal(operator_key_add(test_db, "a\xc2\x9b" "b", text), ERR_PARAMETER);
	name[64] = '\0';
	assert_int_equal(operator_key_add(test_db, name, text), ERR_NONE);
}

static struct principal tenants_admin(char text_r[SECRET_TOKEN_SIZE + 1])
{
	struct api_key key = {.tenant_id = 1, .name = "boss",
		.scopes = SCOPE_ADMIN, .rate_per_s = 7, .networks = "127.0.0.1", .apps = ""};

	assert_int_equal(api_key_add(test_db, &key, NULL, text_r), ERR_NONE);
	return find(text_r, ERR_NONE, api_key_find);
}

/* Whether it has moved when the session ends without use, after the last use was made that old. */
static bool makes_last(const char *text, int age_s,
	enum err (*use)(struct db *, const uint8_t[CRYPTO_HASH_SIZE], struct principal *))
{
	struct admin_session before, after;
	struct principal found;

	sql("UPDATE admin_session SET used_at = created_at - INTERVAL %d SECOND", age_s);
	found = find(text, ERR_NONE, admin_session_find_unused);
	assert_int_equal(admin_session_read(test_db, &found, &before), ERR_NONE);
	assert_true(before.idle_ends_us ==
		before.created_us +
			((int64_t)test_conf->admin_session_minutes * 60 - age_s) *
				INT64_C(1000000));
	find(text, ERR_NONE, use);
	assert_int_equal(admin_session_read(test_db, &found, &after), ERR_NONE);
	return after.idle_ends_us > before.idle_ends_us;
}

static void check_use(const char *text)
{
	assert_true(makes_last(text, 300, admin_session_find));
	assert_true(makes_last(text, ADMIN_SESSION_NOTED_S, admin_session_find));
	assert_false(makes_last(text, 300, admin_session_find_unused));
	sql("UPDATE admin_session SET used_at = created_at");
}

/* Of either kind of key. */
static void check_session(const struct principal *key)
{
	char text[SECRET_TOKEN_SIZE + 1], other[SECRET_TOKEN_SIZE + 1];
	struct admin_session session, read;
	struct principal found;

	assert_int_equal(admin_session_begin(test_db, key, &session, text), ERR_NONE);
	assert_int_equal(admin_session_begin(test_db, key, &read, other), ERR_NONE);
	assert_true(session.ends_us - session.created_us ==
		ADMIN_SESSION_HOURS * 3600 * INT64_C(1000000));
	found = find(text, ERR_NONE, admin_session_find);
	assert_int_equal(found.kind, key->kind);
	assert_int_equal(found.tenant_id, key->tenant_id);
	assert_int_equal(found.key_id, key->key_id);
	assert_int_equal(found.scopes, key->scopes);
	assert_int_equal(found.rate_per_s, key->rate_per_s);
	assert_string_equal(found.name, key->name);
	assert_true(found.token_id == session.id);
	assert_int_equal(admin_session_read(test_db, &found, &read), ERR_NONE);
	assert_memory_equal(&read, &session, sizeof(read));
	check_use(text);
	assert_int_equal(admin_session_read(test_db, key, &read), ERR_ABSENT);

	assert_int_equal(admin_session_end(test_db, key, false), ERR_NONE);
	assert_int_equal(admin_session_end(test_db, &found, false), ERR_NONE);
	find(text, ERR_UNAUTHORIZED, admin_session_find);
	find(other, ERR_NONE, admin_session_find);
	assert_int_equal(admin_session_end(test_db, key, true), ERR_NONE);
	find(other, ERR_UNAUTHORIZED, admin_session_find);
}

static void test_a_session_is_its_keys(void **state)
{
	char text[SECRET_TOKEN_SIZE + 1];
	struct principal admin = tenants_admin(text), operator;

	(void)state;
	check_session(&admin);
	add_operator(text);
	operator = find(text, ERR_NONE, operator_key_find);
	check_session(&operator);
}

/* An id of another key's session, as no request can have it. */
static void test_nobody_ends_or_reads_the_session_of_another_key(void **state)
{
	char text[SECRET_TOKEN_SIZE + 1], key[SECRET_TOKEN_SIZE + 1];
	struct principal admin = tenants_admin(key), other = tenants_admin(key);
	struct admin_session session;

	(void)state;
	assert_int_equal(admin_session_begin(test_db, &admin, &session, text), ERR_NONE);
	other.token_id = session.id;
	assert_int_equal(admin_session_read(test_db, &other, &session), ERR_ABSENT);
	assert_int_equal(admin_session_end(test_db, &other, false), ERR_NONE);
	assert_int_equal(admin_session_end(test_db, &other, true), ERR_NONE);
	find(text, ERR_NONE, admin_session_find);
}

/* The other key's sessions stay, though they are older. */
static void test_the_oldest_of_too_many_sessions_ends(void **state)
{
	char key[SECRET_TOKEN_SIZE + 1];
	char elsewhere[SECRET_TOKEN_SIZE + 1], texts[ADMIN_SESSION_MAX + 2][SECRET_TOKEN_SIZE + 1];
	struct principal other = tenants_admin(key), admin = tenants_admin(key);
	struct admin_session session;

	(void)state;
	assert_int_equal(admin_session_begin(test_db, &other, &session, elsewhere), ERR_NONE);
	for (int i = 0; i < ADMIN_SESSION_MAX + 2; i++) {
		assert_int_equal(
			admin_session_begin(test_db, &admin, &session, texts[i]), ERR_NONE);
		if (i == ADMIN_SESSION_MAX - 1)
			find(texts[0], ERR_NONE, admin_session_find);
		db_end_request(test_db);
	}
	find(texts[0], ERR_UNAUTHORIZED, admin_session_find);
	find(texts[1], ERR_UNAUTHORIZED, admin_session_find);
	find(texts[2], ERR_NONE, admin_session_find);
	find(texts[ADMIN_SESSION_MAX + 1], ERR_NONE, admin_session_find);
	find(elsewhere, ERR_NONE, admin_session_find);
}

static void test_sessions_that_have_ended_are_deleted(void **state)
{
	char text[SECRET_TOKEN_SIZE + 1], key[SECRET_TOKEN_SIZE + 1];
	struct principal admin = tenants_admin(key);
	struct admin_session session;

	(void)state;
	assert_int_equal(admin_session_begin(test_db, &admin, &session, text), ERR_NONE);
	sql("UPDATE admin_session SET ends_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND");
	assert_int_equal(admin_session_begin(test_db, &admin, &session, text), ERR_NONE);
	assert_true(purged(admin_session_purge) > 0);
	assert_int_equal(purged(admin_session_purge), 0);
	find(text, ERR_NONE, admin_session_find);
}

static int open_with_tenant(void **state)
{
	const int status = mariadb_open(state);

	if (status == 0)
		sql("INSERT INTO tenant (id, name, created_at) VALUES (1, 'admins', NOW())");
	return status;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_operator_key_is_found_until_it_is_revoked),
		cmocka_unit_test(test_a_name_of_an_operator_has_bounds),
		cmocka_unit_test(test_a_session_is_its_keys),
		cmocka_unit_test(test_nobody_ends_or_reads_the_session_of_another_key),
		cmocka_unit_test(test_the_oldest_of_too_many_sessions_ends),
		cmocka_unit_test(test_sessions_that_have_ended_are_deleted),
	};

	return cmocka_run_group_tests_name("db_admin", tests, open_with_tenant, mariadb_close);
}
