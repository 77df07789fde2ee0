/*
 * The places where lines of the log go, for log.c alone. Each driver writes a line by one system
 * call: to standard error, a file, syslog or journald.
 *
 * No request waits for a log. A line that the place does not accept at once is lost, and log.c
 * reports that.
 */
#ifndef LOG_SINK_H
#define LOG_SINK_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "permission.h"

/* The name by which syslog and journald know the program. */
#define LOG_IDENTIFIER PACKAGE_NAME

struct log_sink;

/* One line in all its forms. */
struct log_line {
	int severity; /* as syslog, journald and sd-daemon count: LOG_ERR is 3, LOG_INFO 6 */
	int64_t at_us;
	int pid;
	struct buf text;   /* logfmt that ends with '\n', of at most PIPE_BUF bytes */
	size_t head_size;  /* of ts, level and pid in text, which journald notes itself */
	struct buf fields; /* for a driver that wants_fields, as journald reads them */
};

struct log_driver {
	const char *name;    /* in the configuration; NULL for files, which are named by path */
	const char *address; /* the default for "name:ADDRESS"; NULL if there is no address */
	bool wants_fields;
	/* Returns a descriptor, or -1 with errno. */
	int (*open)(const struct log_sink *sink);
	/* Returns -1 with errno if the line is lost. */
	int (*write)(struct log_sink *sink, const struct log_line *line);
};

extern const struct log_driver log_stderr, log_file, log_syslog, log_journald;

struct log_sink {
	const struct log_driver *driver; /* NULL while it is not open */
	char address[PATH_MAX];
	int fd;
	int facility;   /* of syslog */
	bool is_cut;    /* the last line has no end, so the next one begins with '\n' */
	int64_t n_lost; /* lines since the last report */
	int64_t reported_us;
};

/* Returns the path of the file that the place, a value of log.path, is; NULL: it is no file. */
const char *log_sink_path(const char *place);

/* The functions below return NULL, or what is wrong: a text that is constant or in text_r. */

/* Returns what keeps this process from logging to the place, a value of log.path. */
const char *log_sink_check(const char *place, char text_r[PERMISSION_TEXT_SIZE]);
/* facility: a value of log.facility. */
const char *log_sink_open(struct log_sink *sink, const char *place, const char *facility,
	char text_r[PERMISSION_TEXT_SIZE]);
/* Returns why this process could not make the file again after a rotation. */
const char *log_sink_check_rotation(const struct log_sink *sink, char text_r[PERMISSION_TEXT_SIZE]);
/* Opens the path of a file again; the old file stays in use if that fails. */
const char *log_sink_reopen(struct log_sink *sink);

/* Returns whether another file, or none, is at the path of an open file. */
bool log_sink_is_renamed(const struct log_sink *sink);
/* Closes a sink, which need not be open. */
void log_sink_close(struct log_sink *sink);

/* Appends a field to what journald reads. */
void log_fields_add(struct buf *fields, const char *key, const char *value, size_t size);

#endif
