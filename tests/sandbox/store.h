/*
 * What the sandbox remembers, and its only SQL: a schema of its own, made by itself at start.
 *
 * What is found lives in the request's arena. Unless said otherwise: 1 there or done, 0 not there,
 * -1 failed (logged).
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

struct sandbox_app {
	const char *appid, *secret;
	const char *kind; /* mini, official, mobile, web */
	const char *push_token, *aes_key, *url;
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

struct fault {
	const char *path, *kind;
	const char *text; /* NULL: none */
	int32_t value;
	int32_t count;
};

struct api_call {
	const char *at; /* 2024-01-31T12:00:00.000000Z */
	const char *path, *appid, *code, *openid, *fault;
};

/* Makes the tables, checks every statement, forgets calls older than a day: 0 or -1. */
int store_prepare(struct db *db);

int store_save_app(struct db *db, const struct sandbox_app *app);
int store_find_app(struct db *db, const char *appid, struct sandbox_app *app_r);
int store_first_app(struct db *db, struct sandbox_app *app_r);
/* In the order in which they were made: 0 or -1. */
int store_list_apps(struct db *db, struct sandbox_app **apps_r, size_t *n_apps_r);

int store_add_code(struct db *db, const struct sandbox_code *code);
/* 1: this call has spent it; 0: it was spent, or is unknown. */
int store_spend_code(struct db *db, const char *code);
int store_find_code(struct db *db, const char *text, struct sandbox_code *code_r);
/* The last one that the user has logged in with. */
int store_find_session(
	struct db *db, const char *appid, const char *openid, struct sandbox_code *code_r);

/* expires_in and refresh_expires_in in seconds. */
int store_add_user_token(struct db *db, const struct user_token *token, int32_t expires_in,
	int32_t refresh_expires_in);
int store_find_user_token(struct db *db, const char *access_token, struct user_token *token_r);
int store_find_refresh_token(struct db *db, const char *refresh_token, struct user_token *token_r);
int store_renew_user_token(struct db *db, const struct user_token *token, int32_t expires_in);

/* The others of its app and kind die within overlap_s. */
int store_add_app_token(struct db *db, const struct app_token *token, int32_t overlap_s);
int store_find_app_token(struct db *db, const char *token, struct app_token *token_r);
/* The one that lives longest. */
int store_find_stable_token(struct db *db, const char *appid, struct app_token *token_r);
/* Fills n_forced and forced_ago. */
int store_count_forced(struct db *db, const char *appid, struct app_token *token_r);

/* count 0: none from now on. */
int store_set_fault(struct db *db, const struct fault *fault);
/* Uses up one. */
int store_take_fault(struct db *db, const char *path, struct fault *fault_r);

int store_note_call(struct db *db, const struct api_call *call);
/* path NULL: of all. The newest first, at most some: 0 or -1. */
int store_list_calls(
	struct db *db, const char *path, struct api_call **calls_r, size_t *n_calls_r);
int store_count_calls(struct db *db, const char *path, int32_t *n_r);

#endif
