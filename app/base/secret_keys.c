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
#include "key_file.h"
#include "secret_keys.h"
#include "str.h"

#define BASE64_SIZE 44 /* of a key: 43 digits and one '=' */
#define LINE_MAX_SIZE (5 + 1 + BASE64_SIZE + 2)
#define LOST "lost"
#define RESTORE "restore it from its backup, never make a new one"

/* The keys and the text from which they were read. Both are locked in memory and wiped. */
struct locked {
	struct secret_keys keys;
	char text[sizeof(STR_BYTE_ORDER_MARK) + SECRET_KEYS_MAX * LINE_MAX_SIZE];
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
	struct secret_keys *keys; /* receives lost keys */
	struct secret_key *own;
	size_t own_max, n_own;
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

/* Returns 1 if the line is no key. */
static int key_list_add_line(
	const struct key_loader *loader, struct key_list *list, const char *line, const char *end)
{
	struct secret_key *key = &list->own[list->n_own];
	uint16_t number;
	const char *word;

	if (!parse_key_number(line, &number, &word))
		return 1;
	if (end - word == strlen(LOST) && str_starts_with(word, LOST))
		return key_list_add_lost(loader, list, number);
	if (list->n_own == list->own_max)
		return key_file_refuse(&loader->file, "more than %zu key%s", list->own_max,
			list->own_max == 1 ? "" : "s");
	if (!secret_key_parse(word, (size_t)(end - word), key->bytes))
		return 1;
	key->number = number;
	list->n_own++;
	list->highest = number > list->highest ? number : list->highest;
	return 0;
}

static int key_list_check_highest(const struct key_loader *loader, const struct key_list *list)
{
	if (list->n_own + list->highest_lost == 0)
		return key_file_refuse(&loader->file, "damaged (empty); " RESTORE);
	if (list->highest > list->highest_lost)
		return 0;
	return key_file_refuse(&loader->file,
		"key %d is lost, and no key is above it; add one: printf '%d %%s\\n' "
		"\"$(openssl rand -base64 32)\" >>%s",
		list->highest_lost, list->highest_lost + 1, loader->file.path);
}

/* Editors add a byte order mark, blanks at the end of a line and empty lines, and drop the last
 * newline. None of that matters. */
static int keys_load_lines(const struct key_loader *loader, struct secret_key *keys_r,
	size_t keys_max, size_t *n_keys_r)
{
	struct key_list list = {.keys = &loader->locked->keys, .own = keys_r, .own_max = keys_max};
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
		status = end == line ? 0 : key_list_add_line(loader, &list, line, end);
		if (status < 0)
			return -1;
		if (status > 0)
			return key_file_refuse(
				&loader->file, "damaged (line %zu is no key); " RESTORE, n);
	}
	*n_keys_r = list.n_own;
	return key_list_check_highest(loader, &list);
}

/* Several keys may have a number below the highest: if one was made while another was lost, each
 * opens what it has sealed. */
static int keys_load_sealing(const struct key_loader *loader)
{
	struct secret_keys *keys = &loader->locked->keys;
	size_t n_newest = 0;

	if (keys_load_lines(loader, keys->sealing, SECRET_KEYS_MAX, &keys->n_sealing) != 0)
		return -1;
	keys->newest = &keys->sealing[0];
	for (size_t i = 1; i < keys->n_sealing; i++)
		if (keys->sealing[i].number > keys->newest->number)
			keys->newest = &keys->sealing[i];
	for (size_t i = 0; i < keys->n_sealing; i++)
		n_newest += keys->sealing[i].number == keys->newest->number;
	if (n_newest > 1)
		return key_file_refuse(&loader->file,
			"key number %d is there twice, and the highest number seals; add a key "
			"above both: printf '%d %%s\\n' \"$(openssl rand -base64 32)\" >>%s",
			keys->newest->number, keys->newest->number + 1, loader->file.path);
	return 0;
}

static bool secret_key_is_equal(const struct secret_key *a, const struct secret_key *b)
{
	return crypto_equal(a->bytes, b->bytes, SECRET_KEY_SIZE);
}

static int keys_refuse_double(const struct key_loader *loader, const char *other)
{
	return key_file_refuse(&loader->file,
		"holds the same key as %s; restore the right file from its backup", other);
}

