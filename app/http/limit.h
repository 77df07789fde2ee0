/*
 * The limits of the configuration: how often something may be done for one key, counted for all
 * workers of a host together, in token buckets.
 */
#ifndef LIMIT_H
#define LIMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct request;

enum limit {
	LIMIT_LOGIN,          /* calls of login endpoints, by the client's address */
	LIMIT_RENEWAL,        /* those over it that renew or end a token made here, by the token */
	LIMIT_UNPROVEN,       /* questions to WeChat about openids of anonymous clients, by app */
	LIMIT_UNPROVEN_ADDRESS, /* the same, by the client's address */
	LIMIT_UNPROVEN_NETWORK, /* those that WeChat has not confirmed, by the client's network */
	LIMIT_LOGIN_FAILURES, /* failed proofs, by address and openid */
	LIMIT_KEY,            /* limit_take_of_api_key() alone: the key's own rate */
	LIMIT_CREDENTIALS,    /* credentials unknown or not for the address, by address */
	LIMIT_UNKNOWN,        /* looks for an unknown credential or app, by name: one a second */
	LIMIT_KNOWN,          /* what was right within the last half day; limit_is_noted() asks */
	LIMIT_PUSH_APPS,      /* pushes for unknown apps, by address */
	LIMIT_PUSH_SIGNATURES, /* pushes with wrong signatures, by address and app */
	LIMIT_ROWS,           /* users that an API key reads, by its id; limit_note_rows() alone */
	LIMIT_ROWS_WARNING,   /* warnings of limit_note_rows(), by an API key's id: one an hour */
	LIMIT_REFUSALS,       /* refused logins that are kept (handlers/login_outcome.h) */
	LIMIT_N
};

/* Takes a token of the key. Returns ERR_NONE, or ERR_RATE with req->retry_after_s if there is none
 * left. */
enum err limit_take(struct request *req, enum limit limit, const char *key);
/* Does the same with as many tokens again, which are kept for whom it serves. */
enum err limit_take_reserved(struct request *req, enum limit limit, const char *key);
/* Returns the same for the request's API key, which has a rate of its own. */
enum err limit_take_of_api_key(struct request *req);
/* Returns what limit_take() does without taking one. */
enum err limit_look(struct request *req, enum limit limit, const char *key);
/* Gives back a token that was taken. */
void limit_give_back(const struct request *req, enum limit limit, const char *key);
/* Takes a token if there is one, and refuses nothing. Returns whether there was one. */
bool limit_note(struct request *req, enum limit limit, const char *key);
/* Returns whether one that was taken has not come back yet, and refuses nothing. */
bool limit_is_noted(const struct request *req, enum limit limit, const char *key);
/* Returns whether there is none left, and refuses nothing. */
bool limit_is_reached(const struct request *req, enum limit limit, const char *key);
/* Counts users or members that the request reads, if it has an API key; a look-up that finds nobody
 * counts as one. Over rates.key_rows_per_hour a line of the log and a metric warn of the key, once
 * an hour; nothing is refused. */
void limit_note_rows(struct request *req, size_t n_rows);

#endif
