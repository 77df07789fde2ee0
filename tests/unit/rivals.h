/*
 * Another process that changes the same rows before the n-th statement of a rule. A test that has
 * one is linked with WITH_RIVALS.
 */
#ifndef RIVALS_H
#define RIVALS_H

#include <stdbool.h>

#include "app.h"
#include "db.h"

/* Calls fn before the n-th statement from here on; n 0: never. */
void interrupt(int n, void (*fn)(void));
/* Returns how many statements there are until then; 0: fn was called. */
int n_until_interrupted(void);

/* Before the n-th statement another process runs fn, until fn is done or waits for what this one
 * holds. */
void rival_before(int n, enum err (*fn)(struct db *db));
struct rival_outcome {
	bool has_come;  /* false: the rule was over before its n-th statement */
	bool was_first; /* it did not wait */
	enum err err;   /* what fn returned */
};
/* Waits for its end. */
struct rival_outcome rival_end(void);

/* Whom the rivals change: a person with two apps, and another one. */
extern struct rival_person {
	char openid[32], openid2[32]; /* of mini and official */
	char unionid[32];
	char other[32]; /* of mobile */
	int64_t merge_id;
} person;
extern struct app mobile;

/* For cmocka's group set-up: logins_open(), with the app mobile. */
int rivals_open(void **state);
/* Names a new person, who has not logged in. */
void renew_person(void);

/* What another process does to them. */
enum err rival_log_in(struct db *db);
enum err rival_log_in_by_second_app(struct db *db);
enum err rival_log_in_by(struct db *db, const struct app *app, const char *openid);
enum err rival_save(struct db *db);
enum err rival_save_by(struct db *db, const char *openid);
enum err rival_merge(struct db *db);
enum err rival_erase(struct db *db);
enum err rival_erase_by(struct db *db, const struct app *app, const char *openid);

/* The n-th statement from here on runs, and the connection is lost before its answer. */
void lose_answer(int n);

#endif
