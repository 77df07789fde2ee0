/*
 * The principal of a request: a tenant's server that presented an API key, a person who presented
 * an access token, or an operator. The server sees every row of its tenant, the person only the
 * rows of their own account. An operator has no tenant and steers the service. A principal that
 * presented nothing is anonymous and owns nothing.
 */
#ifndef PRINCIPAL_H
#define PRINCIPAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uuid.h"

/* What an API key allows; a set. */
enum scope {
	SCOPE_READ = 1,
	SCOPE_WRITE = 2,
	SCOPE_ADMIN = 4,
	SCOPE_WECHAT = 8, /* WeChat's tokens of the tenant's apps */
};

#define PRINCIPAL_N_SCOPES 4
/* Returns the name of the scope 1 << place, as commands and /v1 have it; NULL behind the last. */
const char *principal_scope_name(size_t place);

struct principal {
	enum {
		PRINCIPAL_ANONYMOUS,
		PRINCIPAL_API_KEY,
		PRINCIPAL_ACCESS_TOKEN,
		PRINCIPAL_OPERATOR,
	} kind;
	int32_t tenant_id; /* 0 of an operator */
	const char *name; /* for the log and the audit: the key's name, "wechat_user 7" */
	/* Of an API key; of an operator the first one. */
	int32_t key_id;
	int32_t rate_per_s; /* requests that each host takes; 0: any number */
	int32_t scopes;     /* of enum scope */
	const char *networks; /* that it may be sent from, as network.h reads them; "": any */
	bool is_by_network; /* auth.trusted_networks gave the key; the request presented none */
	/* Of an access token. Of a key: the session of the Admin API by which it came; 0: none. */
	int64_t token_id;
	int32_t wechat_user_id;
	int32_t opened_by; /* the API key whose server opened its login; 0: the person did */
	struct uuid account_id;
	const char *openid;
};

static inline bool principal_is_person(const struct principal *principal)
{
	return principal->kind == PRINCIPAL_ACCESS_TOKEN;
}

/* Whether a row of the principal's tenant is the principal's to see. account_id: the row's account;
 * nil if the row has none, which no person owns. */
bool principal_owns(const struct principal *principal, struct uuid account_id);

#endif
