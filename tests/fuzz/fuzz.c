#include <jansson.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "fuzz.h"
#include "log.h"
#include "secret_keys.h"
#include "shape.h"
#include "str.h"

#define ARENA_LIMIT (64 << 20)
#define BETWEEN_US (3600 * CLOCK_SECOND_US)
#define PATH_SIZE sizeof("/proc/self/fd/-2147483648")

struct transfers;

static struct arena *arena;
static char *copied;
static int64_t monotonic_us;
static uint8_t random_byte;

/* ---- In place of the machine's clock and its random bytes. */

int64_t __wrap_clock_monotonic_us(void);
int64_t __wrap_clock_now_us(void);
void __wrap_clock_sleep_us(int64_t pause_us);
void __wrap_transfers_sleep_us(struct transfers *transfers, int64_t pause_us);
void __wrap_crypto_random(void *bytes, size_t size);

int64_t __wrap_clock_monotonic_us(void)
{
	return monotonic_us++;
}

int64_t __wrap_clock_now_us(void)
{
	return FUZZ_NOW_S * CLOCK_SECOND_US;
}

void __wrap_clock_sleep_us(int64_t pause_us)
{
	monotonic_us += pause_us;
}

void __wrap_transfers_sleep_us(struct transfers *transfers, int64_t pause_us)
{
	(void)transfers;
	monotonic_us += pause_us;
}

void __wrap_crypto_random(void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)bytes)[i] = random_byte++;
}

/* ---- The input. */

static void check_line(void *ctx, enum log_level level, const char *text)
{
	(void)ctx, (void)level;
	fuzz_check_text("a line of the log", text);
	if (strchr(text, '\n') != NULL)
		BUG("the log has two lines for one: %s", text);
}

struct arena *fuzz_begin(struct fuzz_input *input, const uint8_t *bytes, size_t size)
{
	if (arena == NULL)
		arena = arena_new(ARENA_LIMIT);
	arena_reset(arena);
	log_set_handler(check_line, NULL);
	monotonic_us += BETWEEN_US;
	random_byte = 0;
	*input = (struct fuzz_input){.bytes = bytes, .size = size};
	return arena;
}

unsigned fuzz_take_byte(struct fuzz_input *input)
{
	if (input->size == 0)
		return 0;
	input->size--;
	return *input->bytes++;
}

unsigned fuzz_take_below(struct fuzz_input *input, unsigned n)
{
	return fuzz_take_byte(input) % n;
}

static void fuzz_skip(struct fuzz_input *input, size_t size)
{
	input->bytes += size;
	input->size -= size;
}

char *fuzz_take_line(struct fuzz_input *input)
{
	const uint8_t *end = input->size == 0 ? NULL : memchr(input->bytes, '\n', input->size);
	const size_t size = end == NULL ? input->size : (size_t)(end - input->bytes);
	char *line = arena_strndup(arena, input->size == 0 ? "" : (const char *)input->bytes, size);

	fuzz_skip(input, size + (end != NULL));
	return line;
}

struct fuzz_input fuzz_take_part(struct fuzz_input *input)
{
	static const char mark[] = "\n%%\n";
	const size_t mark_size = sizeof(mark) - 1;
	const uint8_t *end =
		input->size == 0 ? NULL : memmem(input->bytes, input->size, mark, mark_size);
	struct fuzz_input part = *input;

	if (end != NULL)
		part.size = (size_t)(end - input->bytes);
	fuzz_skip(input, part.size + (end != NULL ? mark_size : 0));
	return part;
}

const char *fuzz_copy(const struct fuzz_input *input)
{
	free(copied);
	copied = malloc(input->size + (input->size == 0));
	if (copied == NULL)
		abort();
	if (input->size > 0)
		memcpy(copied, input->bytes, input->size);
	return copied;
}

/* ---- Files, without a directory that would be left behind. */

static int files[FUZZ_PLACES];

