/*
 * A place where log.c's lines go; nobody else includes this. A driver each knows how standard
 * error, a file, syslog and journald take a line: by one system call.
 *
 * No request waits for a log. What a place does not take at once is lost, and log.c tells so.
 */
#ifndef LOG_SINK_H
#define LOG_SINK_H

#include <limits.h>
#include <stdbool.h>

#include "buf.h"
#include "log.h"

/* By which syslog and journald know the program. */
#define LOG_IDENTIFIER PACKAGE_NAME

struct conf;
struct log_sink;

/* One line in all its forms. */
struct log_line {
	enum log_level level;
	int64_t at_us;
	int pid;
	struct buf text;   /* logfmt with '\n' at its end, together at most PIPE_BUF bytes */
	size_t head_size;  /* of ts, level and pid in it, which journald notes itself */
	struct buf fields; /* as journald takes them, where the driver wants them */
};

struct log_driver {
	const char *name;    /* how the configuration calls it; NULL: by its path */
	const char *address; /* unless it stands after name and ':'; NULL: none may */
	bool wants_fields;
	/* Its descriptor; -1: errno. */
	int (*open)(const struct log_sink *sink);
	/* -1: errno. */
	int (*write)(struct log_sink *sink, const struct log_line *line);
};

extern const struct log_driver log_stderr, log_file, log_syslog, log_journald;

struct log_sink {
	const struct log_driver *driver; /* NULL: not open */
	const char *key;                 /* of the configuration: "log.path" */
	char address[PATH_MAX];
	int fd;
	int facility;   /* of syslog */
	bool is_cut;    /* a line that could not be ended; the next one begins anew */
	int64_t n_lost; /* lines, since that was told */
	int64_t told_us;
};

/* Whether place, the value of key, is one where this process may write. -1: logged. */
int log_sink_check(const char *key, const char *place);
/* -1: logged. */
int log_sink_open(
	struct log_sink *sink, const struct conf *conf, const char *key, const char *place);
/* Also one that is not open. */
void log_sink_close(struct log_sink *sink);
/* A file anew; the old one goes on where that cannot be opened. */
void log_sink_reopen(struct log_sink *sink);
/* The same, if it was renamed. */
void log_sink_follow(struct log_sink *sink);

/* As syslog, journald and sd-daemon count: 3 is an error, 6 a piece of news. */
int log_severity(enum log_level level);
/* Adds to what journald takes. */
void log_fields_add(struct buf *fields, const char *key, const char *value, size_t size);

#endif
