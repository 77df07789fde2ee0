/*
 * The configuration: an INI file, read by libinih. conf.def lists the keys with their defaults,
 * bounds and texts.
 *
 * An unknown section, an unknown key and a bad value are refused with file and line. The variable
 * WXUSER_CONF_<section>__<key> of the environment overrides the file and is checked likewise; other
 * variables are ignored.
 */
#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stddef.h>

#define CONF_ERROR_SIZE 1024
#define CONF_WORKERS_MAX 1024  /* in a pool */
#define CONF_IN_FLIGHT_MAX 256 /* requests of one worker */

struct conf {
#define CONF_STR(section, key, preset, text) const char *section##_##key;
#define CONF_WORD CONF_STR
#define CONF_TEXT CONF_STR
#define CONF_INT(section, key, preset, least, most, text) long section##_##key;
#define CONF_BOOL(section, key, preset, text) bool section##_##key;
#define CONF_ENUM(section, key, preset, choices, text) const char *section##_##key;
#include "conf.def"
#undef CONF_STR
#undef CONF_WORD
#undef CONF_TEXT
#undef CONF_INT
#undef CONF_BOOL
#undef CONF_ENUM
	const char *path; /* of the file, or NULL */
	/* server_workers_core is never 0: the number for the processors stands in its place. */
};

/* Returns SYSCONFDIR/wxuser/wxuser.conf, or NULL if there is no such file. A file that may not be
 * read counts as one. */
const char *conf_default_path(void);
/* Reads the file, or only defaults and the environment if path is NULL. Returns NULL if anything is
 * wrong; error then says file, line and what to do. conf_free() frees the configuration with its
 * strings. */
struct conf *conf_load(const char *path, char *error, size_t error_size);
/* Does the same but puts the default in the place of what is wrong. This finds a program that still
 * runs with an earlier file. error is the first fault, or "". Returns NULL if the file cannot be
 * read. */
struct conf *conf_load_lenient(const char *path, char *error, size_t error_size);
void conf_free(struct conf *conf);

#endif
