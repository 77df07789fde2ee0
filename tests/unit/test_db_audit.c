#include <unistd.h>

#include "unit.h"

#include "audit.h"
#include "audit_chain.h"
#include "audit_list.h"
#include "audit_verify.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "log.h"
#include "logins.h"
#include "mariadb.h"
#include "secret_keys.h"

#define N_RACERS 8
#define N_RACED 250
#define N_MANY 20000

static int32_t other_tenant;

static int set_up(void **state)
{
	mariadb_open(state);
	tenant = add_tenant("one");
	other_tenant = add_tenant("two");
	return 0;
}

static int begin(void **state)
{
	(void)state;
	sql("DELETE FROM audit; DELETE FROM audit_link");
	return 0;
}

static struct audit_origin test_origin(const void *ctx)
{
	return (struct audit_origin){ctx, "192.0.2.0/24", "0f", NULL};
}

static void write_entry(int32_t of)
{
	const struct audit_entry entry = {
		.tenant_id = of, .action = "key.add", .actor = "wxuserctl",
		.subject = "key 1", .details = "{\"scopes\":1}",
	};

	assert_int_equal(audit_write_alone(test_db, &entry), ERR_NONE);
}

/* Five entries: of the tenant 1, 3 and 5, of the other one 2, of the installation 4. Their ids
 * begin after this one. */
static int64_t write_five(void)
{
	const int32_t of[] = {tenant, other_tenant, tenant, AUDIT_INSTALLATION, tenant};

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		write_entry(of[i]);
	return sql_number("SELECT MIN(id) - 1 FROM audit");
}

/* Returns what a step fails with. */
static enum err seal_all(void)
{
	int64_t looked_until = 0, n_sealed;
	bool is_over = false;
	enum err err = ERR_NONE;

	while (err == ERR_NONE && !is_over)
		err = audit_seal(test_db, &looked_until, &n_sealed, &is_over);
	return err;
}

static void seal(void)
{
	assert_int_equal(seal_all(), ERR_NONE);
}

static int64_t sealed_until_us, late_until_us;

struct found {
	struct audit_finding list[8];
	size_t n;
};

static void note(void *ctx, const struct audit_finding *finding)
{
	struct found *found = ctx;

	assert_true(found->n < sizeof(found->list) / sizeof(found->list[0]));
	found->list[found->n++] = *finding;
}

static struct audit_verification verify_since(
	const struct audit_head *heads, size_t n_heads, struct found *found)
{
	struct audit_verification verification = {
		.heads = heads,
		.n_heads = n_heads,
		.sealed_until_us = sealed_until_us,
		.late_until_us = late_until_us,
		.found = note,
		.ctx = found,
	};

	*found = (struct found){0};
	assert_int_equal(audit_verify(test_db, &verification), ERR_NONE);
	assert_int_equal(verification.n_findings, found->n);
	return verification;
}

/* Asserts that there is one finding. */
static void assert_found(enum audit_fault fault, int64_t entry_id, int64_t sequence)
{
	struct found found;

	verify_since(NULL, 0, &found);
	assert_int_equal(found.n, 1);
	assert_int_equal(found.list[0].fault, fault);
	assert_int_equal(found.list[0].entry_id, entry_id);
	assert_int_equal(found.list[0].sequence, sequence);
}

static void assert_genuine(int64_t n_links, int64_t n_chains)
{
	struct found found;
	const struct audit_verification done = verify_since(NULL, 0, &found);

	assert_int_equal(found.n, 0);
	assert_int_equal(done.n_links, n_links);
	assert_int_equal(done.n_chains, n_chains);
	assert_int_equal(done.n_waiting, 0);
}

struct heads {
	struct audit_head list[8];
	size_t n;
};

static void note_head(void *ctx, const struct audit_head *head)
{
	struct heads *heads = ctx;

	assert_true(audit_head_read(head->text, &heads->list[heads->n++]));
}

static struct heads heads_now(void)
{
	struct heads heads = {0};

	assert_int_equal(audit_heads(test_db, note_head, &heads), ERR_NONE);
	return heads;
}

