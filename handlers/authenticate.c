#include "api_key.h"
#include "arena.h"
#include "authenticate.h"
#include "clock.h"
#include "counters.h"
#include "credential.h"
#include "crypto.h"
#include "endpoint.h"
#include "heap.h"
#include "maintenance.h"
#include "request.h"
#include "secret.h"
#include "str.h"
#include "token.h"
#include "trusted_network.h"

#define N_KEYS 64
#define NAME_SIZE 64
#define FRESH_US (5 * CLOCK_SECOND_US)

struct cached_key {
	uint8_t hash[CRYPTO_HASH_SIZE];
	int64_t found_us; /* 0: empty */
	struct principal principal;
	char name[NAME_SIZE];
};

/* Direct-mapped by the first byte of the hash: a key has one place, which the last one takes. */
struct authenticator {
	struct cached_key keys[N_KEYS];
	struct maintenance_watch maintenance;
};

struct authenticator *authenticator_new(void)
{
	return heap_new_of(struct authenticator);
}

void authenticator_free(struct authenticator *authenticator)
{
	free(authenticator);
}

static bool cached_key_is_fresh(const struct cached_key *key, const uint8_t hash[CRYPTO_HASH_SIZE])
{
	return key->found_us != 0 && clock_monotonic_us() - key->found_us <= FRESH_US &&
		crypto_equal(key->hash, hash, CRYPTO_HASH_SIZE);
}

static void cached_key_set(struct cached_key *key, const uint8_t hash[CRYPTO_HASH_SIZE],
	const struct principal *principal)
{
	memcpy(key->hash, hash, CRYPTO_HASH_SIZE);
	key->found_us = clock_monotonic_us();
	key->principal = *principal;
	snprintf(key->name, sizeof(key->name), "%s", principal->name);
	key->principal.name = key->name;
}

/* By the key's text, or by its name. The hash of either tells which key is remembered. */
static enum err authenticate_key(struct request *req, const char *text, const char *name)
{
	uint8_t hash[CRYPTO_HASH_SIZE];
	struct cached_key *key;
	enum err err;

	crypto_sha256(text, strlen(text), hash);
	key = &req->authenticator->keys[hash[0] % N_KEYS];
	if (cached_key_is_fresh(key, hash)) {
		req->principal = key->principal;
		req->principal.name = arena_strdup(req->arena, key->name);
		return ERR_NONE;
	}
	if (name == NULL)
		err = api_key_find(req->db, hash, &req->principal);
	else
		err = api_key_find_named(req->db, name, &req->principal);
	if (err == ERR_UNAUTHORIZED)
		return request_fail(req, err, "unknown or revoked API key");
	if (err == ERR_NONE)
		cached_key_set(key, hash, &req->principal);
	return err;
}

static enum err authenticate_token(struct request *req, const char *token)
{
	const bool is_well_formed = secret_token_is_well_formed(SECRET_TOKEN_PREFIX_ACCESS, token);
	uint8_t hash[CRYPTO_HASH_SIZE];
	enum err err = ERR_UNAUTHORIZED;

	if (is_well_formed) {
		crypto_sha256(token, strlen(token), hash);
		err = token_find(req->db, hash, &req->principal);
	}
	/* A login puts right what is wrong with an old token. */
	if (endpoint_is_open(req->endpoint) &&
		(err == ERR_UNAUTHORIZED || err == ERR_TOKEN_EXPIRED))
		return ERR_NONE;
	return is_well_formed ? err : request_fail(req, err, "malformed access token");
}

static enum err authenticate_network(struct request *req)
{
	const char *name = endpoint_is_open(req->endpoint) ? NULL : trusted_network_key(req);
	enum err err;

	if (name == NULL)
		return ERR_NONE;
	err = authenticate_key(req, name, name);
	req->principal.scopes &= SCOPE_READ | SCOPE_WRITE;
	req->principal.is_by_network = err == ERR_NONE;
	counter_add(COUNTER_TRUSTED_NETWORK, req->principal.is_by_network);
	return err;
}

static enum err find_principal(struct request *req)
{
	const struct credential credential = credential_of(req);
	const char *text = credential.text;

	if (text == NULL)
		return req->authorization == NULL ? authenticate_network(req) : ERR_NONE;
	if (credential.is_contradicted)
		return request_fail(req, ERR_UNAUTHORIZED, "two credentials");
	if (str_starts_with(text, SECRET_TOKEN_PREFIX_ACCESS))
		return authenticate_token(req, text);
	if (!str_starts_with(text, SECRET_TOKEN_PREFIX_KEY))
		return endpoint_is_open(req->endpoint)
			? ERR_NONE
			: request_fail(req, ERR_UNAUTHORIZED, "no credential of this service");
	if (credential.is_in_query)
		return request_fail(req, ERR_UNAUTHORIZED, "an API key in the URL");
	if (!secret_token_is_well_formed(SECRET_TOKEN_PREFIX_KEY, text))
		return request_fail(req, ERR_UNAUTHORIZED, "malformed API key");
	return authenticate_key(req, text, NULL);
}

enum err authenticate(struct request *req)
{
	enum err err = find_principal(req);

	if (err == ERR_NONE)
		err = request_check_access(req);
	/* A database in maintenance cannot tell whose credential it is. */
	if ((err == ERR_NONE || err == ERR_BUSY) &&
		maintenance_is_on(req->db, &req->authenticator->maintenance))
		err = ERR_MAINTENANCE;
	return err;
}
