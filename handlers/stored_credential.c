#include "address.h"
#include "admin_cookie.h"
#include "conf.h"
#include "cors.h"
#include "counters.h"
#include "credential.h"
#include "db.h"
#include "encoding.h"
#include "endpoint.h"
#include "limit.h"
#include "request.h"
#include "secret.h"
#include "stored_credential.h"
#include "str.h"

struct presented {
	const char *text, *client; /* client: the address; NULL: not limited */
	uint8_t hash[CRYPTO_HASH_SIZE];
	char name[2 * CRYPTO_HASH_SIZE + 1]; /* the hash as text */
};

static void presented_init(struct presented *presented, struct request *req, const char *text)
{
	presented->text = text;
	presented->client = req->conf->rates_by_address ? address_of_client(req) : NULL;
	crypto_sha256(text, strlen(text), presented->hash);
	encode_hex(presented->hash, CRYPTO_HASH_SIZE, presented->name);
}

/* A stranger's guesses are told from what others present from the same address. */
static enum err stored_credential_check_address(
	struct request *req, const struct presented *presented)
{
	if (presented->client == NULL ||
		!limit_is_reached(req, LIMIT_CREDENTIALS, presented->client) ||
		secret_token_is_own(db_keys(req->db), presented->text) ||
		limit_is_noted(req, LIMIT_KNOWN, presented->name))
		return ERR_NONE;
	return limit_look(req, LIMIT_CREDENTIALS, presented->client);
}

/* Access tokens are too many for it, and those without a tag end within two hours. */
static bool is_kept_as_known(const char *text)
{
	return !str_starts_with(text, SECRET_TOKEN_PREFIX_ACCESS);
}

static void stored_credential_note_unknown(
	struct request *req, const struct presented *presented)
{
	limit_note(req, LIMIT_UNKNOWN, presented->name);
	if (presented->client != NULL)
		limit_note(req, LIMIT_CREDENTIALS, presented->client);
}

enum err stored_credential_look_up(struct request *req, const char *text,
	enum err (*find)(struct db *, const uint8_t[CRYPTO_HASH_SIZE], struct principal *))
{
	struct presented presented;
	enum err err;

	presented_init(&presented, req, text);
	err = stored_credential_check_address(req, &presented);
	if (err == ERR_NONE && limit_is_reached(req, LIMIT_UNKNOWN, presented.name))
		return request_fail(req, ERR_UNAUTHORIZED, "unknown a moment ago");
	if (err == ERR_NONE)
		err = find(req->db, presented.hash, &req->principal);
	if (err == ERR_UNAUTHORIZED)
		stored_credential_note_unknown(req, &presented);
	if (err == ERR_NONE && is_kept_as_known(text))
		limit_note(req, LIMIT_KNOWN, presented.name);
	return err;
}

bool stored_credential_has_own_token(const struct request *req)
{
	const char *text = credential_of(req).text;

	return text != NULL && secret_token_is_well_formed(SECRET_TOKEN_PREFIX_ACCESS, text) &&
		secret_token_is_own(db_keys(req->db), text);
}

enum err stored_credential_check_page(struct request *req)
{
	if (cors_origin(req) != NULL) {
		if (req->endpoint->begins_session && !admin_cookie_is_cross_site(req))
			return ERR_NONE;
		counter_add(COUNTER_PAGE_KEYS, 1);
		return request_fail(req, ERR_UNAUTHORIZED, "an API key from a web page");
	}
	return ERR_NONE;
}