static void test_each_tenant_has_a_chain(void **state)
{
	(void)state;
	write_five();
	seal();
	assert_string_equal(sql_text("SELECT GROUP_CONCAT(tenant_id, ':', sequence ORDER BY "
				     "tenant_id, sequence) FROM audit_link"),
		sql_text("SELECT '0:1,%d:1,%d:2,%d:3,%d:1'", tenant, tenant, tenant, other_tenant));
	assert_genuine(5, 3);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM audit WHERE tenant_id IS NULL"), 1);
}

static void keep_line(void *ctx, enum log_level level, const char *text)
{
	(void)level;
	snprintf(ctx, 512, "%s", text);
}

static void test_the_log_tells_the_heads(void **state)
{
	char line[512] = "";

	(void)state;
	write_five();
	log_set_handler(keep_line, line);
	seal();
	log_set_handler(NULL, NULL);
	assert_non_null(strstr(line, sql_text("SELECT GROUP_CONCAT(tenant_id, ':', sequence, ':', "
		"LOWER(HEX(SUBSTRING(mac, 1, 8))) ORDER BY tenant_id) FROM audit_link "
		"WHERE (tenant_id, sequence) IN "
		"(SELECT tenant_id, MAX(sequence) FROM audit_link GROUP BY tenant_id)")));
}

static void test_an_entry_tells_its_origin(void **state)
{
	(void)state;
	audit_set_origin(test_db, test_origin, "key 7 back-office");
	write_entry(tenant);
	audit_set_origin(test_db, NULL, NULL);
	write_entry(tenant);
	assert_string_equal(sql_text("SELECT GROUP_CONCAT(who, ',', origin, ',', request_id "
				     "ORDER BY id SEPARATOR ' ') FROM audit"),
		"key 7 back-office,192.0.2.0/24,0f ,,");
	seal();
	assert_genuine(2, 1);
	sql("UPDATE audit SET origin = '198.51.100.0/24' WHERE who <> ''");
	assert_found(AUDIT_ENTRY_CHANGED, sql_number("SELECT MIN(id) FROM audit"), 1);
}

/* As if its transaction were still to commit. */
static void take_out(int64_t id)
{
	sql("CREATE TABLE late AS SELECT * FROM audit WHERE id = %lld", (long long)id);
	sql("DELETE FROM audit WHERE id = %lld", (long long)id);
}

static void put_back(void)
{
	sql("INSERT INTO audit SELECT * FROM late; DROP TABLE late");
}

static void test_an_entry_is_sealed_though_a_later_one_was_first(void **state)
{
	int64_t before;

	(void)state;
	before = write_five();
	take_out(before + 3);
	seal();
	put_back();
	seal();
	assert_int_equal(sql_number("SELECT sequence FROM audit_link WHERE entry_id = %lld",
				 (long long)before + 3), 3);
	assert_genuine(5, 3);
}

/* The sealer may not run for hours after it; then younger entries come at once. */
static void test_a_late_entry_is_sealed_after_an_outage(void **state)
{
	int64_t before;

	(void)state;
	before = write_five();
	take_out(before + 3);
	seal();
	sql("UPDATE audit_link SET sealed_at = sealed_at - INTERVAL 5 HOUR");
	put_back();
	write_five();
	seal();
	assert_int_equal(sql_number("SELECT COUNT(*) FROM audit_link"), 10);
	assert_int_equal(sql_number("SELECT sequence FROM audit_link WHERE entry_id = %lld",
				 (long long)before + 3), 3);
}

/* Entries with links, as if they had been sealed just now. */
static void add_sealed(int n)
{
	const int64_t last = sql_number("SELECT COALESCE(MAX(id), 0) FROM audit");

	sql("INSERT INTO audit (entry_uuid, tenant_id, at, action, actor, subject, details, mac) "
	    "SELECT UNHEX(MD5(%lld + seq)), %d, UTC_TIMESTAMP(6), 'x', 'x', 'x', '{}', "
	    "UNHEX(SHA2('x', 256)) FROM seq_1_to_%d",
		(long long)last, tenant, n);
	sql("INSERT INTO audit_link SELECT tenant_id, id, id, 1, UTC_TIMESTAMP(6), 1, "
	    "UNHEX(SHA2('x', 256)) FROM audit WHERE id > %lld",
		(long long)last);
}

