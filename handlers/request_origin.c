#include "address.h"
#include "arena.h"
#include "request.h"
#include "request_origin.h"

static const char *request_origin_who(const struct request *req)
{
	const struct principal *principal = &req->principal;
	char id[UUID_TEXT_SIZE];

	switch (principal->kind) {
	case PRINCIPAL_API_KEY:
		return arena_printf(req->arena, "key %d %s%s", principal->key_id, principal->name,
			principal->is_by_network   ? ", by network"
			: principal->token_id != 0 ? ", by session"
						   : "");
	case PRINCIPAL_OPERATOR:
		return arena_printf(req->arena, "operator %d %s%s", principal->key_id,
			principal->name, principal->token_id != 0 ? ", by session" : "");
	case PRINCIPAL_ACCESS_TOKEN:
		uuid_format(principal->account_id, id);
		return principal->opened_by == 0
			? arena_printf(req->arena, "account %s", id)
			: arena_printf(req->arena, "account %s, by key %d", id,
				  principal->opened_by);
	default:
		return "";
	}
}

struct audit_origin request_origin(const void *ctx)
{
	const struct request *req = ctx;
	const char *address = address_masked(req);

	return (struct audit_origin){
		.who = request_origin_who(req),
		.address = address == NULL ? "" : address,
		.request_id = req->id,
		.actor = AUDIT_ACTOR_ADMIN,
	};
}
