/*
 * Any file as the configuration, and as a file of keys or of a secret; and any variables of the
 * environment. What is read has values within the bounds of conf.def; what is refused is refused
 * with one line that names the file or the variable. A file of keys loads as before when a key was
 * added to it and dropped again.
 *
 * The first byte of an input chooses what the rest is, and whether others may read and write it.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "conf.h"
#include "conf_key.h"
#include "config_check.h"
#include "fuzz.h"
#include "secret_file.h"
#include "secret_keys.h"
#include "str.h"

#define N_VARIABLES 8

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

static void read_conf(const char *path, mode_t mode)
{
	char error[CONF_ERROR_SIZE];
	struct conf *conf = conf_load(path, error, sizeof(error));

	check_error(error, path, conf == NULL);
	check_conf(conf);
	conf = conf_load_lenient(path, error, sizeof(error));
	if ((conf == NULL) != ((mode & S_IWOTH) != 0))
		BUG("the lenient reader reads nothing, or what others may write: %s", error);
	check_error(error, path, conf == NULL);
	check_conf(conf);
}

static void read_environment(struct arena *arena, struct fuzz_input *input)
{
	char *variables[N_VARIABLES + 1] = {NULL};
	char error[CONF_ERROR_SIZE];
	char **own = environ;
	struct conf *conf;

	for (size_t i = 0; i < N_VARIABLES && input->size > 0; i++)
		variables[i] = arena_printf(arena, "WXUSER_CONF_%s", fuzz_take_line(input));
	environ = variables;
	conf = conf_load(NULL, error, sizeof(error));
	environ = own;
	check_error(error, "environment, WXUSER_CONF_", conf == NULL);
	check_conf(conf);
}

/* Returns the highest number in the file, or 0 if it cannot be used. */
static uint16_t load_keys(enum secret_key_kind kind, const char *path)
{
	struct conf conf = *fuzz_conf();
	char error[CONF_ERROR_SIZE];
	struct secret_keys *keys;
	uint16_t newest;

	if (kind == SECRET_KEY_SEALING)
		conf.keys_sealing = path;
	else if (kind == SECRET_KEY_LOOKUP)
		conf.keys_lookup = path;
	else if (kind == SECRET_KEY_ERASURE)
		conf.keys_erasure = path;
	else
		conf.keys_audit = path;
	keys = secret_keys_load(&conf, error, sizeof(error));
	if (keys == NULL) {
		check_error(error, path, true);
		return 0;
	}
	newest = secret_key_newest(keys, kind);
	if (!secret_keys_have(keys, kind, newest))
		BUG("no key is the newest");
	secret_keys_free(keys);
	return newest;
}

/* ---- A file that is replaced, so that it needs a directory. */

static char key_directory[] = "/dev/shm/fuzz-XXXXXX";
static char key_path[sizeof(key_directory) + sizeof("/keys")];

static void remove_key_file(void)
{
	unlink(key_path);
	rmdir(key_directory);
}

static const char *write_key_file(const struct fuzz_input *input)
{
	FILE *file;

	if (*key_path == '\0') {
		if (mkdtemp(key_directory) == NULL)
			abort();
		snprintf(key_path, sizeof(key_path), "%s/keys", key_directory);
		atexit(remove_key_file);
	}
	file = fopen(key_path, "w");
	if (file == NULL || fwrite(input->bytes, 1, input->size, file) != input->size ||
		fclose(file) != 0 || chmod(key_path, 0600) != 0)
		abort();
	return key_path;
}

/* Of a file that is refused nothing is promised. */
static void change_keys(enum secret_key_kind kind, const struct fuzz_input *input)
{
	const char *path = write_key_file(input);
	const uint16_t newest = load_keys(kind, path), added = newest + 1;
	const bool is_added = secret_key_file_add(path, added) == 0;
	const uint16_t newest_then = load_keys(kind, path);
	const bool is_dropped = secret_key_file_drop(path, added) == 0;

	if (newest == 0)
		return;
	if (is_added && newest_then != added && newest_then != 0)
		BUG("key %u was added, and the newest is %u", added, newest_then);
	if (is_added != is_dropped || load_keys(kind, path) != newest)
		BUG("the file is another one after key %u was dropped", added);
}

static void read_secret(const char *path)
{
	char secret[SECRET_FILE_SIZE], text[PERMISSION_TEXT_SIZE];
	const bool is_read = secret_file_read("", path, secret, sizeof(secret));

	if (is_read && strpbrk(secret, "\r\n") != NULL)
		BUG("a secret of two lines");
	if ((is_read && *secret != '\0') != (secret_file_find_problem(path, text) == NULL))
		BUG("a secret is%s read, and its file is%s fine", is_read ? "" : " not",
			is_read ? " not" : "");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const mode_t modes[] = {0600, 0640, 0644, 0666};
	struct fuzz_input input;
	struct arena *arena = fuzz_begin(&input, bytes, size);
	const unsigned choice = fuzz_take_byte(&input);
	const enum secret_key_kind kind = choice / 32 % SECRET_KEY_KINDS;
	const char *path = fuzz_file(FUZZ_FILE, input.bytes, input.size);
	const mode_t mode = modes[choice / 8 % 4];

	if (chmod(path, mode) != 0)
		abort();
	if (choice % 8 == 0)
		read_secret(path);
	else if (choice % 8 == 1)
		load_keys(kind, path);
	else if (choice % 8 == 2)
		change_keys(kind, &input);
	else if (choice % 8 == 3)
		read_environment(arena, &input);
	else
		read_conf(path, mode);
	return 0;
}
