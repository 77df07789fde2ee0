#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef HAVE_SANITIZERS
#include <sanitizer/lsan_interface.h>
#endif

#include "ascii.h"
#include "conf.h"
#include "crypto.h"
#include "encoding.h"
#include "heap.h"
#include "key_file.h"
#include "secret_keys.h"
#include "str.h"

#define BASE64_SIZE SECRET_KEY_BASE64_SIZE
#define HKDF SECRET_KEY_HKDF
#define LOST "lost"
#define NEW_KEY "\"$(openssl rand -base64 32)\""
#define RESTORE "restore it from its backup, never make a new one"

/* The keys and the text from which they were read. Both are locked in memory and wiped. */
struct locked {
	struct secret_keys keys;
	char text[sizeof(STR_BYTE_ORDER_MARK) + SECRET_KEYS_MAX * SECRET_KEY_LINE_SIZE];
};

/* Accepts only one spelling of a key; decode_base64() accepts more. */
static bool secret_key_parse(const char *text, size_t size, uint8_t bytes_r[SECRET_KEY_SIZE])
{
	uint8_t bytes[BASE64_SIZE / 4 * 3];
	char canonical[BASE64_SIZE + 1];
	bool is_key = size == BASE64_SIZE && decode_base64(text, size, bytes) == SECRET_KEY_SIZE;

	if (is_key) {
		encode_base64(bytes, SECRET_KEY_SIZE, canonical);
		is_key = crypto_equal(canonical, text, size);
		memcpy(bytes_r, bytes, SECRET_KEY_SIZE);
	}
	crypto_wipe(bytes, sizeof(bytes));
	crypto_wipe(canonical, sizeof(canonical));
	return is_key;
}

/* "NUMBER WORD", from the line's start to its end. */
static bool parse_key_number(const char *line, uint16_t *number_r, const char **word_r)
{
	unsigned number = 0;

	if (*line == '0')
		return false;
	for (; ascii_is_digit(*line) && number <= UINT16_MAX; line++)
		number = number * 10 + (unsigned)(*line - '0');
	if (number == 0 || number > UINT16_MAX || *line != ' ')
		return false;
	*number_r = (uint16_t)number;
	*word_r = line + 1;
	return true;
}

/* A file that is being read. */
struct key_loader {
	struct key_file file;
	enum secret_key_kind kind;
	struct locked *locked;
};

/* The lines of a file that are read already. */
struct key_list {
	struct secret_keys *keys; /* receives them */
	size_t n_before;          /* keys of other files */
	uint16_t highest, highest_lost;
};

static int key_list_add_lost(
	const struct key_loader *loader, struct key_list *list, uint16_t number)
{
	struct secret_keys *keys = list->keys;

	if (keys->n_lost == SECRET_KEYS_MAX)
		return key_file_refuse(&loader->file, "more than %d lost keys", SECRET_KEYS_MAX);
	keys->lost[keys->n_lost++] = (struct lost_key){loader->kind, number};
	list->highest_lost = number > list->highest_lost ? number : list->highest_lost;
	return 0;
}

bool secret_key_may_be_replaced(enum secret_key_kind kind)
{
	return kind != SECRET_KEY_ERASURE;
}

static int key_list_check_room(const struct key_loader *loader, const struct key_list *list)
{
	const size_t most = secret_key_may_be_replaced(loader->kind) ? SECRET_KEYS_MAX : 1;

	if (list->keys->n_keys - list->n_before == most)
		return key_file_refuse(
			&loader->file, "more than %zu key%s", most, most == 1 ? "" : "s");
	return 0;
}

