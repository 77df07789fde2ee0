#include "api_key.h"
#include "command.h"
#include "request.h"

enum { TENANT, NAME, SCOPES };

_Static_assert(SCOPE_READ == 1 << 0 && SCOPE_WRITE == 1 << 1 && SCOPE_ADMIN == 1 << 2,
	"the places of --scopes' words");

static int add(struct ctl *ctl, const struct argument *arguments)
{
	char text[SECRET_TOKEN_SIZE + 1];
	enum err err = api_key_add(ctl->db, arguments[TENANT].number, arguments[NAME].text,
		(unsigned)arguments[SCOPES].number, text);

	if (err != ERR_NONE)
		return ctl_status(err, CTL_NO_TENANT);
	puts(text);
	fputs("This key is not shown again. Callers send it as \"Authorization: Bearer KEY\".\n",
		stderr);
	return EXIT_SUCCESS;
}

const struct command command_key_add = {
	.name = "key add",
	.arguments = "--tenant ID --name NAME --scopes read,write,admin",
	.summary = "Makes an API key of a tenant's server and prints it, this once",
	.details = "--scopes takes one or more of these, and write does not imply read.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = add,
};
