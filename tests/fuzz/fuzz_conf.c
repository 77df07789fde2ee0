/*
 * Any file as the configuration, and as a file of keys, of a secret or of networks. What is read
 * has values within the bounds of conf.def; what is refused is refused with one line that names the
 * file.
 *
 * The first byte of an input chooses what the rest is.
 */
#include "arena.h"
#include "conf.h"
#include "conf_key.h"
#include "config_check.h"
#include "fuzz.h"
#include "secret_file.h"
#include "secret_keys.h"
#include "str.h"

static void check_value(const struct conf *conf, const struct conf_key *key)
{
	const char *member = (const char *)conf + key->offset;
	const char *text = conf_key_is_string(key) ? *(const char *const *)member : NULL;

	if (key->kind == CONF_KIND_INT &&
		(*(const long *)member < key->least || *(const long *)member > key->most) &&
		*(const long *)member != 0)
		BUG("%s.%s is %ld", key->section, key->name, *(const long *)member);
	if (text == NULL)
		return;
	fuzz_check_text(key->name, text);
	if (key->kind == CONF_KIND_WORD && *text == '\0')
		BUG("%s.%s is empty", key->section, key->name);
	if (key->kind == CONF_KIND_ENUM && str_place_in(key->choices, "|", text, strlen(text)) < 0)
		BUG("%s.%s is %s", key->section, key->name, text);
}

static void check_conf(struct conf *conf)
{
	if (conf == NULL)
		return;
	for (const struct conf_key *key = conf_keys; key->name != NULL; key++)
		check_value(conf, key);
	config_check(conf);
	conf_free(conf);
}

static void check_error(const char *error, const char *path, bool is_failed)
{
	if (is_failed && strstr(error, path) == NULL)
		BUG("an error does not name the file: %s", error);
	if (strchr(error, '\n') != NULL)
		BUG("an error has two lines: %s", error);
}

static void read_conf(const char *path)
{
	char error[CONF_ERROR_SIZE];
	struct conf *conf = conf_load(path, error, sizeof(error));

	check_error(error, path, conf == NULL);
	check_conf(conf);
	conf = conf_load_lenient(path, error, sizeof(error));
	if (conf == NULL)
		BUG("the lenient reader reads nothing: %s", error);
	check_error(error, path, false);
	check_conf(conf);
}

static void read_keys(const char *path)
{
	struct conf conf = *fuzz_conf();
	char error[CONF_ERROR_SIZE];
	struct secret_keys *keys;

	conf.keys_sealing = path;
	keys = secret_keys_load(&conf, error, sizeof(error));
	if (keys == NULL)
		check_error(error, path, true);
	secret_keys_free(keys);
}

static void read_secret(const char *path)
{
	char secret[SECRET_FILE_SIZE];

	if (secret_file_read("", path, secret, sizeof(secret)) && strpbrk(secret, "\r\n") != NULL)
		BUG("a secret of two lines");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input;
	unsigned choice;
	const char *path;

	fuzz_begin(&input, bytes, size);
	choice = fuzz_take_below(&input, 8);
	path = fuzz_file(FUZZ_FILE, input.bytes, input.size);
	if (choice == 0)
		read_secret(path);
	else if (choice == 1)
		read_keys(path);
	else
		read_conf(path);
	return 0;
}
