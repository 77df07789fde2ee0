#include "admin/admin_credential.h"
#include "admin_cookie.h"
#include "admin_session.h"
#include "endpoint.h"
#include "operator_key.h"
#include "request.h"
#include "secret.h"
#include "stored_credential.h"

enum err admin_credential_of_operator(struct request *req, const char *text)
{
	enum err err = stored_credential_check_page(req);

	if (err != ERR_NONE)
		return err;
	if (!secret_token_is_well_formed(SECRET_TOKEN_PREFIX_OPERATOR, text))
		return request_fail(req, ERR_UNAUTHORIZED, "malformed operator key");
	err = stored_credential_look_up(req, text, operator_key_find);
	return err == ERR_UNAUTHORIZED ? request_fail(req, err, STORED_CREDENTIAL_UNKNOWN_KEY)
				       : err;
}

/* The browser sends the cookie with whatever page made it ask. */
enum err admin_credential_of_session(struct request *req)
{
	const char *text = admin_cookie_of(req);
	enum err err;

	if (text == NULL || req->endpoint->begins_session)
		return ERR_NONE;
	if (admin_cookie_is_cross_site(req))
		return request_fail(req, ERR_FORBIDDEN, "a request of another site's page");
	if (!secret_token_is_well_formed(SECRET_TOKEN_PREFIX_SESSION, text))
		return request_fail(req, ERR_UNAUTHORIZED, "malformed session");
	err = stored_credential_look_up(req, text,
		req->endpoint->shows_session ? admin_session_find_unused : admin_session_find);
	return err == ERR_UNAUTHORIZED ? request_fail(req, err, "unknown or ended session") : err;
}
