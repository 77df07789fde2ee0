/*
 * What a tenant has set for itself. A name that has no row has its default. setting.def lists all
 * names with kind, default and meaning, which wxuserctl shows.
 */
#ifndef DB_SETTING_H
#define DB_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"

struct arena;

/* SETTING_PRESET_trial_days and the like: the defaults. */
enum {
#define SETTING_BOOL(name, preset, zh, en) SETTING_PRESET_##name = preset,
#define SETTING_INT(name, preset, least, most, zh, en) SETTING_PRESET_##name = preset,
#include "setting.def"
#undef SETTING_BOOL
#undef SETTING_INT
};

/* SETTING_trial_days and the like: a setting by its place in setting.def. Each kind has its own
 * type, so that the compiler reports a setting of the other kind. */
enum {
#define SETTING_BOOL(name, preset, zh, en) SETTING_PLACE_##name,
#define SETTING_INT(name, preset, least, most, zh, en) SETTING_PLACE_##name,
#include "setting.def"
#undef SETTING_BOOL
#undef SETTING_INT
};

enum setting_bool {
#define SETTING_BOOL(name, preset, zh, en) SETTING_##name = SETTING_PLACE_##name,
#define SETTING_INT(name, preset, least, most, zh, en)
#include "setting.def"
#undef SETTING_BOOL
#undef SETTING_INT
};

enum setting_int {
#define SETTING_BOOL(name, preset, zh, en)
#define SETTING_INT(name, preset, least, most, zh, en) SETTING_##name = SETTING_PLACE_##name,
#include "setting.def"
#undef SETTING_BOOL
#undef SETTING_INT
};

/* Finds the value, or the default if the tenant has set none. */
enum err setting_bool(struct db *db, int32_t tenant_id, enum setting_bool setting, bool *value_r);
enum err setting_int(struct db *db, int32_t tenant_id, enum setting_int setting, int32_t *value_r);

/* Returns what a tenant has that has set none. */
int32_t setting_default(enum setting_int setting);

/* On a cluster, if the tenant has set read_after_write, and then sets *is_set_r: what the request
 * reads from now on is as new as when it began. */
enum err setting_read_after_write(struct db *db, int32_t tenant_id, bool *is_set_r);

/* Both return ERR_PARAMETER if there is no such tenant or name, or the value is not of its kind;
 * the first one does nothing else. */
enum err setting_check(struct db *db, int32_t tenant_id, const char *name, const char *value);
enum err setting_set(struct db *db, int32_t tenant_id, const char *name, const char *value);

/* A setting as wxuserctl and the Admin API show it. */
struct setting {
	const char *name, *value;
	const char *preset;  /* its value if the tenant has set none */
	const char *values;  /* what may be set: "true|false", "0 to 9" */
	const char *meaning, *meaning_zh; /* in English, and in Chinese */
	bool is_of_operator; /* it spends the operator's money: wxuserctl alone changes it */
};

/* Describes the setting at this place of setting.def, with its default as its value. Returns false
 * behind the last one. */
bool setting_at(struct arena *arena, size_t place, struct setting *setting_r);
/* Whether there is a setting of this name. */
bool setting_exists(const char *name);
/* struct setting has what that means. */
bool setting_is_of_operator(const char *name);

/* Calls row for each of setting.def. Returns ERR_PARAMETER if there is no such tenant. */
enum err setting_list(struct db *db, int32_t tenant_id,
	void (*row)(void *ctx, const struct setting *setting), void *ctx);

#endif
