/*
 * What an operator is shown, as JSON: "wxuserctl … --json" and the Admin API write it. Names are
 * those of /v1. Times are in UTC.
 */
#ifndef ADMIN_SHAPES_H
#define ADMIN_SHAPES_H

#include "push_event.h"
#include "shape.h"

struct day_statistics;

struct admin_tenant {
	int32_t id;
	const char *name;
	int64_t disabled_us; /* 0: it is enabled */
};

struct admin_app {
	int32_t id, tenant_id;
	const char *appid, *kind;
	const char *open_platform; /* NULL: none */
	bool is_default;
};

struct admin_conflict {
	int64_t id;
	int32_t tenant_id;
	const char *reason, *account_id;
	const char *other_account_id; /* NULL: none */
	const char *openid, *unionid; /* masked */
	int64_t created_us;
};

struct admin_merge {
	int64_t id;
	int32_t tenant_id;
	const char *survivor_id, *merged_id;
	int32_t n_users, n_unionids; /* that moved */
	int64_t merged_us, undone_us; /* undone_us: 0 if it is not undone */
	const char *undo;            /* as merge_list_undo() has it */
};

struct arena;
struct listed_merge;

/* The texts are in the arena. */
struct admin_merge admin_merge_from(struct arena *arena, const struct listed_merge *merge);

struct admin_pending {
	struct push_event event;
	const char *withdrawn, *withdrawn_zh; /* its numbers as words */
};

/* The texts are in the arena. */
struct admin_pending admin_pending_from(struct arena *arena, const struct push_event *event);

struct admin_maintenance {
	bool is_on_here, is_on_everywhere;
	int64_t changed_us;     /* everywhere; 0: never */
	const char *changed_by; /* NULL: never */
};

struct admin_backup_item {
	const char *what, *path; /* of the database its name and place */
	bool is_needed;
	const char *reason; /* why it is not; NULL: it is */
};

struct admin_backup {
	struct object_list items; /* of struct admin_backup_item */
	const char *dump, *files; /* lines of a shell that store them */
};

/* A day of an app; without appid that of a whole tenant. */
struct admin_day {
	const char *day, *appid;
	int32_t tenant_id;
	int32_t logins, active_users, new_users, refused, sms_codes, phone_numbers, members_bound;
	struct object_list refusals; /* of struct day_refusals */
};

struct admin_day admin_day_of(const struct day_statistics *day);

extern const struct shape admin_day_shape;
extern const struct shape admin_tenant_shape, admin_app_shape, admin_conflict_shape,
	admin_merge_shape, admin_pending_shape, admin_maintenance_shape, admin_backup_shape;
/* Of structs of db/: setting, app_move_report, job_state, login_refusal. */
extern const struct shape admin_setting_shape, admin_move_shape, admin_job_shape,
	admin_refusal_shape;

#endif
