#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "heap.h"
#include "log_sink.h"
#include "str.h"

#define VALUE_MAX 512
#define COPY_MAX 400
#define TELL_PAUSE_US CLOCK_SECOND_US

struct log {
	enum log_level least;
	struct log_sink events, access;
};

static const char *const level_names[] = {
	[LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_ERROR] = "error",
};

static struct log standard_error = {
	.least = LOG_LEVEL_INFO,
	.events = {.driver = &log_stderr, .fd = STDERR_FILENO},
};
static struct log *in_use = &standard_error;
static const char *request_id;
static struct log_line line;
static struct log_sink *aim; /* of the line that is built; NULL: it is not wanted */
static struct buf *errors;   /* a copy of what is an error; NULL: nobody wants it */
static log_taker *taker;     /* of lines in place of the log; NULL: nobody */
static void *taker_ctx;
static struct buf taken;     /* the line that is built for it */
static _Atomic uint64_t *lost; /* counts what this process loses; NULL: nobody reads it */

/* ---- Where lines go. */

/* conf has made sure that it is one. */
static enum log_level level_named(const char *name)
{
	enum log_level level = LOG_LEVEL_DEBUG;

	while (strcmp(level_names[level], name) != 0)
		level++;
	return level;
}

int log_check(const struct conf *conf)
{
	int status = log_sink_check("log.path", conf->log_path);

	return log_sink_check("log.access_path", conf->log_access_path) < 0 ? -1 : status;
}

struct log *log_new(const struct conf *conf)
{
	struct log *log = heap_new_of(struct log);

	log->least = level_named(conf->log_level);
	if (log_sink_open(&log->events, conf, "log.path", conf->log_path) == 0 &&
		(str_is_empty(conf->log_access_path) ||
			log_sink_open(&log->access, conf, "log.access_path",
				conf->log_access_path) == 0))
		return log;
	log_free(log);
	return NULL;
}

void log_free(struct log *log)
{
	if (log == NULL)
		return;
	if (in_use == log)
		log_use(NULL);
	log_sink_close(&log->access);
	log_sink_close(&log->events);
	free(log);
}

void log_use(struct log *log)
{
	in_use = log != NULL ? log : &standard_error;
	line.pid = getpid();
}

void log_reopen(struct log *log)
{
	log_sink_reopen(&log->events);
	log_sink_reopen(&log->access);
}

void log_follow(struct log *log)
{
	log_sink_follow(&log->events);
	log_sink_follow(&log->access);
}

void log_copy_errors(struct buf *copy)
{
	errors = copy;
}

void log_divert(log_taker *new_taker, void *ctx)
{
	taker = new_taker;
	taker_ctx = ctx;
	if (taker == NULL)
		buf_release(&taken);
}

void log_count_lost(_Atomic uint64_t *n_lost)
{
	lost = n_lost;
}

void log_set_request_id(const char *id)
{
	request_id = id;
}

/* ---- A line. */

/* So much of the text, whole characters, as goes into most bytes. */
static size_t cut(const char *text, size_t most)
{
	size_t size = strnlen(text, most + 1);

	if (size <= most)
		return size;
	for (size = most; size > 0 && (text[size] & 0xc0) == 0x80; size--)
		;
	return size;
}

/* U+0080 to U+009F, which terminals obey as they do an escape. */
static bool is_c1(const char *at)
{
	return (at[0] & 0xff) == 0xc2 && (at[1] & 0xe0) == 0x80;
}

static void append_quoted(const char *value, size_t size)
{
	buf_append_char(&line.text, '"');
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c == '"' || c == '\\')
			buf_printf(&line.text, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(&line.text, "\\x%02x", c);
		else if (is_c1(value + i))
			buf_printf(&line.text, "\\u%04x", (unsigned char)value[++i]);
		else
			buf_append_char(&line.text, value[i]);
	}
	buf_append_str(&line.text, value[size] == '\0' ? "\"" : "...\"");
}

