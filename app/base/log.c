#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <syslog.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "heap.h"
#include "log.h"
#include "log_sink.h"
#include "logfmt.h"
#include "str.h"

#define VALUE_MAX 512
#define COPY_MAX 400
#define REPORT_PAUSE_US CLOCK_SECOND_US

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

static const int severities[] = {
	[LOG_LEVEL_DEBUG] = LOG_DEBUG,
	[LOG_LEVEL_INFO] = LOG_INFO,
	[LOG_LEVEL_WARNING] = LOG_WARNING,
	[LOG_LEVEL_ERROR] = LOG_ERR,
};

static struct log standard_error = {
	.least = LOG_LEVEL_INFO,
	.events = {.driver = &log_stderr, .fd = STDERR_FILENO},
};
static struct log *current = &standard_error;
static _Atomic uint64_t *lost_counter; /* counts the lines that this process loses, or is NULL */
static const char *request_id;

/* The line that is built. */
static struct log_line line;
static enum log_level line_level;
static struct log_sink *target; /* where it goes; NULL if nobody wants it */

static struct buf *error_copy; /* receives errors too, or is NULL */
static log_handler *handler;   /* receives lines in place of the log, or is NULL */
static void *handler_ctx;
static struct buf handled_text; /* the line that is built for handler */

/* ---- Where lines go. */

/* conf accepts no other name. */
static enum log_level log_level_named(const char *name)
{
	enum log_level level = LOG_LEVEL_DEBUG;

	while (strcmp(level_names[level], name) != 0)
		level++;
	return level;
}

static int log_report_problem(const char *key, const char *place, const char *problem)
{
	if (problem == NULL)
		return 0;
	log_error("%s %s: %s", key, place, problem);
	return -1;
}

static int log_check_place(const char *key, const char *place)
{
	char text[PERMISSION_TEXT_SIZE];

	return log_report_problem(key, place, log_sink_check(place, text));
}

int log_check(const struct conf *conf)
{
	int status = log_check_place("log.path", conf->log_path);

	return log_check_place("log.access_path", conf->log_access_path) < 0 ? -1 : status;
}

static int log_open_sink(
	struct log_sink *sink, const struct conf *conf, const char *key, const char *place)
{
	char text[PERMISSION_TEXT_SIZE];
	const char *problem = log_sink_open(sink, place, conf->log_facility, text);

	if (log_report_problem(key, place, problem) < 0)
		return -1;
	problem = log_sink_check_rotation(sink, text);
	if (problem != NULL)
		log_warning("%s %s: %s", key, sink->address, problem);
	return 0;
}

struct log *log_new(const struct conf *conf)
{
	struct log *log = heap_new_of(struct log);

	log->least = log_level_named(conf->log_level);
	if (log_open_sink(&log->events, conf, "log.path", conf->log_path) == 0 &&
		(str_is_empty(conf->log_access_path) ||
			log_open_sink(
				&log->access, conf, "log.access_path", conf->log_access_path) == 0))
		return log;
	log_free(log);
	return NULL;
}

void log_free(struct log *log)
{
	if (log == NULL)
		return;
	if (current == log)
		log_use(NULL);
	log_sink_close(&log->access);
	log_sink_close(&log->events);
	free(log);
}

void log_set_least(enum log_level least)
{
	standard_error.least = least;
}

bool log_is_used(void)
{
	return current != &standard_error;
}

void log_use(struct log *log)
{
	current = log != NULL ? log : &standard_error;
	line.pid = getpid();
}

static void log_reopen_sink(struct log_sink *sink, const char *key)
{
	const char *problem = log_sink_reopen(sink);

	if (problem != NULL)
		log_error("%s %s: %s; the old file goes on", key, sink->address, problem);
}

void log_reopen(struct log *log)
{
	log_reopen_sink(&log->events, "log.path");
	log_reopen_sink(&log->access, "log.access_path");
}

void log_reopen_renamed(struct log *log)
{
	if (log_sink_is_renamed(&log->events))
		log_reopen_sink(&log->events, "log.path");
	if (log_sink_is_renamed(&log->access))
		log_reopen_sink(&log->access, "log.access_path");
}

void log_copy_errors(struct buf *copy)
{
	error_copy = copy;
}

void log_set_handler(log_handler *new_handler, void *ctx)
{
	handler = new_handler;
	handler_ctx = ctx;
	if (handler == NULL)
		buf_release(&handled_text);
}

void log_count_lost(_Atomic uint64_t *n_lost)
{
	lost_counter = n_lost;
}

void log_set_request_id(const char *id)
{
	request_id = id;
}

/* ---- A line. */

