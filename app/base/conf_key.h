/*
 * The table of configuration keys that conf.def makes, with defaults, bounds and texts.
 */
#ifndef CONF_KEY_H
#define CONF_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct arena;
struct conf;

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

size_t conf_key_count(void);

/* Returns whether values of the key are text. */
bool conf_key_is_string(const struct conf_key *key);
/* Returns NULL if the key's text may be the value, else what it must be: "UTF-8". */
const char *conf_key_check(const struct conf_key *key, const char *value);
/* Sets the key's member of conf. Returns NULL, or what the value must be. */
const char *conf_key_set(
	struct conf *conf, struct arena *arena, const struct conf_key *key, const char *value);
/* Sets all members to their defaults. */
void conf_set_presets(struct conf *conf, struct arena *arena);

/* Writes the sample file: every key with its text, default and bounds, commented out. */
void conf_write_sample(FILE *out);

#endif