/* Bare where a reader cannot mistake it, else quoted with every control escaped. */
static void append_value(const char *value, size_t size)
{
	static const char bare[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "_-.:/@*+,";

	if (size > 0 && strspn(value, bare) == size && value[size] == '\0')
		buf_append(&line.text, value, size);
	else
		append_quoted(value, size);
}

static void begin(struct log_sink *sink, enum log_level level)
{
	struct civil now;

	aim = level >= in_use->least ? sink : NULL;
	if (aim == NULL)
		return;
	if (line.pid == 0)
		line.pid = getpid();
	line.level = level;
	line.at_us = clock_now_us();
	buf_reset(&line.text);
	buf_reset(&line.fields);
	clock_to_civil(line.at_us, 0, &now);
	buf_printf(&line.text, "ts=%04d-%02d-%02dT%02d:%02d:%02d.%03dZ level=%s pid=%d ", now.year,
		now.month, now.day, now.hour, now.minute, now.second, now.microsecond / 1000,
		level_names[level], line.pid);
	line.head_size = line.text.size;
}

static void begin_event(struct log_sink *sink, enum log_level level, const char *msg)
{
	begin(sink, level);
	log_str("request", request_id);
	log_str("msg", msg);
}

void log_event(enum log_level level, const char *msg)
{
	begin_event(&in_use->events, level, msg);
}

void log_access_event(enum log_level level, const char *msg)
{
	struct log_sink *access = &in_use->access;

	begin_event(access->driver != NULL ? access : &in_use->events, level, msg);
}

/* "msg, key: value; msg" */
static void copy_to(struct buf *copy, const char *key, const char *value)
{
	bool is_msg = strcmp(key, "msg") == 0;
	size_t at = copy->size;

	if (at > 0)
		buf_append_str(copy, is_msg ? "; " : ", ");
	if (!is_msg)
		buf_printf(copy, "%s: ", key);
	buf_append(copy, value, cut(value, at < COPY_MAX ? COPY_MAX - at : 0));
	for (; at < copy->size; at++)
		if ((unsigned char)copy->data[at] < ' ' || copy->data[at] == 0x7f)
			copy->data[at] = ' ';
}

void log_str(const char *key, const char *value)
{
	size_t size;

	if (aim == NULL || value == NULL)
		return;
	size = cut(value, VALUE_MAX);
	buf_printf(&line.text, line.text.size == line.head_size ? "%s=" : " %s=", key);
	append_value(value, size);
	if (aim->driver->wants_fields)
		log_fields_add(&line.fields, key, value, size);
	if (errors != NULL && line.level == LOG_LEVEL_ERROR && errors->size < COPY_MAX)
		copy_to(errors, key, value);
	if (taker != NULL)
		copy_to(&taken, key, value);
}

void log_int(const char *key, int64_t value)
{
	char text[24];

	if (aim == NULL)
		return;
	snprintf(text, sizeof(text), "%lld", (long long)value);
	log_str(key, text);
}

/* ---- Lines that are lost. */

/* Once a second is often enough. */
static bool is_time_to_tell(struct log_sink *sink)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - sink->told_us < TELL_PAUSE_US)
		return false;
	sink->told_us = now_us;
	return true;
}

static void count_loss(struct log_sink *sink)
{
	const char *error = strerror(errno);

	sink->n_lost++;
	if (lost != NULL)
		atomic_fetch_add_explicit(lost, 1, memory_order_relaxed);
	if (sink == &standard_error.events || !is_time_to_tell(sink))
		return;
	begin(&standard_error.events, LOG_LEVEL_ERROR);
	log_str("msg", "log lines are being lost");
	log_str("to", sink->address);
	log_str("error", error);
	log_end();
}

static void tell_losses(struct log_sink *sink)
{
	int64_t n_lost = sink->n_lost;

	if (!is_time_to_tell(sink))
		return;
	sink->n_lost = 0;
	begin(sink, LOG_LEVEL_ERROR);
	log_str("msg", "log lines were lost");
	log_int("lines", n_lost);
	log_end();
	if (sink->n_lost > 0)
		sink->n_lost += n_lost;
}

void log_end(void)
{
	struct log_sink *sink = aim;

	if (sink == NULL)
		return;
	aim = NULL;
	if (taker != NULL) {
		taker(taker_ctx, line.level, taken.data);
		buf_reset(&taken);
		return;
	}
	line.text.size = cut(line.text.data, PIPE_BUF - 1);
	buf_append_char(&line.text, '\n');
	if (sink->driver->write(sink, &line) < 0)
		count_loss(sink);
	else if (sink->n_lost > 0)
		tell_losses(sink);
}

/* ---- A line at once. */

static void log_message(enum log_level level, const char *format, va_list args)
{
	char msg[1024];

	vsnprintf(msg, sizeof(msg), format, args);
	log_event(level, msg);
	log_end();
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_message(LOG_LEVEL_ERROR, format, args);
	va_end(args);
}

void log_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_message(LOG_LEVEL_WARNING, format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_message(LOG_LEVEL_INFO, format, args);
	va_end(args);
}