/* Returns 1 if the line is no key. */
static int key_list_add_line(
	const struct key_loader *loader, struct key_list *list, const char *line, const char *end)
{
	struct secret_keys *keys = list->keys;
	struct secret_key *key;
	uint16_t number;
	const char *word;

	if (!parse_key_number(line, &number, &word))
		return 1;
	if (end - word == strlen(LOST) && str_starts_with(word, LOST))
		return key_list_add_lost(loader, list, number);
	if (key_list_check_room(loader, list) != 0)
		return -1;
	key = &keys->keys[keys->n_keys];
	key->has_subkeys = str_starts_with(word, HKDF);
	if (key->has_subkeys)
		word += strlen(HKDF);
	if (!secret_key_parse(word, (size_t)(end - word), key->bytes))
		return 1;
	key->kind = loader->kind;
	key->number = number;
	keys->n_keys++;
	list->highest = number > list->highest ? number : list->highest;
	return 0;
}

static int key_list_check_highest(const struct key_loader *loader, const struct key_list *list)
{
	if (list->keys->n_keys == list->n_before && list->highest_lost == 0)
		return key_file_refuse(&loader->file, "damaged (empty); " RESTORE);
	if (list->highest > list->highest_lost)
		return 0;
	return key_file_refuse(&loader->file,
		"key %d is lost, and no key is above it; add one: printf '%d " HKDF
		"%%s\\n' " NEW_KEY " >>%s",
		list->highest_lost, list->highest_lost + 1, loader->file.path);
}

static bool is_same_key(const struct secret_key *a, const struct secret_key *b)
{
	return crypto_equal(a->bytes, b->bytes, SECRET_KEY_SIZE);
}

/* A key stands in one file alone. */
static int key_list_check_others(const struct key_loader *loader, const struct key_list *list)
{
	const struct secret_key *own = &list->keys->keys[list->n_before];

	for (const struct secret_key *other = list->keys->keys; other < own; other++)
		for (const struct secret_key *key = own;
			key < own + list->keys->n_keys - list->n_before; key++)
			if (is_same_key(key, other))
				return key_file_refuse(&loader->file,
					"holds the same key as %s; restore the right file from its "
					"backup",
					secret_key_path(loader->file.conf, other->kind));
	return 0;
}

/* Several keys may have a number below the highest: if one was made while another was lost, each
 * opens what it has sealed. */
static int key_list_find_newest(const struct key_loader *loader, const struct key_list *list)
{
	struct secret_keys *keys = list->keys;
	size_t n_newest = 0;

	for (size_t i = list->n_before; i < keys->n_keys; i++) {
		if (keys->keys[i].number != list->highest)
			continue;
		keys->newest[loader->kind] = &keys->keys[i];
		n_newest++;
	}
	if (n_newest == 1)
		return 0;
	return key_file_refuse(&loader->file,
		"key number %d is there twice, and the highest number is the one in use; add a key "
		"above both: printf '%d " HKDF "%%s\\n' " NEW_KEY " >>%s",
		list->highest, list->highest + 1, loader->file.path);
}

/* Editors add a byte order mark, blanks at the end of a line and empty lines, and drop the last
 * newline. None of that matters. */
static int key_list_read(const struct key_loader *loader, struct key_list *list)
{
	const char *line = loader->locked->text, *end, *next;
	int status;

	if (key_file_read(&loader->file, loader->locked->text, sizeof(loader->locked->text)) != 0)
		return -1;
	if (str_starts_with(line, STR_BYTE_ORDER_MARK))
		line += strlen(STR_BYTE_ORDER_MARK);
	for (size_t n = 1; *line != '\0'; line = next, n++) {
		next = line + strcspn(line, "\n");
		for (end = next; end > line && ascii_is_space(end[-1]); end--)
			continue;
		next += *next == '\n';
		status = end == line ? 0 : key_list_add_line(loader, list, line, end);
		if (status < 0)
			return -1;
		if (status > 0)
			return key_file_refuse(
				&loader->file, "damaged (line %zu is no key); " RESTORE, n);
	}
	return 0;
}

static int keys_load_file(const struct key_loader *loader)
{
	struct secret_keys *keys = &loader->locked->keys;
	struct key_list list = {.keys = keys, .n_before = keys->n_keys};

	if (key_list_read(loader, &list) != 0 || key_list_check_highest(loader, &list) != 0 ||
		key_list_check_others(loader, &list) != 0)
		return -1;
	return key_list_find_newest(loader, &list);
}

