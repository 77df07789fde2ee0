#include "asker_of.h"
#include "request.h"

struct asker asker_of(const struct request *req)
{
	const struct caller *caller = &req->caller;
	struct asker asker = {
		.tenant_id = caller->tenant_id,
		.is_person = caller->kind == CALLER_ACCESS_TOKEN,
		.name = caller->name,
	};

	memcpy(asker.account_id, caller->account_id, sizeof(asker.account_id));
	return asker;
}
