#include "clock.h"
#include "credential.h"
#include "dispatch.h"
#include "endpoint.h"
#include "heap.h"
#include "request.h"
#include "secret.h"
#include "service.h"
#include "str.h"

#define N_SLOTS 64
#define NAME_SIZE 64
#define FRESH_US (5 * 1000000)

struct slot {
	uint8_t hash[SECRET_HASH_SIZE];
	int64_t found_us;
	struct caller caller;
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

static bool recall(struct slot *slot, const uint8_t *hash, struct caller *caller_r)
{
	if (slot->found_us == 0 || clock_monotonic_us() - slot->found_us > FRESH_US ||
		!secret_equal(slot->hash, hash, SECRET_HASH_SIZE))
		return false;
	*caller_r = slot->caller;
	return true;
}

static void remember(struct slot *slot, const uint8_t *hash, const struct caller *caller)
{
	memcpy(slot->hash, hash, SECRET_HASH_SIZE);
	slot->found_us = clock_monotonic_us();
	slot->caller = *caller;
	snprintf(slot->name, sizeof(slot->name), "%s", caller->name);
	slot->caller.name = slot->name;
}

static enum err find_api_key(
	const struct dispatcher *dispatcher, struct request *req, const char *key)
{
	uint8_t hash[SECRET_HASH_SIZE];
	struct slot unkept = {0}, *slot = &unkept;
	int found;

	if (!secret_token_is_well_formed(SECRET_TOKEN_PREFIX_KEY, key))
		return request_fail(req, ERR_UNAUTHORIZED, "malformed API key");
	secret_sha256(key, strlen(key), hash);
	if (dispatcher->credentials != NULL)
		slot = &dispatcher->credentials->slots[hash[0] % N_SLOTS];
	if (recall(slot, hash, &req->caller))
		return ERR_NONE;
	found = dispatcher->service->find_api_key(dispatcher->state, hash, &req->caller);
	if (found < 0)
		return ERR_BUSY;
	if (found == 0)
		return request_fail(req, ERR_UNAUTHORIZED, "unknown or revoked API key");
	remember(slot, hash, &req->caller);
	return ERR_NONE;
}

static bool is_open(const struct request *req)
{
	return (req->endpoint->access & (ACCESS_ANYBODY | ACCESS_OPERATOR)) != 0;
}

/* NULL: none was sent. */
static const char *bearer_token(const struct request *req)
{
	static const char scheme[] = "Bearer ";
	const char *text = req->authorization;

	if (text == NULL || !str_starts_with_nocase(text, scheme))
		return NULL;
	text += strlen(scheme);
	return text + strspn(text, " ");
}

bool credential_has_key(const struct request *req)
{
	const char *token = bearer_token(req);

	return token != NULL && secret_token_is_well_formed(SECRET_TOKEN_PREFIX_KEY, token);
}

enum err credential_find(const struct dispatcher *dispatcher, struct request *req)
{
	const char *token = bearer_token(req);

	if (req->authorization == NULL || dispatcher->service->find_api_key == NULL)
		return ERR_NONE;
	if (token != NULL && str_starts_with(token, SECRET_TOKEN_PREFIX_KEY))
		return find_api_key(dispatcher, req, token);
	return is_open(req) ? ERR_NONE
			    : request_fail(req, ERR_UNAUTHORIZED, "no key of this service");
}

enum err credential_admit(const struct request *req)
{
	unsigned access = req->endpoint->access, scopes = req->caller.scopes;

	if (is_open(req))
		return ERR_NONE;
	if (req->caller.kind == CALLER_ANONYMOUS)
		return ERR_UNAUTHORIZED;
	if (((access & ACCESS_KEY_READ) != 0 && (scopes & SCOPE_READ) != 0) ||
		((access & ACCESS_KEY_WRITE) != 0 && (scopes & SCOPE_WRITE) != 0))
		return ERR_NONE;
	return ERR_FORBIDDEN;
}