/* Reads a file of one key, which must stand in no other file. */
static int keys_load_single(const struct key_loader *loader, struct secret_key *key_r)
{
	const struct secret_keys *keys = &loader->locked->keys;
	size_t n;

	if (keys_load_lines(loader, key_r, 1, &n) != 0)
		return -1;
	for (size_t i = 0; i < keys->n_sealing; i++)
		if (secret_key_is_equal(&keys->sealing[i], key_r))
			return keys_refuse_double(loader, loader->file.conf->keys_sealing);
	if (key_r != &keys->lookup && secret_key_is_equal(&keys->lookup, key_r))
		return keys_refuse_double(loader, loader->file.conf->keys_lookup);
	return 0;
}

static struct locked *locked_new(char *error, size_t error_size)
{
	struct locked *locked = mmap(
		NULL, sizeof(*locked), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (locked == MAP_FAILED) {
		snprintf(error, error_size, "no memory for keys: %s", strerror(errno));
		return NULL;
	}
	/* Processes that are forked later share the pages, which stay locked while this one lives.
	 */
	if (mlock(locked, sizeof(*locked)) != 0) {
		snprintf(error, error_size,
			"cannot lock %zu bytes of memory for keys (%s); raise the limit memlock",
			sizeof(*locked), strerror(errno));
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
	};

	return paths[kind];
}

static void key_loader_select(struct key_loader *loader, enum secret_key_kind kind)
{
	loader->kind = kind;
	loader->file.path = secret_key_path(loader->file.conf, kind);
	loader->file.loss = kind == SECRET_KEY_SEALING
		? "what it sealed opens with it only"
		: "what was hashed with it is found with it only";
}

static int keys_load_all(struct key_loader *loader)
{
	key_loader_select(loader, SECRET_KEY_SEALING);
	if (keys_load_sealing(loader) != 0)
		return -1;
	key_loader_select(loader, SECRET_KEY_LOOKUP);
	if (keys_load_single(loader, &loader->locked->keys.lookup) != 0)
		return -1;
	key_loader_select(loader, SECRET_KEY_ERASURE);
	return keys_load_single(loader, &loader->locked->keys.erasure);
}

static void secret_keys_expand(struct secret_keys *keys)
{
	for (size_t i = 0; i < keys->n_sealing; i++) {
		keys->sealing[i].hmac =
			crypto_hmac_key_new(keys->sealing[i].bytes, SECRET_KEY_SIZE);
		keys->sealing[i].gcm = crypto_gcm_key_new(keys->sealing[i].bytes);
	}
	keys->lookup.hmac = crypto_hmac_key_new(keys->lookup.bytes, SECRET_KEY_SIZE);
	keys->erasure.hmac = crypto_hmac_key_new(keys->erasure.bytes, SECRET_KEY_SIZE);
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
	secret_keys_expand(&locked->keys);
	return &locked->keys;
}

void secret_keys_free(struct secret_keys *keys)
{
	if (keys == NULL)
		return;
	for (size_t i = 0; i < keys->n_sealing; i++) {
		crypto_hmac_key_free(keys->sealing[i].hmac);
		crypto_gcm_key_free(keys->sealing[i].gcm);
	}
	crypto_hmac_key_free(keys->lookup.hmac);
	crypto_hmac_key_free(keys->erasure.hmac);
	crypto_wipe(keys, sizeof(struct locked));
#ifdef HAVE_SANITIZERS
	__lsan_unregister_root_region(keys, sizeof(struct locked));
#endif
	munmap(keys, sizeof(struct locked));
}

bool secret_keys_have(const struct secret_keys *keys, uint16_t number)
{
	for (size_t i = 0; i < keys->n_sealing; i++)
		if (keys->sealing[i].number == number)
			return true;
	return false;
}

bool secret_keys_lost(const struct secret_keys *keys, enum secret_key_kind kind, uint16_t number)
{
	for (size_t i = 0; i < keys->n_lost; i++)
		if (keys->lost[i].kind == kind && keys->lost[i].number == number)
			return true;
	return false;
}

int secret_key_file_create(const char *path, uint16_t number)
{
	char line[LINE_MAX_SIZE + 1], base64[BASE64_SIZE + 1];
	uint8_t bytes[SECRET_KEY_SIZE];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool is_written;
	int saved_errno, size;

	if (fd < 0)
		return -1;
	crypto_random(bytes, sizeof(bytes));
	encode_base64(bytes, sizeof(bytes), base64);
	size = snprintf(line, sizeof(line), "%d %s\n", number, base64);
	is_written = write(fd, line, (size_t)size) == size && fsync(fd) == 0;
	saved_errno = errno;
	crypto_wipe(bytes, sizeof(bytes));
	crypto_wipe(base64, sizeof(base64));
	crypto_wipe(line, sizeof(line));
	close(fd);
	if (is_written)
		return 0;
	unlink(path);
	errno = saved_errno;
	return -1;
}