static int64_t n_rows_read(void)
{
	return sql_number("SELECT variable_value FROM information_schema.global_status "
			  "WHERE variable_name = 'ROWS_READ'");
}

static void test_a_step_looks_at_a_part_of_many_entries(void **state)
{
	int64_t looked_until = 0, n_sealed = 0, n_step, before, late;
	bool is_over = false;

	(void)state;
	add_sealed(N_MANY / 2);
	write_entry(tenant);
	late = sql_number("SELECT MAX(id) FROM audit");
	add_sealed(N_MANY / 2);
	sql("ANALYZE TABLE audit, audit_link");
	while (!is_over) {
		before = n_rows_read();
		assert_int_equal(
			audit_seal(test_db, &looked_until, &n_step, &is_over), ERR_NONE);
		/* The last step reads the heads, as many rows as the server thinks best. */
		assert_true(is_over || n_rows_read() - before < N_MANY);
		n_sealed += n_step;
	}
	assert_int_equal(n_sealed, 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM audit_link WHERE entry_id = %lld",
				 (long long)late), 1);
	assert_true(looked_until > late);
}

/* Looks for one entry of the tenant among many. */
static int64_t find_one(const struct audit_match *match, int64_t before_id)
{
	const struct audit_page page = {
		.tenant_id = tenant, .match = *match, .before_id = before_id, .n_most = 1};
	const int64_t before = n_rows_read();
	const struct audit_listed *entries;
	size_t n;

	assert_int_equal(audit_list_before(test_db, &page, &entries, &n), ERR_NONE);
	assert_true(n_rows_read() - before < N_MANY / 10);
	return n == 0 ? 0 : entries[0].id;
}

static void test_one_of_many_entries_is_found_by_an_index(void **state)
{
	static const struct audit_match matches[] = {
		{.action = "key.add"},
		{.subject = "key 1"},
		{.who = "key 7 back-office"},
		{"key.add", "key 1", "key 7 back-office"},
	};
	int64_t id;

	(void)state;
	add_sealed(N_MANY / 2);
	audit_set_origin(test_db, test_origin, "key 7 back-office");
	write_entry(tenant);
	id = sql_number("SELECT MAX(id) FROM audit");
	write_entry(other_tenant);
	audit_set_origin(test_db, NULL, NULL);
	add_sealed(N_MANY / 2);
	sql("ANALYZE TABLE audit, audit_link");
	for (size_t i = 0; i < N_OF(matches); i++) {
		assert_int_equal(find_one(&matches[i], 0), id);
		assert_int_equal(find_one(&matches[i], id), 0);
	}
	assert_int_equal(find_one(&(struct audit_match){"key.add", "key 1", "key 8"}, 0), 0);
	assert_int_equal(find_one(&(struct audit_match){.subject = "key"}, 0), 0);
	assert_int_equal(find_one(&(struct audit_match){NULL}, id),
		sql_number("SELECT MAX(id) FROM audit WHERE id < %lld", (long long)id));
}

static void test_what_was_changed_is_found(void **state)
{
	static const char *const changes[] = {
		"tenant_id = NULL",
		"at = at + INTERVAL 1 SECOND",
		"action = 'key.revoke'",
		"actor = 'x'",
		"subject = 'key 2'",
		"details = '{}'",
		"who = 'x'",
		"who = NULL",
		"origin = 'x'",
		"request_id = 'x'",
		"key_number = NULL",
		"mac = UNHEX(SHA2('x', 256))",
		"entry_uuid = UNHEX(MD5('x'))",
	};
	int64_t before;

	(void)state;
	before = write_five();
	seal();
	sql("CREATE TABLE kept AS SELECT * FROM audit");
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		sql("UPDATE audit SET %s WHERE id = %lld", changes[i], (long long)before + 3);
		assert_found(AUDIT_ENTRY_CHANGED, before + 3, 2);
		sql("REPLACE INTO audit SELECT * FROM kept");
	}
	sql("DROP TABLE kept");
	assert_genuine(5, 3);
}

