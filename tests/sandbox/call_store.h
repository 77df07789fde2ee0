/*
 * The calls that the sandbox has got, and the faults by which it will spoil some. What is found is
 * in the request's arena. A look-up returns ERR_ABSENT if there is nothing.
 */
#ifndef CALL_STORE_H
#define CALL_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct db;

struct fault {
	const char *path, *kind;
	const char *text; /* NULL: none */
	int32_t value;
	int32_t count;
};

struct api_call {
	const char *at; /* 2024-01-31T12:00:00.000000Z */
	const char *path, *appid, *code, *openid, *fault;
	const char *answer; /* NULL: none so far */
};

/* Checks the statements, deletes calls older than a day. */
enum err call_store_prepare(struct db *db);

/* count 0: none from now on. */
enum err call_store_set_fault(struct db *db, const struct fault *fault);
/* Those that are still to come. */
enum err call_store_list_faults(struct db *db, struct fault **faults_r, size_t *n_faults_r);
/* Uses up one. */
enum err call_store_take_fault(struct db *db, const char *path, struct fault *fault_r);

/* Its number is db->insert_id. */
enum err call_store_note(struct db *db, const struct api_call *call);
enum err call_store_note_answer(struct db *db, int64_t id, const char *answer);
/* path NULL: of all. The newest first, at most some. */
enum err call_store_list(
	struct db *db, const char *path, struct api_call **calls_r, size_t *n_calls_r);
enum err call_store_count(struct db *db, const char *path, int32_t *n_r);

#endif