static int lock_memory(const struct locked *locked, char *error, size_t error_size)
{
	if (mlock(locked, sizeof(*locked)) == 0)
		return 0;
	snprintf(error, error_size,
		"cannot lock %zu bytes of memory for keys (%s); raise the limit memlock",
		sizeof(*locked), strerror(errno));
	return -1;
}

static struct locked *locked_new(char *error, size_t error_size)
{
	struct locked *locked = mmap(
		NULL, sizeof(*locked), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (locked == MAP_FAILED) {
		snprintf(error, error_size, "no memory for keys: %s", strerror(errno));
		return NULL;
	}
	if (lock_memory(locked, error, error_size) != 0) {
		munmap(locked, sizeof(*locked));
		return NULL;
	}
	madvise(locked, sizeof(*locked), MADV_DONTDUMP);
#ifdef HAVE_SANITIZERS /* which does not look for pointers in mapped memory */
	__lsan_register_root_region(locked, sizeof(*locked));
#endif
	return locked;
}

const char *secret_key_path(const struct conf *conf, enum secret_key_kind kind)
{
	const char *const paths[SECRET_KEY_KINDS] = {
		[SECRET_KEY_SEALING] = conf->keys_sealing,
		[SECRET_KEY_LOOKUP] = conf->keys_lookup,
		[SECRET_KEY_ERASURE] = conf->keys_erasure,
		[SECRET_KEY_AUDIT] = conf->keys_audit,
	};

	return paths[kind];
}

static int keys_load_all(struct key_loader *loader)
{
	static const char *const losses[SECRET_KEY_KINDS] = {
		[SECRET_KEY_SEALING] = "what it sealed opens with it only",
		[SECRET_KEY_LOOKUP] = "what was hashed with it is found with it only",
		[SECRET_KEY_ERASURE] = "what was hashed with it is found with it only",
		[SECRET_KEY_AUDIT] =
			"what it signed is verified with it only. An installation from "
			"before [keys] audit has none: run wxuserctl keys create on one host, "
			"and copy the file to the others",
	};

	for (int kind = 0; kind < SECRET_KEY_KINDS; kind++) {
		loader->kind = (enum secret_key_kind)kind;
		loader->file.path = secret_key_path(loader->file.conf, loader->kind);
		loader->file.loss = losses[kind];
		if (keys_load_file(loader) != 0)
			return -1;
	}
	return 0;
}

#define CHECK_VALUE_LABEL "wxuser check value"
/* The same of a key without subkeys: as secret_mac() takes it, of tenant 0 and no text. */
#define CHECK_VALUE_TEXT "\0\0\0\0\013check value"

static void secret_key_check_value(struct secret_key *key)
{
	if (key->has_subkeys)
		crypto_hkdf(key->bytes, SECRET_KEY_SIZE, CHECK_VALUE_LABEL, key->check_value,
			sizeof(key->check_value));
	else
		crypto_hmac_sha256(key->bytes, SECRET_KEY_SIZE, CHECK_VALUE_TEXT,
			sizeof(CHECK_VALUE_TEXT) - 1, key->check_value);
}

static void secret_key_expand_purpose(struct secret_key *key, enum secret_purpose purpose)
{
	uint8_t subkey[SECRET_KEY_SIZE];

	if (key->has_subkeys)
		crypto_hkdf(key->bytes, SECRET_KEY_SIZE, secret_purpose_uses[purpose].label, subkey,
			sizeof(subkey));
	else
		memcpy(subkey, key->bytes, sizeof(subkey));
	if (purpose == SECRET_FOR_SEALING)
		key->gcm = crypto_gcm_key_new(subkey);
	else
		key->macs[purpose] = crypto_hmac_key_new(subkey, sizeof(subkey));
	crypto_wipe(subkey, sizeof(subkey));
}

/* Afterwards no process has the key of the file, from which all subkeys could be derived. */
static void secret_key_expand(struct secret_key *key)
{
	secret_key_check_value(key);
	for (int purpose = 0; purpose < SECRET_PURPOSES; purpose++)
		if (secret_purpose_uses[purpose].kind == key->kind)
			secret_key_expand_purpose(key, (enum secret_purpose)purpose);
	crypto_wipe(key->bytes, sizeof(key->bytes));
}

static struct secret_keys_used *secret_keys_used_new(const struct secret_keys *keys)
{
	struct secret_keys_used *used = heap_alloc(sizeof(*used));

