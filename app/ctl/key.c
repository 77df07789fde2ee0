#include "api_key.h"
#include "clock.h"
#include "command.h"
#include "request.h"

enum { TENANT, NAME, SCOPES, RATE };

_Static_assert(SCOPE_READ == 1 << 0 && SCOPE_WRITE == 1 << 1 && SCOPE_ADMIN == 1 << 2,
	"the places of --scopes' words");

static int add_key(struct ctl *ctl, const struct argument *arguments)
{
	const struct api_key key = {
		.tenant_id = arguments[TENANT].number,
		.name = arguments[NAME].text,
		.scopes = arguments[SCOPES].number,
		.rate_per_s = arguments[RATE].text == NULL ? API_KEY_RATE_PER_S
							   : arguments[RATE].number,
	};
	char text[SECRET_TOKEN_SIZE + 1];
	enum err err = api_key_add(ctl->db, &key, text);

	if (err != ERR_NONE)
		return ctl_status(err, CTL_NO_TENANT);
	puts(text);
	fputs("This key is not shown again. Callers send it as \"Authorization: Bearer KEY\".\n",
		stderr);
	return EXIT_SUCCESS;
}

#define DAY_SIZE sizeof("-2147483648-10-10")

static void write_day(int64_t instant_us, char day_r[DAY_SIZE])
{
	struct civil day;

	clock_to_civil(instant_us, CLOCK_LOCAL_OFFSET_S, &day);
	if (instant_us == 0)
		snprintf(day_r, DAY_SIZE, "-");
	else
		snprintf(day_r, DAY_SIZE, "%04d-%02d-%02d", day.year, day.month, day.day);
}

static void print_key(void *ctx, const struct api_key *key)
{
	char created[DAY_SIZE], revoked[DAY_SIZE];

	ctl_print_heading(ctx);
	write_day(key->created_us, created);
	write_day(key->revoked_us, revoked);
	printf("%6d  %6d  %-5s %-6s %-6s %7d  %-10s  %-10s  %s\n", key->id, key->tenant_id,
		(key->scopes & SCOPE_READ) != 0 ? "read" : "-",
		(key->scopes & SCOPE_WRITE) != 0 ? "write" : "-",
		(key->scopes & SCOPE_ADMIN) != 0 ? "admin" : "-", key->rate_per_s, created, revoked,
		key->name);
}

static int list_keys(struct ctl *ctl, const struct argument *arguments)
{
	const char *heading = "    ID  TENANT  READ  WRITE  ADMIN     RATE  "
			      "CREATED     REVOKED     NAME";

	(void)arguments;
	return ctl_end_list(api_key_list(ctl->db, print_key, &heading), &heading, "");
}

static int revoke_key(struct ctl *ctl, const struct argument *arguments)
{
	const int32_t id = arguments[0].number;

	return ctl_done(api_key_revoke(ctl->db, id),
		"there is no such key, or it is revoked already; see: wxuserctl key list",
		"Key %d is revoked.", id);
}

const struct command command_key_add = {
	.name = "key add",
	.arguments = "--tenant ID --name NAME --scopes read,write,admin [--rate N]",
	.summary = "Creates an API key for a tenant's server and prints it once",
	.details = "--scopes takes one or more of these. write does not imply read. --rate is how\n"
		   "many requests a second each host takes from the key: 1000 if it is left out.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = add_key,
};

const struct command command_key_list = {
	.name = "key list",
	.arguments = "",
	.summary = "Lists the API keys, without the keys themselves",
	.details = "The keys are not stored, only their hashes. Days are in UTC+8.\n",
	.needs = NEEDS_DB,
	.run = list_keys,
};

const struct command command_key_revoke = {
	.name = "key revoke",
	.arguments = "ID",
	.summary = "Revokes an API key",
	.details = "It holds at once on this host, within five seconds on the others.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = revoke_key,
};