static void test_a_deleted_entry_is_found(void **state)
{
	int64_t before;

	(void)state;
	before = write_five();
	seal();
	sql("DELETE FROM audit WHERE id = %lld", (long long)before + 3);
	assert_found(AUDIT_ENTRY_DELETED, before + 3, 2);
	sql("DELETE FROM audit_link WHERE entry_id = %lld", (long long)before + 3);
	assert_found(AUDIT_LINK_MISSING, 0, 2);
}

static void test_changed_links_are_found(void **state)
{
	static const char *const changes[] = {
		"sealed_at = sealed_at + INTERVAL 1 SECOND",
		"is_genuine = 0",
		"mac = UNHEX(SHA2('x', 256))",
		"key_number = 2",
	};
	int64_t before;

	(void)state;
	before = write_five();
	seal();
	sql("CREATE TABLE kept AS SELECT * FROM audit_link");
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		sql("UPDATE audit_link SET %s WHERE entry_id = %lld", changes[i],
			(long long)before + 3);
		assert_found(AUDIT_LINK_CHANGED, before + 3, 2);
		sql("REPLACE INTO audit_link SELECT * FROM kept");
	}
	sql("DROP TABLE kept");
	sql("UPDATE audit_link SET entry_id = %lld WHERE tenant_id = %d AND sequence = 3",
		(long long)before + 9, tenant);
	sql("UPDATE audit SET id = id + 4 WHERE id = %lld", (long long)before + 5);
	assert_found(AUDIT_LINK_CHANGED, before + 9, 3);
}

static void test_an_inserted_entry_is_found(void **state)
{
	(void)state;
	write_five();
	sql("INSERT INTO audit (entry_uuid, tenant_id, at, action, actor, subject, details, mac, "
	    "key_number, who, origin, request_id) SELECT UNHEX(MD5(1)), tenant_id, "
	    "UTC_TIMESTAMP(6), action, actor, subject, details, mac, key_number, who, origin, "
	    "request_id FROM audit LIMIT 1");
	assert_found(AUDIT_ENTRY_UNSIGNED, sql_number("SELECT MAX(id) FROM audit"), 0);
	seal();
	assert_found(AUDIT_ENTRY_UNSIGNED, sql_number("SELECT MAX(id) FROM audit"), 4);
}

static void test_an_entry_must_be_sealed_in_time(void **state)
{
	struct audit_verification done;
	struct found found;

	(void)state;
	write_five();
	sealed_until_us = clock_now_us();
	done = verify_since(NULL, 0, &found);
	assert_int_equal(found.n, 5);
	assert_int_equal(found.list[0].fault, AUDIT_ENTRY_UNSEALED);
	sealed_until_us = 0;
	done = verify_since(NULL, 0, &found);
	assert_int_equal(found.n, 0);
	assert_int_equal(done.n_waiting, 5);
	assert_int_equal(done.n_late, 0);
	late_until_us = clock_now_us();
	done = verify_since(NULL, 0, &found);
	late_until_us = 0;
	assert_int_equal(found.n, 0);
	assert_int_equal(done.n_late, 5);
}

static void test_a_chain_that_was_cut_off_is_found_by_an_older_head(void **state)
{
	struct heads heads;
	struct found found;
	int64_t before;

	(void)state;
	before = write_five();
	seal();
	heads = heads_now();
	assert_int_equal(heads.n, 3);
	sql("DELETE FROM audit_link WHERE entry_id > %lld; DELETE FROM audit WHERE id > %lld",
		(long long)before + 3, (long long)before + 3);
	assert_genuine(3, 2);
	verify_since(heads.list, heads.n, &found);
	assert_int_equal(found.n, 2);
	assert_int_equal(found.list[0].fault, AUDIT_CUT_OFF);
	assert_int_equal(found.list[0].tenant_id, AUDIT_INSTALLATION);
	assert_int_equal(found.list[1].fault, AUDIT_CUT_OFF);
	assert_int_equal(found.list[1].sequence, 3);
	write_entry(tenant);
	write_entry(AUDIT_INSTALLATION);
	seal();
	verify_since(heads.list, heads.n, &found);
	assert_int_equal(found.n, 2);
}