int fuzz_file_fd(enum fuzz_place place)
{
	if (files[place] == 0)
		files[place] = memfd_create("fuzz", MFD_CLOEXEC);
	if (files[place] < 0 || fchmod(files[place], 0600) != 0)
		abort();
	return files[place];
}

const char *fuzz_file(enum fuzz_place place, const void *bytes, size_t size)
{
	static char paths[FUZZ_PLACES][PATH_SIZE];
	int fd = fuzz_file_fd(place);

	if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0 ||
		write(fd, bytes, size) != (ssize_t)size)
		abort();
	snprintf(paths[place], PATH_SIZE, "/proc/self/fd/%d", fd);
	return paths[place];
}

/* ---- The configuration. */

/* Number 1 of a file of keys, and the base64 of 32 bytes. */
#define KEY_LINE(letters) "1 " letters "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

static const char *key_file(enum fuzz_place place, const char *line)
{
	return fuzz_file(place, line, strlen(line));
}

struct conf *fuzz_conf(void)
{
	static struct conf *conf;
	char error[CONF_ERROR_SIZE];

	if (conf != NULL)
		return conf;
	conf = conf_load(NULL, error, sizeof(error));
	if (conf == NULL)
		BUG("%s", error);
	conf->keys_sealing = key_file(FUZZ_SEALING, KEY_LINE("c2Vh"));
	conf->keys_lookup = key_file(FUZZ_LOOKUP, KEY_LINE("bG9v"));
	conf->keys_erasure = key_file(FUZZ_ERASURE, KEY_LINE("ZXJh"));
	conf->keys_audit = key_file(FUZZ_AUDIT, KEY_LINE("YXVk"));
	conf->http_origins = "https://h5.example.com";
	conf->http_trusted_proxies = "127.0.0.0/8, ::1";
	conf->admin_api = true;
	conf->auth_trusted_networks = "10.0.0.0/8=till";
	conf->sms_driver = "template";
	conf->sms_base_url = "https://sms.example.com";
	conf->sms_query = "to=${phone}&text=${code}";
	conf->sms_success_text = "OK";
	return conf;
}

const struct secret_keys *fuzz_keys(void)
{
	static struct secret_keys *keys;
	char error[CONF_ERROR_SIZE];

	if (keys == NULL)
		keys = secret_keys_load(fuzz_conf(), error, sizeof(error));
	if (keys == NULL)
		BUG("%s", error);
	return keys;
}

/* ---- Checks. */

void fuzz_check_text(const char *what, const char *text)
{
	if (text != NULL && !str_is_utf8(text, strlen(text)))
		BUG("%s is no UTF-8: %s", what, text);
}

static void check_string(const struct field *field, const char *text)
{
	fuzz_check_text(field->name, text);
	if (text != NULL && field->max > 0 && !field->ignores_blanks &&
		str_n_chars(text) > field->max)
		BUG("%s is too long", field->name);
}

void fuzz_check_strings(const struct shape *shape, const void *model)
{
	const struct field *field = shape->fields;

	for (; field->kind != FIELD_END_OF_TABLE; field++) {
		const bool is_object = field->kind == FIELD_OBJECT;
		const void *member = (const char *)model + field->offset;
		const void *pointed =
			is_object || field->kind == FIELD_STR ? *(const void *const *)member : NULL;

		if (is_object && pointed != NULL)
			fuzz_check_strings(field->shape, pointed);
		else if (!is_object)
			check_string(field, pointed);
	}
}

bool fuzz_is_json(const char *bytes, size_t size)
{
	json_error_t error;
	json_t *json = json_loadb(bytes, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);

	json_decref(json);
	return json != NULL || json_error_code(&error) == json_error_numeric_overflow;
}

#ifndef HAVE_LIBFUZZER
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		static uint8_t bytes[1 << 20];
		FILE *file = fopen(argv[i], "rb");

		if (file == NULL) {
			perror(argv[i]);
			return EXIT_FAILURE;
		}
		LLVMFuzzerTestOneInput(bytes, fread(bytes, 1, sizeof(bytes), file));
		fclose(file);
	}
	return EXIT_SUCCESS;
}
#endif
