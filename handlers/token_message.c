#include "account.h"
#include "credential.h"
#include "request.h"
#include "secret.h"
#include "token.h"
#include "token_message.h"
#include "token_renewal.h"

/* Returns a well-formed token; NULL: nothing like one is presented. */
static const char *token_message_of(const struct request *req)
{
	const char *text = credential_bearer(req);

	return text != NULL && secret_token_is_well_formed(SECRET_TOKEN_PREFIX_ACCESS, text)
		? text
		: NULL;
}

enum err token_message_renew(
	struct request *req, struct access_token *token_r, struct account *account_r)
{
	const char *presented = token_message_of(req);
	struct principal owner = req->principal;
	enum err err;

	if (presented == NULL)
		return request_fail(req, ERR_UNAUTHORIZED, "no access token");
	err = token_renew(req->db, presented, token_r, &owner);
	if (err == ERR_NONE)
		err = account_by_wechat_user(
			req->db, owner.tenant_id, owner.wechat_user_id, account_r);
	/* The user has gone since the renewal. */
	if (err == ERR_USER_UNKNOWN || err == ERR_ACCOUNT_DISABLED)
		err = request_fail(req, ERR_TOKEN_REVOKED, err_name(err));
	return err;
}

enum err token_message_revoke(struct request *req)
{
	const char *presented = token_message_of(req);

	return presented == NULL ? ERR_NONE : token_revoke(req->db, presented);
}