static void test_what_comes_after_a_head_is_verified(void **state)
{
	struct audit_verification done;
	struct heads heads;
	struct found found;
	int64_t before;

	(void)state;
	before = write_five();
	seal();
	heads = heads_now();
	write_entry(tenant);
	seal();
	done = verify_since(heads.list, heads.n, &found);
	assert_int_equal(found.n, 0);
	assert_int_equal(done.n_links, 1);
	sql("UPDATE audit SET actor = 'x' WHERE id > %lld", (long long)before + 4);
	verify_since(heads.list, heads.n, &found);
	assert_int_equal(found.n, 1);
	assert_int_equal(found.list[0].entry_id, sql_number("SELECT MAX(id) FROM audit"));
}

static void test_no_other_text_is_a_head(void **state)
{
	static const char *const texts[] = {
		"", "1", "1:2", "1:2:", "1:2:0123456789abcde", "1:2:0123456789abcdef0",
		"1:2:0123456789abcdeF", "1:0:0123456789abcdef", "-1:2:0123456789abcdef",
		"4294967297:2:0123456789abcdef", ":2:0123456789abcdef", "1::0123456789abcdef",
		" 1:2:0123456789abcdef", "+1:2:0123456789abcdef", "01:2:0123456789abcdef",
		"1:02:0123456789abcdef", "1: 2:0123456789abcdef",
	};
	struct audit_head head;

	(void)state;
	assert_true(audit_head_read("1:2:0123456789abcdef", &head));
	assert_int_equal(head.tenant_id, 1);
	assert_int_equal(head.sequence, 2);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(audit_head_read(texts[i], &head));
}

static int seal_as_racer(int index)
{
	(void)index;
	return seal_all() == ERR_NONE ? 0 : 1;
}

static void test_sealers_that_race_make_one_chain(void **state)
{
	(void)state;
	for (int i = 0; i < N_RACED; i++)
		write_entry(i % 3 == 0 ? other_tenant : tenant);
	assert_true(mariadb_race(N_RACERS, seal_as_racer) > 0);
	seal();
	assert_genuine(N_RACED, 2);
}

static void test_the_chain_goes_on_with_another_key(void **state)
{
	struct secret_keys *keys;
	char error[512];

	(void)state;
	write_five();
	seal();
	assert_int_equal(secret_key_file_add(test_conf->keys_audit, 2), 0);
	keys = secret_keys_load(test_conf, error, sizeof(error));
	assert_non_null(keys);
	test_db->keys = keys;
	write_five();
	seal();
	assert_genuine(10, 3);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM audit_link WHERE key_number = 2"), 5);
	test_db->keys = test_keys;
	secret_keys_free(keys);
	assert_int_equal(secret_key_file_drop(test_conf->keys_audit, 2), 0);
}

/* Keys with the audit key 2, before which there is key 1 if the file has it. */
static struct secret_keys *keys_of(const char *path)
{
	struct conf conf = *test_conf;
	struct secret_keys *keys;
	char error[512];

	conf.keys_audit = path;
	keys = secret_keys_load(&conf, error, sizeof(error));
	assert_non_null(keys);
	return keys;
}

static void declare_lost(const char *path)
{
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	fputs("1 lost\n", file);
	assert_int_equal(fclose(file), 0);
}

