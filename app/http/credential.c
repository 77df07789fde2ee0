#include "arena.h"
#include "credential.h"
#include "endpoint.h"
#include "request.h"
#include "secret.h"
#include "str.h"
#include "urlencoded.h"

const char *credential_bearer(const struct request *req)
{
	static const char scheme[] = "Bearer ";
	const char *text = req->authorization;

	if (text == NULL || !str_starts_with_nocase(text, scheme))
		return NULL;
	text += strlen(scheme);
	return text + strspn(text, " ");
}

static void credential_add(struct credential *credential, const char *text)
{
	if (str_is_empty(text))
		return;
	if (credential->text == NULL)
		credential->text = text;
	else if (strcmp(credential->text, text) != 0)
		credential->is_contradicted = true;
}

static void credential_add_query(struct credential *credential, const struct request *req)
{
	char *query = arena_strdup(req->arena, req->query);
	struct urlencoded pairs;
	struct pair pair;

	if (query == NULL)
		return;
	urlencoded_init(&pairs, req->arena, query, strlen(query));
	while (urlencoded_next(&pairs, &pair)) {
		if (str_equal_nocase(pair.name, "token"))
			credential_add(credential, pair.value);
	}
	credential->is_in_query = credential->text != NULL;
}

struct credential credential_of(const struct request *req)
{
	struct credential credential = {0};

	if (req->dialect->takes_token_anywhere) {
		credential_add_query(&credential, req);
		credential_add(&credential, req->token_header);
	}
	credential_add(&credential, credential_bearer(req));
	return credential;
}

bool credential_has_key(const struct request *req)
{
	const char *text = credential_of(req).text;

	return text != NULL && secret_token_is_well_formed(SECRET_TOKEN_PREFIX_KEY, text);
}

static const char *credential_problem(enum err err)
{
	switch (err) {
	case ERR_TOKEN_EXPIRED:
		return "The access token has expired or was renewed";
	case ERR_TOKEN_REVOKED:
		return "The access token was revoked";
	default:
		return "The credential is not known";
	}
}

/* A request that presents nothing is told no error (RFC 6750, 3.1). */
void credential_write_challenge(struct request *req)
{
	const char *value = "Bearer";

	if (credential_of(req).text != NULL)
		value = arena_printf(req->arena,
			"Bearer error=\"invalid_token\", error_description=\"%s\"",
			credential_problem(req->err));
	response_tell(req, HEADER_WWW_AUTHENTICATE, value);
}