/* Appends ts=2026-11-29T10:39:18.754Z. The text of the second is made once. */
static void log_append_time(struct buf *text, int64_t at_us)
{
	static char stamp[] = "ts=0000-00-00T00:00:00.000Z";
	static int64_t second_us = INT64_MIN;
	char *const second = stamp + strlen("ts="), *const point = second + CLOCK_SECOND_SIZE;
	struct civil now;

	if (at_us < second_us || at_us >= second_us + CLOCK_SECOND_US) {
		clock_to_civil(at_us, 0, &now);
		clock_put_second(second, &now, 'T');
		second_us = at_us - now.microsecond;
	}
	str_put_digits(point + 1, (unsigned)(at_us - second_us) / 1000, 3);
	buf_append(text, stamp, sizeof(stamp) - 1);
}

static void log_begin(struct log_sink *sink, enum log_level level)
{
	target = level >= current->least ? sink : NULL;
	if (target == NULL)
		return;
	if (line.pid == 0)
		line.pid = getpid();
	line_level = level;
	line.severity = severities[level];
	line.at_us = clock_now_us();
	buf_reset(&line.text);
	buf_reset(&line.fields);
	log_append_time(&line.text, line.at_us);
	buf_append_str(&line.text, " level=");
	buf_append_str(&line.text, level_names[level]);
	buf_append_str(&line.text, " pid=");
	buf_append_int(&line.text, line.pid);
	buf_append_char(&line.text, ' ');
	line.head_size = line.text.size;
}

static void log_begin_event(struct log_sink *sink, enum log_level level, const char *msg)
{
	log_begin(sink, level);
	log_str("request", request_id);
	log_str("msg", msg);
}

void log_event(enum log_level level, const char *msg)
{
	log_begin_event(&current->events, level, msg);
}

void log_access_event(enum log_level level, const char *msg)
{
	struct log_sink *access = &current->access;

	log_begin_event(access->driver != NULL ? access : &current->events, level, msg);
}

/* "msg, key: value; msg" */
static void log_copy_field(struct buf *copy, const char *key, const char *value)
{
	bool is_msg = strcmp(key, "msg") == 0;
	size_t at = copy->size;

	if (at > 0)
		buf_append_str(copy, is_msg ? "; " : ", ");
	if (!is_msg) {
		buf_append_str(copy, key);
		buf_append_str(copy, ": ");
	}
	buf_append(copy, value, logfmt_cut(value, at < COPY_MAX ? COPY_MAX - at : 0));
	for (; at < copy->size; at++)
		if ((unsigned char)copy->data[at] < ' ' || copy->data[at] == 0x7f)
			copy->data[at] = ' ';
}

void log_str(const char *key, const char *value)
{
	size_t size;

	if (target == NULL || value == NULL)
		return;
	size = logfmt_cut(value, VALUE_MAX);
	if (line.text.size > line.head_size)
		buf_append_char(&line.text, ' ');
	buf_append_str(&line.text, key);
	buf_append_char(&line.text, '=');
	logfmt_append(&line.text, value, size);
	if (target->driver->wants_fields)
		log_fields_add(&line.fields, key, value, size);
	if (error_copy != NULL && line_level == LOG_LEVEL_ERROR && error_copy->size < COPY_MAX)
		log_copy_field(error_copy, key, value);
	if (handler != NULL)
		log_copy_field(&handled_text, key, value);
}

void log_int(const char *key, int64_t value)
{
	char text[STR_INT_MAX + 1];

	*str_put_int(text, value) = '\0';
	log_str(key, text);
}

/* ---- Lines that are lost. */

/* Losses are reported once a second. */
static bool log_report_is_due(struct log_sink *sink)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - sink->reported_us < REPORT_PAUSE_US)
		return false;
	sink->reported_us = now_us;
	return true;
}

static void log_count_loss(struct log_sink *sink)
{
	const char *error = strerror(errno);

	sink->n_lost++;
	if (lost_counter != NULL)
		atomic_fetch_add_explicit(lost_counter, 1, memory_order_relaxed);
	if (sink == &standard_error.events || !log_report_is_due(sink))
		return;
	log_begin(&standard_error.events, LOG_LEVEL_ERROR);
	log_str("msg", "log lines are being lost");
	log_str("to", sink->address);
	log_str("error", error);
	log_end();
}

static void log_report_losses(struct log_sink *sink)
{
	int64_t n_lost = sink->n_lost;

	if (!log_report_is_due(sink))
		return;
	sink->n_lost = 0;
	log_begin(sink, LOG_LEVEL_ERROR);
	log_str("msg", "log lines were lost");
	log_int("lines", n_lost);
	log_end();
	if (sink->n_lost > 0)
		sink->n_lost += n_lost;
}

void log_end(void)
{
	struct log_sink *sink = target;

	if (sink == NULL)
		return;
	target = NULL;
	if (handler != NULL) {
		handler(handler_ctx, line_level, handled_text.data);
		buf_reset(&handled_text);
		return;
	}
	line.text.size = logfmt_cut(line.text.data, PIPE_BUF - 1);
	buf_append_char(&line.text, '\n');
	if (sink->driver->write(sink, &line) < 0)
		log_count_loss(sink);
	else if (sink->n_lost > 0)
		log_report_losses(sink);
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