/* Who writes to the table gives an entry the number of the lost key. */
static void test_a_lost_key_signs_nothing_more(void **state)
{
	const char *path = sql_text("SELECT '%s.lost'", test_conf->keys_audit);
	struct audit_verification done;
	struct secret_keys *keys;
	struct found found;

	(void)state;
	write_five();
	assert_int_equal(secret_key_file_create(path, 2), 0);
	declare_lost(path);
	keys = keys_of(path);
	test_db->keys = keys;
	done = verify_since(NULL, 0, &found);
	assert_int_equal(found.n, 0);
	assert_int_equal(done.n_waiting, 5);
	seal();
	write_entry(tenant);
	done = verify_since(NULL, 0, &found);
	assert_int_equal(found.n, 0);
	assert_int_equal(done.n_lost, 5);
	for (int i = 0; i < 2; i++)
		sql("INSERT INTO audit (entry_uuid, tenant_id, at, action, actor, subject, "
		    "details, mac, key_number, who, origin, request_id) "
		    "SELECT UNHEX(MD5(%d)), tenant_id, at, action, actor, subject, details, mac, "
		    "key_number, who, origin, request_id FROM audit ORDER BY id LIMIT 1", i);
	sql("UPDATE audit SET key_number = NULL WHERE entry_uuid = UNHEX(MD5(1))");
	verify_since(NULL, 0, &found);
	assert_int_equal(found.n, 2);
	assert_int_equal(found.list[0].fault, AUDIT_ENTRY_UNSIGNED);
	seal();
	done = verify_since(NULL, 0, &found);
	assert_int_equal(found.n, 2);
	assert_int_equal(found.list[0].fault, AUDIT_ENTRY_UNSIGNED);
	assert_int_equal(done.n_lost, 5);
	test_db->keys = test_keys;
	secret_keys_free(keys);
	assert_int_equal(unlink(path), 0);
}

static void test_an_entry_whose_key_this_host_lacks_waits(void **state)
{
	struct secret_keys *keys;

	(void)state;
	assert_int_equal(secret_key_file_add(test_conf->keys_audit, 2), 0);
	keys = keys_of(test_conf->keys_audit);
	test_db->keys = keys;
	write_entry(tenant);
	test_db->keys = test_keys;
	sql("INSERT INTO key_check (kind, number, check_value, place, created_at, used_from) "
	    "VALUES (%d, 2, UNHEX(SHA2('x', 256)), 2, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
		SECRET_KEY_AUDIT);
	assert_int_equal(seal_all(), ERR_INTERNAL);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM audit_link"), 0);
	sql("DELETE FROM key_check WHERE kind = %d AND number = 2", SECRET_KEY_AUDIT);
	test_db->keys = keys;
	seal();
	assert_genuine(1, 1);
	test_db->keys = test_keys;
	secret_keys_free(keys);
	assert_int_equal(secret_key_file_drop(test_conf->keys_audit, 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_each_tenant_has_a_chain, begin),
		cmocka_unit_test_setup(test_the_log_tells_the_heads, begin),
		cmocka_unit_test_setup(test_an_entry_tells_its_origin, begin),
		cmocka_unit_test_setup(test_an_entry_is_sealed_though_a_later_one_was_first, begin),
		cmocka_unit_test_setup(test_a_late_entry_is_sealed_after_an_outage, begin),
		cmocka_unit_test_setup(test_a_step_looks_at_a_part_of_many_entries, begin),
		cmocka_unit_test_setup(test_one_of_many_entries_is_found_by_an_index, begin),
		cmocka_unit_test_setup(test_what_was_changed_is_found, begin),
		cmocka_unit_test_setup(test_a_deleted_entry_is_found, begin),
		cmocka_unit_test_setup(test_changed_links_are_found, begin),
		cmocka_unit_test_setup(test_an_inserted_entry_is_found, begin),
		cmocka_unit_test_setup(test_an_entry_must_be_sealed_in_time, begin),
		cmocka_unit_test_setup(
			test_a_chain_that_was_cut_off_is_found_by_an_older_head, begin),
		cmocka_unit_test_setup(test_what_comes_after_a_head_is_verified, begin),
		cmocka_unit_test(test_no_other_text_is_a_head),
		cmocka_unit_test_setup(test_sealers_that_race_make_one_chain, begin),
		cmocka_unit_test_setup(test_the_chain_goes_on_with_another_key, begin),
		cmocka_unit_test_setup(test_a_lost_key_signs_nothing_more, begin),
		cmocka_unit_test_setup(test_an_entry_whose_key_this_host_lacks_waits, begin),
	};

	return cmocka_run_group_tests(tests, set_up, mariadb_close);
}
