#include "arena.h"
#include "clock.h"
#include "credential.h"
#include "dispatch.h"
#include "endpoint.h"
#include "heap.h"
#include "counters.h"
#include "request.h"
#include "secret.h"
#include "service.h"
#include "str.h"
#include "trusted_network.h"
#include "urlencoded.h"

#define N_SLOTS 64
#define NAME_SIZE 64
#define FRESH_US (5 * CLOCK_SECOND_US)

struct slot {
	uint8_t hash[SECRET_HASH_SIZE];
	int64_t found_us;
	struct principal principal;
	char name[NAME_SIZE];
};

/* Direct-mapped: a key has one place, the last one there stays. Keys that were not found are
 * asked again. */
struct credential_cache {
	struct slot slots[N_SLOTS];
};

struct credential_cache *credential_cache_new(void)
{
	return heap_new_of(struct credential_cache);
}

void credential_cache_free(struct credential_cache *cache)
{
	free(cache);
}

static bool recall(struct slot *slot, const uint8_t *hash, struct principal *principal_r)
{
	if (slot->found_us == 0 || clock_monotonic_us() - slot->found_us > FRESH_US ||
		!secret_equal(slot->hash, hash, SECRET_HASH_SIZE))
		return false;
	*principal_r = slot->principal;
	return true;
}

static void remember(struct slot *slot, const uint8_t *hash, const struct principal *principal)
{
	memcpy(slot->hash, hash, SECRET_HASH_SIZE);
	slot->found_us = clock_monotonic_us();
	slot->principal = *principal;
	snprintf(slot->name, sizeof(slot->name), "%s", principal->name);
	slot->principal.name = slot->name;
}

/* By its name, or, without one, by the hash, which stands for either among the slots. */
static enum err find_key(const struct dispatcher *dispatcher, struct request *req,
	const uint8_t hash[SECRET_HASH_SIZE], const char *name)
{
	const struct service *service = dispatcher->service;
	struct slot unkept = {0}, *slot = &unkept;
	enum err err;

	if (dispatcher->credentials != NULL)
		slot = &dispatcher->credentials->slots[hash[0] % N_SLOTS];
	if (recall(slot, hash, &req->principal))
		return ERR_NONE;
	if (name == NULL)
		err = service->find_api_key(dispatcher->state, hash, &req->principal);
	else
		err = service->find_named_key(dispatcher->state, name, &req->principal);
	if (err == ERR_UNAUTHORIZED)
		return request_fail(req, err, "unknown or revoked API key");
	if (err != ERR_NONE)
		return err;
	remember(slot, hash, &req->principal);
	return ERR_NONE;
}

static enum err find_api_key(
	const struct dispatcher *dispatcher, struct request *req, const char *key)
{
	uint8_t hash[SECRET_HASH_SIZE];

	if (!secret_token_is_well_formed(SECRET_TOKEN_PREFIX_KEY, key))
		return request_fail(req, ERR_UNAUTHORIZED, "malformed API key");
	secret_sha256(key, strlen(key), hash);
	return find_key(dispatcher, req, hash, NULL);
}

static bool is_open(const struct request *req)
{
	return (req->endpoint->access & (ACCESS_ANYBODY | ACCESS_OPERATOR)) != 0;
}

const char *credential_bearer(const struct request *req)
{
	static const char scheme[] = "Bearer ";
	const char *text = req->authorization;

	if (text == NULL || !str_starts_with_nocase(text, scheme))
		return NULL;
	text += strlen(scheme);
	return text + strspn(text, " ");
}

/* What a request presents as its credential. */
struct presented {
	const char *text; /* the first; NULL: nothing */
	bool is_in_query;
	bool is_contradicted; /* by another */
};

static void present(struct presented *presented, const char *text)
{
	if (str_is_empty(text))
		return;
	if (presented->text == NULL)
		presented->text = text;
	else if (strcmp(presented->text, text) != 0)
		presented->is_contradicted = true;
}

static void present_query(struct presented *presented, const struct request *req)
{
	char *query = arena_strdup(req->arena, req->query);
	struct urlencoded pairs;
	struct pair pair;

	urlencoded_init(&pairs, req->arena, query, query == NULL ? 0 : strlen(query));
	while (urlencoded_next(&pairs, &pair)) {
		if (str_equal_nocase(pair.name, "token"))
			present(presented, pair.value);
	}
	presented->is_in_query = presented->text != NULL;
}

