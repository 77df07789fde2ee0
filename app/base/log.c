#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "log.h"
#include "str.h"

static const char *const level_names[] = {
	[LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_ERROR] = "error",
};

static int log_fd = STDERR_FILENO;
static char log_path[PATH_MAX]; /* "": standard error */
static enum log_level log_least = LOG_LEVEL_INFO;
static const char *log_request_id;
static struct buf line;
static bool is_wanted;

enum log_level log_level_named(const char *name)
{
	enum log_level level = LOG_LEVEL_DEBUG;

	while (strcmp(level_names[level], name) != 0)
		level++;
	return level;
}

static void replace_file(int fd)
{
	if (log_fd != STDERR_FILENO)
		close(log_fd);
	log_fd = fd;
}

static int open_file(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

int log_open(const char *path, enum log_level least)
{
	int fd = str_is_empty(path) ? STDERR_FILENO : open_file(path);

	if (fd < 0)
		return -1;
	replace_file(fd);
	snprintf(log_path, sizeof(log_path), "%s", str_is_empty(path) ? "" : path);
	log_least = least;
	return 0;
}

void log_reopen(void)
{
	int fd;

	if (*log_path == '\0')
		return;
	fd = open_file(log_path);
	if (fd < 0)
		log_error("log.path %s: %m; the old file goes on", log_path);
	else
		replace_file(fd);
}

void log_follow(void)
{
	struct stat ours, there;

	if (*log_path != '\0' && fstat(log_fd, &ours) == 0 &&
		(stat(log_path, &there) < 0 || ours.st_ino != there.st_ino ||
			ours.st_dev != there.st_dev))
		log_reopen();
}

void log_close(void)
{
	replace_file(STDERR_FILENO);
	*log_path = '\0';
	buf_release(&line);
}

void log_set_request_id(const char *id)
{
	log_request_id = id;
}

/* Bare where a reader cannot mistake it, else quoted with every control escaped. */
static void append_value(const char *value)
{
	static const char bare[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "_-.:/@*+,";

	if (*value != '\0' && value[strspn(value, bare)] == '\0') {
		buf_append_str(&line, value);
		return;
	}
	buf_append_char(&line, '"');
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if (c == '"' || c == '\\')
			buf_printf(&line, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(&line, "\\x%02x", c);
		else
			buf_append_char(&line, *value);
	}
	buf_append_char(&line, '"');
}

void log_event(enum log_level level, const char *msg)
{
	struct civil now;

	is_wanted = level >= log_least;
	if (!is_wanted)
		return;
	buf_reset(&line);
	clock_to_civil(clock_now_us(), 0, &now);
	buf_printf(&line, "ts=%04d-%02d-%02dT%02d:%02d:%02d.%03dZ level=%s pid=%d", now.year,
		now.month, now.day, now.hour, now.minute, now.second, now.microsecond / 1000,
		level_names[level], (int)getpid());
	if (log_request_id != NULL)
		log_str("request", log_request_id);
	log_str("msg", msg);
}

void log_str(const char *key, const char *value)
{
	if (!is_wanted || value == NULL)
		return;
	buf_printf(&line, " %s=", key);
	append_value(value);
}

void log_int(const char *key, int64_t value)
{
	if (is_wanted)
		buf_printf(&line, " %s=%lld", key, (long long)value);
}

void log_end(void)
{
	size_t written = 0;

	if (!is_wanted)
		return;
	buf_append_char(&line, '\n');
	while (written < line.size) {
		ssize_t n = write(log_fd, line.data + written, line.size - written);

		if (n < 0 && errno != EINTR)
			break; /* nowhere left to complain */
		written += n > 0 ? (size_t)n : 0;
	}
	is_wanted = false;
}

static void log_line(enum log_level level, const char *format, va_list args)
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
	log_line(LOG_LEVEL_ERROR, format, args);
	va_end(args);
}

void log_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(LOG_LEVEL_WARNING, format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(LOG_LEVEL_INFO, format, args);
	va_end(args);
}
