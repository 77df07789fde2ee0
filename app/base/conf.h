/*
 * The configuration: an INI file (libinih), its keys, defaults, bounds and documentation in
 * conf.def.
 *
 * An unknown section or key and a bad value are refused with file and line.
 * WXUSER_CONF_<section>__<key> in the environment goes before the file and is refused likewise;
 * other names are ignored.
 */
#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CONF_ERROR_SIZE 1024
#define CONF_WORKERS_MAX 1024 /* of a pool */

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
	const char *path; /* the file it came from */
};

/* SYSCONFDIR/wxuser/wxuser.conf, also where it may not be read; NULL: there is none. */
const char *conf_default_path(void);
/* path NULL: defaults and environment alone. NULL: error says file, line and what to do. Freed by
 * conf_free(), strings and all. */
struct conf *conf_load(const char *path, char *error, size_t error_size);
/* The same with the default of what is wrong, for who only needs the place of a program that runs
 * on under an earlier file. error: the first fault; "": none. NULL: it cannot be read. */
struct conf *conf_load_sound(const char *path, char *error, size_t error_size);
void conf_free(struct conf *conf);

enum conf_kind {
	CONF_KIND_STR,
	CONF_KIND_WORD,
	CONF_KIND_TEXT,
	CONF_KIND_INT,
	CONF_KIND_BOOL,
	CONF_KIND_ENUM
};

/* A line of conf.def. */
struct conf_key {
	enum conf_kind kind;
	const char *section, *name, *preset, *text;
	size_t offset; /* in struct conf */
	long least, most;
	const char *choices; /* "a|b" */
};

/* In the order of conf.def; the last has no name. */
extern const struct conf_key conf_keys[];

/* The sample file: every key with its text, default and bounds, commented out. */
void conf_write_sample(FILE *out);

#endif
