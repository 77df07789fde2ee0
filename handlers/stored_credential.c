#include "address.h"
#include "admin_cookie.h"
#include "conf.h"
#include "cors.h"
#include "counters.h"
#include "encoding.h"
#include "endpoint.h"
#include "limit.h"
#include "request.h"
#include "stored_credential.h"

enum err stored_credential_look_up(struct request *req, const uint8_t hash[CRYPTO_HASH_SIZE],
	enum err (*find)(struct db *, const uint8_t[CRYPTO_HASH_SIZE], struct principal *))
{
	const char *client = req->conf->rates_by_address ? address_of_client(req) : NULL;
	char name[2 * CRYPTO_HASH_SIZE + 1];
	enum err err = ERR_NONE;

	encode_hex(hash, CRYPTO_HASH_SIZE, name);
	if (client != NULL)
		err = limit_look(req, LIMIT_CREDENTIALS, client);
	if (err == ERR_NONE && limit_is_reached(req, LIMIT_UNKNOWN, name))
		return request_fail(req, ERR_UNAUTHORIZED, "unknown a moment ago");
	if (err == ERR_NONE)
		err = find(req->db, hash, &req->principal);
	if (err != ERR_UNAUTHORIZED)
		return err;
	limit_note(req, LIMIT_UNKNOWN, name);
	if (client != NULL)
		limit_note(req, LIMIT_CREDENTIALS, client);
	return err;
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