	*used = (struct secret_keys_used){0};
	memcpy(used->in_use, keys->newest, sizeof(used->in_use));
	return used;
}

struct secret_keys *secret_keys_load(const struct conf *conf, char *error, size_t error_size)
{
	struct locked *locked = locked_new(error, error_size);
	struct key_loader loader = {
		.file = {.conf = conf,
			.error = error,
			.error_size = error_size,
			.keys_max = SECRET_KEYS_MAX},
		.locked = locked,
	};

	if (locked == NULL)
		return NULL;
	if (keys_load_all(&loader) != 0) {
		secret_keys_free(&locked->keys);
		return NULL;
	}
	crypto_wipe(locked->text, sizeof(locked->text));
	for (size_t i = 0; i < locked->keys.n_keys; i++)
		secret_key_expand(&locked->keys.keys[i]);
	locked->keys.used = secret_keys_used_new(&locked->keys);
	return &locked->keys;
}

int secret_keys_lock(struct secret_keys *keys, char *error, size_t error_size)
{
	return lock_memory((struct locked *)keys, error, error_size);
}

void secret_keys_free(struct secret_keys *keys)
{
	if (keys == NULL)
		return;
	for (size_t i = 0; i < keys->n_keys; i++) {
		for (int purpose = 0; purpose < SECRET_PURPOSES; purpose++)
			crypto_hmac_key_free(keys->keys[i].macs[purpose]);
		crypto_gcm_key_free(keys->keys[i].gcm);
	}
	free(keys->used);
	crypto_wipe(keys, sizeof(struct locked));
#ifdef HAVE_SANITIZERS
	__lsan_unregister_root_region(keys, sizeof(struct locked));
#endif
	munmap(keys, sizeof(struct locked));
}

/* Returns the last key of that number; NULL: there is none. */
static const struct secret_key *secret_keys_find(
	const struct secret_keys *keys, enum secret_key_kind kind, uint16_t number)
{
	for (size_t i = keys->n_keys; i > 0; i--)
		if (keys->keys[i - 1].kind == kind && keys->keys[i - 1].number == number)
			return &keys->keys[i - 1];
	return NULL;
}

void secret_keys_use(const struct secret_keys *keys, enum secret_key_kind kind, uint16_t number)
{
	const struct secret_key *key = secret_keys_find(keys, kind, number);

	if (key != NULL)
		keys->used->in_use[kind] = key;
}

void secret_keys_replace(const struct secret_keys *keys, uint16_t beside, uint16_t next)
{
	keys->used->beside = secret_keys_find(keys, SECRET_KEY_LOOKUP, beside);
	keys->used->next = secret_keys_find(keys, SECRET_KEY_LOOKUP, next);
}

uint16_t secret_key_newest(const struct secret_keys *keys, enum secret_key_kind kind)
{
	return keys->newest[kind]->number;
}

bool secret_keys_have(const struct secret_keys *keys, enum secret_key_kind kind, uint16_t number)
{
	return secret_keys_find(keys, kind, number) != NULL;
}

bool secret_keys_lack_subkeys(
	const struct secret_keys *keys, enum secret_key_kind kind, uint16_t number)
{
	const struct secret_key *key = secret_keys_find(keys, kind, number);

	return key != NULL && !key->has_subkeys;
}

bool secret_keys_lost(const struct secret_keys *keys, enum secret_key_kind kind, uint16_t number)
{
	for (size_t i = 0; i < keys->n_lost; i++)
		if (keys->lost[i].kind == kind && keys->lost[i].number == number)
			return true;
	return false;
}