static struct presented find_presented(const struct request *req)
{
	struct presented presented = {0};

	if (req->dialect->takes_token_anywhere) {
		present_query(&presented, req);
		present(&presented, req->token_header);
	}
	present(&presented, credential_bearer(req));
	return presented;
}

static enum err find_access_token(
	const struct dispatcher *dispatcher, struct request *req, const char *token)
{
	uint8_t hash[SECRET_HASH_SIZE];
	enum err err = ERR_UNAUTHORIZED;

	if (secret_token_is_well_formed(SECRET_TOKEN_PREFIX_ACCESS, token)) {
		secret_sha256(token, strlen(token), hash);
		err = dispatcher->service->find_access_token(
			dispatcher->state, hash, &req->principal);
	}
	if (err == ERR_NONE)
		return ERR_NONE;
	/* A login puts right what is wrong with an old token. */
	if (is_open(req) && (err == ERR_UNAUTHORIZED || err == ERR_TOKEN_EXPIRED))
		return ERR_NONE;
	return request_fail(req, err, "access token");
}

static enum err find_by_network(const struct dispatcher *dispatcher, struct request *req)
{
	const char *name = is_open(req) ? NULL : trusted_network_key(req);
	uint8_t hash[SECRET_HASH_SIZE];
	enum err err;

	if (name == NULL)
		return ERR_NONE;
	secret_sha256(name, strlen(name), hash);
	err = find_key(dispatcher, req, hash, name);
	req->principal.scopes &= SCOPE_READ | SCOPE_WRITE;
	req->principal.is_by_network = err == ERR_NONE;
	counter_add(COUNTER_TRUSTED_NETWORK, req->principal.is_by_network);
	return err;
}

bool credential_has_key(const struct request *req)
{
	const char *token = find_presented(req).text;

	return token != NULL && secret_token_is_well_formed(SECRET_TOKEN_PREFIX_KEY, token);
}

enum err credential_find(const struct dispatcher *dispatcher, struct request *req)
{
	const struct presented presented = find_presented(req);
	const char *token = presented.text;

	if (dispatcher->service->find_api_key == NULL)
		return ERR_NONE;
	if (token == NULL)
		return req->authorization == NULL ? find_by_network(dispatcher, req) : ERR_NONE;
	if (presented.is_contradicted)
		return request_fail(req, ERR_UNAUTHORIZED, "two credentials");
	if (str_starts_with(token, SECRET_TOKEN_PREFIX_ACCESS))
		return find_access_token(dispatcher, req, token);
	if (str_starts_with(token, SECRET_TOKEN_PREFIX_KEY))
		return presented.is_in_query
			? request_fail(req, ERR_UNAUTHORIZED, "an API key in the URL")
			: find_api_key(dispatcher, req, token);
	return is_open(req)
		? ERR_NONE
		: request_fail(req, ERR_UNAUTHORIZED, "no credential of this service");
}

enum err credential_admit(const struct request *req)
{
	unsigned access = req->endpoint->access;
	int32_t scopes = req->principal.scopes;
	bool asks_for_a_scope = (access & (ACCESS_KEY_READ | ACCESS_KEY_WRITE)) != 0;

	if (is_open(req) && (req->principal.kind != PRINCIPAL_API_KEY || !asks_for_a_scope))
		return ERR_NONE;
	switch (req->principal.kind) {
	case PRINCIPAL_ANONYMOUS:
		return ERR_UNAUTHORIZED;
	case PRINCIPAL_ACCESS_TOKEN:
		return (access & ACCESS_OWN_TOKEN) != 0 ? ERR_NONE : ERR_FORBIDDEN;
	case PRINCIPAL_API_KEY:
		break;
	}
	if (((access & ACCESS_KEY_READ) != 0 && (scopes & SCOPE_READ) != 0) ||
		((access & ACCESS_KEY_WRITE) != 0 && (scopes & SCOPE_WRITE) != 0))
		return ERR_NONE;
	return ERR_FORBIDDEN;
}
