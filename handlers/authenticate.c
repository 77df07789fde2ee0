#include "address.h"
#include "admin/admin_credential.h"
#include "api_key_find.h"
#include "authenticate.h"
#include "conf.h"
#include "counters.h"
#include "credential.h"
#include "crypto.h"
#include "endpoint.h"
#include "limit.h"
#include "maintenance.h"
#include "request.h"
#include "secret.h"
#include "setting.h"
#include "stored_credential.h"
#include "str.h"
#include "tenant.h"
#include "token.h"
#include "trusted_network.h"

static enum err authenticate_key(struct request *req, const char *text)
{
	uint8_t hash[CRYPTO_HASH_SIZE];
	enum err err = stored_credential_check_page(req);

	if (err != ERR_NONE)
		return err;
	crypto_sha256(text, strlen(text), hash);
	if (api_key_recall(req->db, hash, &req->principal))
		return ERR_NONE;
	if (!secret_token_is_well_formed(SECRET_TOKEN_PREFIX_KEY, text))
		return request_fail(req, ERR_UNAUTHORIZED, "malformed API key");
	err = stored_credential_look_up(req, text, api_key_find);
	return err == ERR_UNAUTHORIZED ? request_fail(req, err, STORED_CREDENTIAL_UNKNOWN_KEY)
				       : err;
}

static enum err authenticate_token(struct request *req, const char *token)
{
	const bool is_well_formed = secret_token_is_well_formed(SECRET_TOKEN_PREFIX_ACCESS, token);
	enum err err = ERR_UNAUTHORIZED;

	if (is_well_formed)
		err = stored_credential_look_up(req, token, token_find);
	/* A login puts right what is wrong with an old token. */
	if (endpoint_is_open(req->endpoint) &&
		(err == ERR_UNAUTHORIZED || err == ERR_TOKEN_EXPIRED || err == ERR_TOKEN_REVOKED))
		return ERR_NONE;
	return is_well_formed ? err : request_fail(req, err, "malformed access token");
}

static enum err authenticate_network(struct request *req)
{
	const char *name = endpoint_is_open(req->endpoint) ? NULL : trusted_network_key(req);
	enum err err;

	if (name == NULL)
		return ERR_NONE;
	err = api_key_find_named(req->db, name, &req->principal);
	if (err == ERR_UNAUTHORIZED)
		request_fail(req, err, STORED_CREDENTIAL_UNKNOWN_KEY);
	req->principal.scopes &= SCOPE_READ | SCOPE_WRITE;
	req->principal.is_by_network = err == ERR_NONE;
	counter_add(COUNTER_TRUSTED_NETWORK, req->principal.is_by_network);
	return err;
}

static enum err find_principal(struct request *req)
{
	const struct credential credential = credential_of(req);
	const char *text = credential.text;

	if (text == NULL && (req->endpoint->access & ACCESS_BY_ADMIN) != 0)
		return admin_credential_of_session(req);
	if (text == NULL)
		return req->authorization == NULL ? authenticate_network(req) : ERR_NONE;
	if (credential.is_contradicted)
		return request_fail(req, ERR_UNAUTHORIZED, "two credentials");
	if (str_starts_with(text, SECRET_TOKEN_PREFIX_ACCESS))
		return authenticate_token(req, text);
	if (str_starts_with(text, SECRET_TOKEN_PREFIX_OPERATOR) && !credential.is_in_query &&
		req->conf->admin_api)
		return admin_credential_of_operator(req, text);
	if (!str_starts_with(text, SECRET_TOKEN_PREFIX_KEY))
		return endpoint_is_open(req->endpoint)
			? ERR_NONE
			: request_fail(req, ERR_UNAUTHORIZED, "no credential of this service");
	if (credential.is_in_query)
		return request_fail(req, ERR_UNAUTHORIZED, "an API key in the URL");
	return authenticate_key(req, text);
}

/* Whoever has got hold of a key tries it from an address that is not among its networks: that
 * counts as an unknown credential does. */
static enum err refuse_network(struct request *req, const char *reason)
{
	const char *client = req->conf->rates_by_address ? address_of_client(req) : NULL;
	enum err err = client == NULL ? ERR_NONE : limit_take(req, LIMIT_CREDENTIALS, client);

	return err == ERR_NONE ? request_fail(req, ERR_KEY_NETWORK, reason) : err;
}

static enum err check_admin_network(struct request *req)
{
	switch (req->principal.kind) {
	case PRINCIPAL_OPERATOR:
		return address_is_operators(req) ? ERR_NONE
						 : refuse_network(req, "not from ops.networks");
	case PRINCIPAL_API_KEY:
		return address_is_admins(req) ? ERR_NONE
					      : refuse_network(req, "not from admin.networks");
	default:
		return ERR_NONE;
	}
}

static enum err check_key_network(struct request *req)
{
	if (!address_is_of_key(req))
		return refuse_network(req, "the API key is not for this address");
	return (req->endpoint->access & ACCESS_BY_ADMIN) != 0 ? check_admin_network(req)
							       : ERR_NONE;
}

static enum err check_key_rate(struct request *req)
{
	if (req->principal.kind != PRINCIPAL_API_KEY || req->principal.rate_per_s == 0)
		return ERR_NONE;
	return limit_take_of_api_key(req);
}

/* A token is looked up again, since it may have been revoked on another host. */
static enum err read_after_write(struct request *req)
{
	const struct principal *principal = &req->principal;
	bool is_set;
	enum err err;

	if (principal->kind == PRINCIPAL_ANONYMOUS)
		return ERR_NONE;
	err = setting_read_after_write(req->db, principal->tenant_id, &is_set);
	return err == ERR_NONE && is_set && principal->kind == PRINCIPAL_ACCESS_TOKEN
		? find_principal(req)
		: err;
}

/* A database in maintenance cannot tell whose credential it is. err: of what came before. */
static enum err check_state(struct request *req, enum err err)
{
	const bool is_on = maintenance_is_on(req->db, req->maintenance);

	if ((req->endpoint->access & ACCESS_OPERATOR) != 0)
		return err;
	if (is_on)
		return ERR_MAINTENANCE;
	if (err == ERR_NONE && !req->maintenance->is_known)
		return request_fail(req, ERR_BUSY,
			"the database does not say whether there is maintenance");
	return err;
}

enum err authenticate(struct request *req)
{
	enum err err = find_principal(req);

	if (err == ERR_NONE)
		err = check_key_network(req);
	if (err == ERR_NONE)
		err = check_key_rate(req);
	if (err == ERR_NONE)
		err = request_check_access(req);
	if (err == ERR_NONE)
		err = read_after_write(req);
	if (err == ERR_NONE || err == ERR_BUSY)
		err = check_state(req, err);
	if (err == ERR_NONE && tenant_is_disabled(req->db, req->principal.tenant_id))
		err = ERR_TENANT_DISABLED;
	return err;
}
