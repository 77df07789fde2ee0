#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ascii.h"
#include "conf.h"
#include "crypto.h"
#include "encoding.h"
#include "permission.h"
#include "secret_keys.h"
#include "str.h"

#define BASE64_SIZE 44 /* of a key: 43 digits and one '=' */
#define LINE_MAX_SIZE (5 + 1 + BASE64_SIZE + 2)
#define LOST "lost"
#define RESTORE "restore it from its backup, never make a new one"

/* The keys and the text they were read from in one mapping: both locked, both wiped. */
struct locked {
	struct secret_keys keys;
	char text[sizeof(STR_BYTE_ORDER_MARK) + SECRET_KEYS_MAX * LINE_MAX_SIZE];
};

struct key_file {
	const struct conf *conf;
	enum secret_key_kind kind;
	const char *path;
	char *error;
	size_t error_size;
};

/* Only one spelling of a key is accepted, which decode_base64() alone does not see to. */
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

static int refuse(const struct key_file *file, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int refuse(const struct key_file *file, const char *format, ...)
{
	int size = snprintf(file->error, file->error_size, "%s: ", file->path);
	va_list args;

	if ((size_t)size >= file->error_size)
		return -1;
	va_start(args, format);
	vsnprintf(file->error + size, file->error_size - size, format, args);
	va_end(args);
	return -1;
}

static int check_mode(const struct key_file *file, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return refuse(file, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse(file, "not a regular file");
	if ((st.st_mode & 077) != 0)
		return refuse(file, "mode %04o lets others at the keys; say: chmod 600 %s",
			(unsigned)st.st_mode & 07777, file->path);
	return 0;
}

struct user_name {
	char text[64];
};

static struct user_name name_of(uid_t uid)
{
	const struct passwd *user = getpwuid(uid);
	struct user_name name;

	if (user == NULL)
		snprintf(name.text, sizeof(name.text), "%d", (int)uid);
	else
		snprintf(name.text, sizeof(name.text), "%s", user->pw_name);
	return name;
}

static int refuse_missing(const struct key_file *file)
{
	char target[256];
	ssize_t size = readlink(file->path, target, sizeof(target));

	if (size < 0)
		return refuse(file,
			"no such key file. If this is a new installation, say: wxuserctl keys "
			"create. If not, restore it from its backup: %s",
			file->kind == SECRET_KEY_SEALING
				? "what it sealed opens with it only"
				: "what was hashed with it is found with it only");
	return refuse(file,
		"links to %.*s, which is missing; restore that file from its backup, or mount "
		"where it lies",
		(int)size, target);
}

static int refuse_unopened(const struct key_file *file, int error)
{
	const struct user_name reader = name_of(geteuid());
	char text[PERMISSION_TEXT_SIZE];
	struct stat st;

	if (error == ENOENT)
		return refuse_missing(file);
	if (error != EACCES)
		return refuse(file, "%s", strerror(error));
	if (permission_check_parents(file->path, text) != NULL)
		return refuse(file, "%s", text);
	if (stat(file->path, &st) != 0 || strcmp(reader.text, file->conf->server_user) == 0)
		return refuse(file, "user %s may not read it; say: chown %s %s", reader.text,
			reader.text, file->path);
	return refuse(file, "user %s may not read it; say this as %s, whose it is", reader.text,
		name_of(st.st_uid).text);
}

/* Unbuffered, since a stream's buffer would keep a copy of the keys. */
static int read_text(const struct key_file *file, struct locked *locked)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	ssize_t n = 0;
	int result = -1;

	if (fd < 0)
		return refuse_unopened(file, errno);
	if (check_mode(file, fd) != 0)
		goto out;
	while (size < sizeof(locked->text) &&
		(n = read(fd, locked->text + size, sizeof(locked->text) - size)) > 0)
		size += n;
	if (n < 0)
		refuse(file, "%s", strerror(errno));
	else if (size == sizeof(locked->text))
		refuse(file, "too large for %d keys", SECRET_KEYS_MAX);
	else if (memchr(locked->text, '\0', size) != NULL)
		refuse(file, "not a text file");
	else
		result = 0;
	locked->text[result == 0 ? size : 0] = '\0';
out:
	close(fd);
	return result;
}

/* "NUMBER WORD", from the line's start to its end. */
static bool parse_number(const char *line, uint16_t *number_r, const char **word_r)
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

/* A file's lines as far as they are read. */
struct key_list {
	struct secret_keys *keys; /* which take lost ones */
	struct secret_key *own;
	size_t own_max, n_own;
	uint16_t highest, highest_lost;
};

static int take_lost(const struct key_file *file, struct key_list *list, uint16_t number)
{
	struct secret_keys *keys = list->keys;

	if (keys->n_lost == SECRET_KEYS_MAX)
		return refuse(file, "more than %d lost keys", SECRET_KEYS_MAX);
	keys->lost[keys->n_lost++] = (struct lost_key){file->kind, number};
	list->highest_lost = number > list->highest_lost ? number : list->highest_lost;
	return 0;
}

/* 1: it is no key. */
static int take_line(
	const struct key_file *file, struct key_list *list, const char *line, const char *end)
{
	struct secret_key *key = &list->own[list->n_own];
	uint16_t number;
	const char *word;

	if (!parse_number(line, &number, &word))
		return 1;
	if (end - word == strlen(LOST) && str_starts_with(word, LOST))
		return take_lost(file, list, number);
	if (list->n_own == list->own_max)
		return refuse(
			file, "more than %zu key%s", list->own_max, list->own_max == 1 ? "" : "s");
	if (!secret_key_parse(word, (size_t)(end - word), key->bytes))
		return 1;
	key->number = number;
	list->n_own++;
	list->highest = number > list->highest ? number : list->highest;
	return 0;
}

static int check_highest(const struct key_file *file, const struct key_list *list)
{
	if (list->n_own + list->highest_lost == 0)
		return refuse(file, "damaged (empty); " RESTORE);
	if (list->highest > list->highest_lost)
		return 0;
	return refuse(file,
		"key %d is lost, and no key is above it; add one: printf '%d %%s\\n' "
		"\"$(openssl rand -base64 32)\" >>%s",
		list->highest_lost, list->highest_lost + 1, file->path);
}

/* Editors add a byte order mark, blanks at an end and empty lines, and leave out the last newline;
 * none of that makes it another key. */
static int load_lines(const struct key_file *file, struct locked *locked, struct secret_key *keys_r,
	size_t keys_max, size_t *n_keys_r)
{
	struct key_list list = {.keys = &locked->keys, .own = keys_r, .own_max = keys_max};
	const char *line = locked->text, *end, *next;
	int status;

	if (read_text(file, locked) != 0)
		return -1;
	if (str_starts_with(line, STR_BYTE_ORDER_MARK))
		line += strlen(STR_BYTE_ORDER_MARK);
	for (size_t n = 1; *line != '\0'; line = next, n++) {
		next = line + strcspn(line, "\n");
		for (end = next; end > line && ascii_is_space(end[-1]); end--)
			continue;
		next += *next == '\n';
		status = end == line ? 0 : take_line(file, &list, line, end);
		if (status < 0)
			return -1;
		if (status > 0)
			return refuse(file, "damaged (line %zu is no key); " RESTORE, n);
	}
	*n_keys_r = list.n_own;
	return check_highest(file, &list);
}

/* Numbers below the highest may be those of several keys: where one was made while another was
 * lost, each opens what it has sealed. */
static int load_sealing(const struct key_file *file, struct locked *locked)
{
	struct secret_keys *keys = &locked->keys;
	size_t n_newest = 0;

	if (load_lines(file, locked, keys->sealing, SECRET_KEYS_MAX, &keys->n_sealing) != 0)
		return -1;
	keys->newest = &keys->sealing[0];
	for (size_t i = 1; i < keys->n_sealing; i++)
		if (keys->sealing[i].number > keys->newest->number)
			keys->newest = &keys->sealing[i];
	for (size_t i = 0; i < keys->n_sealing; i++)
		n_newest += keys->sealing[i].number == keys->newest->number;
	if (n_newest > 1)
		return refuse(file,
			"key number %d is there twice, and the highest number seals; add a key "
			"above both: printf '%d %%s\\n' \"$(openssl rand -base64 32)\" >>%s",
			keys->newest->number, keys->newest->number + 1, file->path);
	return 0;
}

static bool is_same(const struct secret_key *a, const struct secret_key *b)
{
	return crypto_equal(a->bytes, b->bytes, SECRET_KEY_SIZE);
}

static int refuse_double(const struct key_file *file, const char *other)
{
	return refuse(
		file, "holds the same key as %s; restore the right file from its backup", other);
}

/* A file of one key, which no other file may hold. */
static int load_single(const struct key_file *file, struct locked *locked, struct secret_key *key_r)
{
	const struct secret_keys *keys = &locked->keys;
	size_t n;

	if (load_lines(file, locked, key_r, 1, &n) != 0)
		return -1;
	for (size_t i = 0; i < keys->n_sealing; i++)
		if (is_same(&keys->sealing[i], key_r))
			return refuse_double(file, file->conf->keys_sealing);
	if (key_r != &keys->lookup && is_same(&keys->lookup, key_r))
		return refuse_double(file, file->conf->keys_lookup);
	return 0;
}

static struct locked *map_locked(char *error, size_t error_size)
{
	struct locked *locked = mmap(
		NULL, sizeof(*locked), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (locked == MAP_FAILED) {
		snprintf(error, error_size, "no memory for keys: %s", strerror(errno));
		return NULL;
	}
	/* Processes forked later share the pages, which stay locked while this one lives. */
	if (mlock(locked, sizeof(*locked)) != 0) {
		snprintf(error, error_size,
			"cannot lock %zu bytes of memory for keys (%s); raise the limit memlock",
			sizeof(*locked), strerror(errno));
		munmap(locked, sizeof(*locked));
		return NULL;
	}
	madvise(locked, sizeof(*locked), MADV_DONTDUMP);
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

static void turn_to(struct key_file *file, enum secret_key_kind kind)
{
	file->kind = kind;
	file->path = secret_key_path(file->conf, kind);
}

static int load_all(struct key_file *file, struct locked *locked)
{
	turn_to(file, SECRET_KEY_SEALING);
	if (load_sealing(file, locked) != 0)
		return -1;
	turn_to(file, SECRET_KEY_LOOKUP);
	if (load_single(file, locked, &locked->keys.lookup) != 0)
		return -1;
	turn_to(file, SECRET_KEY_ERASURE);
	return load_single(file, locked, &locked->keys.erasure);
}

struct secret_keys *secret_keys_load(const struct conf *conf, char *error, size_t error_size)
{
	struct key_file file = {.conf = conf, .error = error, .error_size = error_size};
	struct locked *locked = map_locked(error, error_size);

	if (locked == NULL)
		return NULL;
	if (load_all(&file, locked) != 0) {
		secret_keys_free(&locked->keys);
		return NULL;
	}
	crypto_wipe(locked->text, sizeof(locked->text));
	return &locked->keys;
}

void secret_keys_free(struct secret_keys *keys)
{
	if (keys == NULL)
		return;
	crypto_wipe(keys, sizeof(struct locked));
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
