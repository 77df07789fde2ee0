/*
 * Events, and requests among them, as logfmt: ts=… level=… pid=… msg="…" key=value …
 *
 * log_event() begins a line, log_str()/log_int() add to it, log_end() writes it where [log] of the
 * configuration says. One line is built at a time. Secrets and personal data never go in. Values
 * are quoted, escaped and cut, so that no input can forge a line and none is torn, whoever else
 * writes to the same file or pipe. A line that finds no place is counted, which is told.
 */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>

struct buf;
struct conf;
struct log;

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* Whether [log] names places, which need not be there. -1: logged. */
int log_check(const struct conf *conf);
/* What [log] says, opened. NULL: logged why. */
struct log *log_new(const struct conf *conf);
/* One in use leaves its lines to standard error. NULL: nothing. */
void log_free(struct log *log);
/* The lines of this process go there from now on; NULL: to standard error. A child says it before
 * it logs. */
void log_use(struct log *log);
/* After files were renamed, to rotate them: the same paths anew. While one cannot be opened, the
 * old file goes on. */
void log_reopen(struct log *log);
/* The same for those that were renamed. */
void log_follow(struct log *log);
/* What is logged as an error from now on goes there, too, on one line for people, and is cut where
 * it becomes long. NULL: no more. */
void log_copy_errors(struct buf *copy);
/* Who takes the lines in the log's place, each as one line for people. NULL: the log again. */
typedef void log_taker(void *ctx, enum log_level level, const char *text);
void log_divert(log_taker *taker, void *ctx);
/* Also counts there each line that is lost from now on. */
void log_count_lost(_Atomic uint64_t *n_lost);
#define REQUEST_ID_SIZE 33
/* The identity of the request at hand, put on every line until it is set to NULL. Not copied. */
void log_set_request_id(const char *id);

void log_event(enum log_level level, const char *msg);
/* The same, for the line that each request gets. */
void log_access_event(enum log_level level, const char *msg);
/* value NULL: nothing is added. */
void log_str(const char *key, const char *value);
void log_int(const char *key, int64_t value);
void log_end(void);

/* A whole line at once. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
