/*
 * Any headers and query as credentials, at endpoints that take them anywhere and elsewhere. What is
 * found stands in the request; a text is well-formed only with the right checksum; the challenge is
 * one header that holds nothing of it.
 *
 * An input is a byte that chooses the endpoint, then lines: Authorization twice, Token, query.
 */
#include "arena.h"
#include "credential.h"
#include "endpoint.h"
#include "endpoints.h"
#include "fuzz.h"
#include "params.h"
#include "request.h"
#include "secret.h"
#include "str.h"

static const enum err errors[] = {ERR_UNAUTHORIZED, ERR_TOKEN_EXPIRED, ERR_TOKEN_REVOKED};

static void check_token(const char *text)
{
	char changed[SECRET_TOKEN_SIZE + 1];

	if (!secret_token_is_well_formed(SECRET_TOKEN_PREFIX_KEY, text))
		return;
	memcpy(changed, text, sizeof(changed));
	changed[10] = changed[10] == 'a' ? 'b' : 'a';
	if (secret_token_is_well_formed(SECRET_TOKEN_PREFIX_KEY, changed))
		BUG("a typing error of %s is well-formed", text);
	if (secret_token_is_well_formed(SECRET_TOKEN_PREFIX_ACCESS, text))
		BUG("%s is of both kinds", text);
}

static void check_challenge(struct request *req, const char *text)
{
	const struct buf *headers = &req->response.headers;

	credential_write_challenge(req);
	if (!str_starts_with(headers->data, "WWW-Authenticate: Bearer") ||
		strstr(headers->data, "\r\n") != headers->data + headers->size - 2)
		BUG("a challenge is no header: %s", headers->data);
	if (text != NULL && strlen(text) > 20 && strstr(headers->data, text) != NULL)
		BUG("a challenge holds the credential: %s", headers->data);
}

static void check(struct request *req)
{
	const struct credential credential = credential_of(req);

	fuzz_check_text("a credential", credential.text);
	if (!req->dialect->takes_token_anywhere &&
		(credential.is_in_query || credential.is_contradicted))
		BUG("a credential is taken where the dialect takes none");
	if (credential.text == NULL && !str_is_empty(credential_bearer(req)))
		BUG("a bearer is overlooked: %s", credential_bearer(req));
	if (credential.text != NULL)
		check_token(credential.text);
	if (credential_has_key(req) && !str_starts_with(credential.text, "wxk_"))
		BUG("%s passes for a key", credential.text);
	check_challenge(req, credential.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input;
	struct request req = {.conf = fuzz_conf(), .arena = fuzz_begin(&input, bytes, size)};
	const unsigned choice = fuzz_take_byte(&input);
	const char *const names[] = {
		"HTTP_AUTHORIZATION", "HTTP_AUTHORIZATION", "HTTP_TOKEN", "QUERY_STRING"};
	char *environment[5] = {NULL};
	int64_t length;

	for (size_t i = 0; i < 4; i++)
		environment[i] = arena_printf(req.arena, "%s=%s", names[i], fuzz_take_line(&input));
	params_read(environment, &req, &length);
	req.endpoint = endpoints[choice % endpoint_count(endpoints)];
	req.dialect = req.endpoint->dialect;
	req.err = errors[choice % 3];
	check(&req);
	buf_release(&req.response.headers);
	return 0;
}
