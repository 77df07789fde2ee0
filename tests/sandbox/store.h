/*
 * What the sandbox remembers, in a schema of its own, which it makes at its start.
 *
 * What is found is in the request's arena. A look-up returns ERR_ABSENT if there is nothing.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct db;

struct sandbox_app {
	const char *appid, *secret;
	const char *kind; /* mini, official, mobile, web */
	const char *push_token, *aes_key, *url;
	/* Of the tenant at the service, for pages that try its endpoints; wechat_key has the scope
	 * wechat alone. */
	const char *api_key, *wechat_key;
};

/* A login code, and the user that it stands for. */
struct sandbox_code {
	const char *code, *appid;
	const char *openid, *session_key, *scope;
	const char *unionid; /* NULL: none */
	int32_t is_snapshotuser;
	const char *nickname, *language, *city, *province, *country, *headimgurl;
	int32_t sex;
	int32_t expires_in; /* seconds; negative: has expired */
	bool is_expired;
};

struct user_token {
	const char *access_token, *refresh_token;
	struct sandbox_code code;
	bool is_expired, is_refresh_expired;
};

struct app_token {
	const char *token, *appid;
	bool is_stable;
	bool is_forced;
	bool is_void, is_expired;
	int32_t expires_in; /* seconds */
	int32_t n_forced;   /* of the last 24 hours */
	int32_t forced_ago; /* seconds since the last one */
};

/* Makes the tables, checks every statement, deletes what is older than a day. */
enum err store_prepare(struct db *db);

enum err store_save_app(struct db *db, const struct sandbox_app *app);
enum err store_find_app(struct db *db, const char *appid, struct sandbox_app *app_r);
enum err store_first_app(struct db *db, struct sandbox_app *app_r);
/* In the order in which they were made. */
enum err store_list_apps(struct db *db, struct sandbox_app **apps_r, size_t *n_apps_r);

enum err store_add_code(struct db *db, const struct sandbox_code *code);
/* ERR_ABSENT: it was spent before, or is unknown. */
enum err store_spend_code(struct db *db, const char *code);
enum err store_find_code(struct db *db, const char *text, struct sandbox_code *code_r);
/* The last one that the user has logged in with. */
enum err store_find_session(
	struct db *db, const char *appid, const char *openid, struct sandbox_code *code_r);

/* expires_in and refresh_expires_in in seconds. */
enum err store_add_user_token(struct db *db, const struct user_token *token, int32_t expires_in,
	int32_t refresh_expires_in);
enum err store_find_user_token(struct db *db, const char *access_token, struct user_token *token_r);
enum err store_find_refresh_token(
	struct db *db, const char *refresh_token, struct user_token *token_r);
enum err store_renew_user_token(struct db *db, const struct user_token *token, int32_t expires_in);

/* The others of its app and kind die within overlap_s. */
enum err store_add_app_token(struct db *db, const struct app_token *token, int32_t overlap_s);
enum err store_find_app_token(struct db *db, const char *token, struct app_token *token_r);
/* The one that lives longest. */
enum err store_find_stable_token(struct db *db, const char *appid, struct app_token *token_r);
/* Fills n_forced and forced_ago. */
enum err store_count_forced(struct db *db, const char *appid, struct app_token *token_r);

#endif
