/*
 * Events as logfmt, one write() a line: ts=… level=… pid=… msg="…" key=value …
 *
 * log_event() begins a line, log_str()/log_int() add to it, log_end() writes it. One line is built
 * at a time. Secrets and personal data never go in. Values are quoted and escaped, so that no input
 * can forge a line.
 */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* "debug", "info", "warning" or "error", as conf has made sure. */
enum log_level log_level_named(const char *name);

/* path NULL or "": standard error. Returns -1 with errno when the file cannot be opened. */
int log_open(const char *path, enum log_level least);
void log_close(void);
/* After the file was renamed, to rotate it: the same path anew. While that cannot be opened, the
 * old file goes on. */
void log_reopen(void);
/* The same, if it was renamed. */
void log_follow(void);
/* The identity of the request at hand, put on every line until it is set to NULL. Not copied. */
void log_set_request_id(const char *id);

void log_event(enum log_level level, const char *msg);
/* value NULL: nothing is added. */
void log_str(const char *key, const char *value);
void log_int(const char *key, int64_t value);
void log_end(void);

/* A whole line at once. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
