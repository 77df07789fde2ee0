#include "api_key.h"
#include "command.h"

enum { KEY };

static int revoke(struct ctl *ctl, const struct argument *arguments)
{
	const int32_t id = arguments[KEY].number;

	return ctl_done(api_key_revoke(ctl->db, id),
		"there is no such key, or it is revoked already; see: wxuserctl key list",
		"Key %d is revoked.", id);
}

const struct command command_key_revoke = {
	.name = "key revoke",
	.arguments = "ID",
	.summary = "Makes an API key invalid, within five seconds everywhere",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = revoke,
};
