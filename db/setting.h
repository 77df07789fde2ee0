/*
 * What a tenant has set for itself. A name that has no row has its default; setting.def lists all
 * names with kind, default and meaning, for wxuserctl too.
 */
#ifndef DB_SETTING_H
#define DB_SETTING_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

/* SETTING_PRESET_trial_days and the like: the defaults. */
enum {
#define SETTING_BOOL(name, preset, meaning) SETTING_PRESET_##name = preset,
#define SETTING_INT(name, preset, least, most, meaning) SETTING_PRESET_##name = preset,
#include "setting.def"
#undef SETTING_BOOL
#undef SETTING_INT
};

/* 0 and the value, or -1. name: one of setting.def's, of that kind. */
int setting_bool(struct db *db, int32_t tenant_id, const char *name, bool *value_r);
int setting_int(struct db *db, int32_t tenant_id, const char *name, int32_t *value_r);

/* ERR_PARAMETER: no such tenant or name, or not a value of its kind. */
enum err setting_set(struct db *db, int32_t tenant_id, const char *name, const char *value);

/* As wxuserctl shows it. */
struct setting {
	const char *name, *value;
	const char *values;  /* what may be set: "true|false", "0 to 9" */
	const char *meaning;
};

/* All of setting.def. ERR_PARAMETER: no such tenant. */
enum err setting_list(struct db *db, int32_t tenant_id,
	void (*row)(void *ctx, const struct setting *setting), void *ctx);

#endif
