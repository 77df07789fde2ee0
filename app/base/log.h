/*
 * The log: events, and a line for each request, as logfmt: ts=… level=… pid=… msg="…" key=value …
 *
 * log_event() begins a line, log_str() and log_int() add to it, log_end() writes it to the place
 * that [log] of the configuration names. A process builds one line at a time. Secrets and personal
 * data never go in. Values are quoted, escaped and cut, so no input can forge a line; a line is
 * written by one system call, so lines of several processes do not mix. A line that the place does
 * not accept at once is lost; its loss is counted and reported.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct conf;
struct log;

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* Checks whether [log] names places where this process may write. Returns -1 and logs the reason
 * if not. */
int log_check(const struct conf *conf);
/* Opens the places that [log] names. Returns NULL and logs the reason if one cannot be opened. */
struct log *log_new(const struct conf *conf);
/* Closes the log, which may be NULL. If it is in use, lines go to standard error from now on. */
void log_free(struct log *log);
/* On standard error, leaves out the lines that matter less. */
void log_set_least(enum log_level least);
/* Whether lines go to a log, and not to standard error. */
bool log_is_used(void);
/* Sends the lines of this process to the log, or, if it is NULL, to standard error. A child calls
 * this before it logs. */
void log_use(struct log *log);
/* Opens the paths of files again, after a rotation has renamed them. A file whose path cannot be
 * opened stays in use. */
void log_reopen(struct log *log);
/* Does the same for those files that were renamed. */
void log_reopen_renamed(struct log *log);

/* Appends each error that is logged from now on to copy, too: one line for people, which is cut if
 * it becomes long. NULL ends that. */
void log_copy_errors(struct buf *copy);
/* Passes each line to the handler and not to the log, as one line for people. NULL ends that. */
typedef void log_handler(void *ctx, enum log_level level, const char *text);
void log_set_handler(log_handler *handler, void *ctx);
/* Counts in *n_lost, too, each line that this process loses from now on. */
void log_count_lost(_Atomic uint64_t *n_lost);

#define REQUEST_ID_SIZE 33
/* Puts the id of the current request on every line, until it is set to NULL. The text is not
 * copied. */
void log_set_request_id(const char *id);

void log_event(enum log_level level, const char *msg);
/* Begins the line that each request gets. */
void log_access_event(enum log_level level, const char *msg);
/* Adds key=value, or nothing if value is NULL. */
void log_str(const char *key, const char *value);
void log_int(const char *key, int64_t value);
void log_end(void);

/* Log a whole line. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
