#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ascii.h"
#include "conf.h"
#include "secret_keys.h"

#define BASE64_SIZE 44 /* of a key: 43 digits and one '=' */
#define KEY_LINE "a number from 1 to 65535, one space and 32 bytes in base64"
#define LINE_MAX_SIZE (5 + 1 + BASE64_SIZE + 1)

/* The keys and the text they were read from in one mapping: both locked, both wiped. */
struct locked {
	struct secret_keys keys;
	char text[SECRET_KEYS_MAX * LINE_MAX_SIZE + 1];
};

struct key_file {
	const char *path;
	char *error;
	size_t error_size;
};

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64_encode(const uint8_t bytes[SECRET_KEY_SIZE], char text_r[BASE64_SIZE + 1])
{
	uint32_t bits = 0;
	int n_bits = 0;
	char *out = text_r;

	for (size_t i = 0; i < SECRET_KEY_SIZE; i++) {
		bits = bits << 8 | bytes[i];
		for (n_bits += 8; n_bits >= 6; n_bits -= 6)
			*out++ = base64_digits[bits >> (n_bits - 6) & 63];
	}
	*out++ = base64_digits[bits << (6 - n_bits) & 63];
	*out++ = '=';
	*out = '\0';
}

/* Only the one spelling of a key is taken: the padding and the two bits before it must be right. */
static bool base64_decode(const char *text, size_t size, uint8_t bytes_r[SECRET_KEY_SIZE])
{
	uint32_t bits = 0;
	int n_bits = 0;

	if (size != BASE64_SIZE || text[BASE64_SIZE - 1] != '=')
		return false;
	for (size_t i = 0; i < BASE64_SIZE - 1; i++) {
		const char *digit = memchr(base64_digits, text[i], sizeof(base64_digits) - 1);

		if (digit == NULL)
			return false;
		bits = bits << 6 | (uint32_t)(digit - base64_digits);
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			*bytes_r++ = (uint8_t)(bits >> n_bits);
		}
	}
	return (bits & 3) == 0;
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

/* Unbuffered, since a stream's buffer would keep a copy of the keys. */
static int read_text(const struct key_file *file, struct locked *locked)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	ssize_t n = 0;
	int result = -1;

	if (fd < 0 && errno == ENOENT)
		return refuse(file, "no such key file; say: wxuserctl keys create");
	if (fd < 0)
		return refuse(file, "%s; user %d must be able to read it", strerror(errno),
			(int)geteuid());
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

/* "NUMBER BASE64", from the line's start to its end. */
static bool parse_line(const char *line, const char *end, struct secret_key *key_r)
{
	unsigned number = 0;

	if (*line == '0')
		return false;
	for (; ascii_is_digit(*line) && number <= UINT16_MAX; line++)
		number = number * 10 + (unsigned)(*line - '0');
	if (number == 0 || number > UINT16_MAX || *line != ' ')
		return false;
	key_r->number = (uint16_t)number;
	return base64_decode(line + 1, (size_t)(end - line - 1), key_r->bytes);
}

/* From the line's start to its newline. */
static int add_sealing_key(
	const struct key_file *file, struct secret_keys *keys, const char *line, const char *end)
{
	struct secret_key *key = &keys->sealing[keys->n_sealing];

	if (keys->n_sealing == SECRET_KEYS_MAX)
		return refuse(file, "more than %d keys", SECRET_KEYS_MAX);
	if (!parse_line(line, end, key))
		return refuse(file, "line %zu is not " KEY_LINE, keys->n_sealing + 1);
	if (secret_keys_find(keys, key->number) != NULL)
		return refuse(file, "key number %d is there twice", key->number);
	if (keys->newest == NULL || key->number > keys->newest->number)
		keys->newest = key;
	keys->n_sealing++;
	return 0;
}

static int load_sealing(const struct key_file *file, struct locked *locked)
{
	struct secret_keys *keys = &locked->keys;

	if (read_text(file, locked) != 0)
		return -1;
	for (const char *line = locked->text, *end; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		if (end == NULL)
			return refuse(file, "line %zu is cut off", keys->n_sealing + 1);
		if (add_sealing_key(file, keys, line, end) != 0)
			return -1;
	}
	if (keys->n_sealing == 0)
		return refuse(file, "empty; restore it from a backup");
	return 0;
}

/* A file of one key, which no other file may hold. */
static int load_single(
	const struct key_file *file, struct locked *locked, struct secret_key *key_r)
{
	const struct secret_keys *keys = &locked->keys;
	const char *end;

	if (read_text(file, locked) != 0)
		return -1;
	end = strchr(locked->text, '\n');
	if (end == NULL || end[1] != '\0' || !parse_line(locked->text, end, key_r))
		return refuse(file, "not exactly one line of " KEY_LINE);
	for (size_t i = 0; i < keys->n_sealing; i++)
		if (secret_equal(keys->sealing[i].bytes, key_r->bytes, SECRET_KEY_SIZE))
			return refuse(file, "holds a sealing key; it must be another");
	if (key_r != &keys->lookup &&
		secret_equal(keys->lookup.bytes, key_r->bytes, SECRET_KEY_SIZE))
		return refuse(file, "holds the look-up key; it must be another");
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

static int load_all(const struct conf *conf, struct locked *locked, struct key_file *file)
{
	file->path = conf->keys_sealing;
	if (load_sealing(file, locked) != 0)
		return -1;
	file->path = conf->keys_lookup;
	if (load_single(file, locked, &locked->keys.lookup) != 0)
		return -1;
	file->path = conf->keys_erasure;
	return load_single(file, locked, &locked->keys.erasure);
}

struct secret_keys *secret_keys_load(const struct conf *conf, char *error, size_t error_size)
{
	struct key_file file = {.error = error, .error_size = error_size};
	struct locked *locked = map_locked(error, error_size);

	if (locked == NULL)
		return NULL;
	if (load_all(conf, locked, &file) != 0) {
		secret_keys_free(&locked->keys);
		return NULL;
	}
	secret_wipe(locked->text, sizeof(locked->text));
	return &locked->keys;
}

void secret_keys_free(struct secret_keys *keys)
{
	if (keys == NULL)
		return;
	secret_wipe(keys, sizeof(struct locked));
	munmap(keys, sizeof(struct locked));
}

const struct secret_key *secret_keys_find(const struct secret_keys *keys, uint16_t number)
{
	for (size_t i = 0; i < keys->n_sealing; i++)
		if (keys->sealing[i].number == number)
			return &keys->sealing[i];
	return NULL;
}

int secret_key_file_create(const char *path)
{
	char line[2 + BASE64_SIZE + 2] = "1 ";
	uint8_t bytes[SECRET_KEY_SIZE];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool is_written;
	int saved_errno;

	if (fd < 0)
		return -1;
	secret_random(bytes, sizeof(bytes));
	base64_encode(bytes, line + 2);
	line[sizeof(line) - 2] = '\n';
	is_written =
		write(fd, line, sizeof(line) - 1) == (ssize_t)sizeof(line) - 1 && fsync(fd) == 0;
	saved_errno = errno;
	secret_wipe(bytes, sizeof(bytes));
	secret_wipe(line, sizeof(line));
	close(fd);
	if (is_written)
		return 0;
	unlink(path);
	errno = saved_errno;
	return -1;
}
