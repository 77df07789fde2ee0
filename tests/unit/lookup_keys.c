#include "unit.h"

#include "conf.h"
#include "connection.h"
#include "lookup_keys.h"
#include "mariadb.h"

struct secret_keys *lookup_keys;

void lookup_keys_open(void)
{
	char error[256];

	assert_int_equal(secret_key_file_add(test_conf->keys_lookup, 2), 0);
	lookup_keys = secret_keys_load(test_conf, error, sizeof(error));
	assert_non_null(lookup_keys);
	test_db->keys = lookup_keys;
	lookup_keys_follow(0);
}

void lookup_keys_close(void)
{
	test_db->keys = test_keys;
	secret_keys_free(lookup_keys);
}

void lookup_keys_follow(int step)
{
	secret_keys_use(lookup_keys, SECRET_KEY_LOOKUP, step < 2 ? 1 : 2);
	secret_keys_replace(lookup_keys, step == 1 ? 2 : step == 2 ? 1 : 0,
		step == 0 || step == 3 ? 0 : 2);
}
