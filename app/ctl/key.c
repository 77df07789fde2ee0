#include <string.h>

#include "api_key.h"
#include "clock.h"
#include "command.h"
#include "network.h"
#include "request.h"

enum { TENANT, NAME, SCOPES, RATE, NETWORKS, APPS };
enum { SET_ID, SET_RATE, SET_NETWORKS, SET_APPS };

_Static_assert(SCOPE_READ == 1 << 0 && SCOPE_WRITE == 1 << 1 && SCOPE_ADMIN == 1 << 2 &&
		SCOPE_WECHAT == 1 << 3,
	"the places of --scopes' words");

#define ANY "any"

/* A list that an argument has; "any" is the empty one. NULL: the argument is left out. */
static const char *read_list(const struct argument *argument)
{
	return argument->text != NULL && strcmp(argument->text, ANY) == 0 ? "" : argument->text;
}

/* Prints what is wrong with the networks. Returns the exit status. */
static int check_networks(const char *networks)
{
	const char *word;
	size_t size;

	if (networks == NULL || !network_list_find_problem(networks, &word, &size))
		return EXIT_SUCCESS;
	return ctl_fail("--networks: %.*s is no network; write 192.0.2.7, 10.1.2.0/24 or " ANY,
		(int)size, word);
}

/* reason: why there is ERR_PARAMETER if db/ gives no reason. */
static int key_status(struct ctl *ctl, enum err err, const char *reason)
{
	const char *given = db_reason(ctl->db, err);

	return ctl_status(err, given != NULL ? given : reason);
}

static int add_key(struct ctl *ctl, const struct argument *arguments)
{
	struct api_key key = {
		.tenant_id = arguments[TENANT].number,
		.name = arguments[NAME].text,
		.scopes = arguments[SCOPES].number,
		.rate_per_s = arguments[RATE].text == NULL ? API_KEY_RATE_PER_S
							   : arguments[RATE].number,
		.networks = read_list(&arguments[NETWORKS]),
		.apps = read_list(&arguments[APPS]),
	};
	char text[SECRET_TOKEN_SIZE + 1];
	enum err err;

	if (check_networks(key.networks) != EXIT_SUCCESS ||
		((key.scopes & SCOPE_ADMIN) != 0 && ctl_need_admin_api(ctl) != EXIT_SUCCESS))
		return EXIT_FAILURE;
	err = api_key_add(ctl->db, &key, text);
	if (err != ERR_NONE)
		return key_status(ctl, err, CTL_NO_TENANT);
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

static const char *any_if_empty(const char *list)
{
	return *list == '\0' ? ANY : list;
}

static void print_key(void *ctx, const struct api_key *key)
{
	char created[DAY_SIZE], revoked[DAY_SIZE];

	ctl_print_heading(ctx);
	write_day(key->created_us, created);
	write_day(key->revoked_us, revoked);
	printf("%6d  %6d  %-5s %-6s %-6s %-7s %7d  %-10s  %-10s  %-15s  %-18s  %s\n", key->id,
		key->tenant_id, (key->scopes & SCOPE_READ) != 0 ? "read" : "-",
		(key->scopes & SCOPE_WRITE) != 0 ? "write" : "-",
		(key->scopes & SCOPE_ADMIN) != 0 ? "admin" : "-",
		(key->scopes & SCOPE_WECHAT) != 0 ? "wechat" : "-", key->rate_per_s, created,
		revoked, any_if_empty(key->networks), any_if_empty(key->apps), key->name);
}

static int list_keys(struct ctl *ctl, const struct argument *arguments)
{
	const char *heading =
		"    ID  TENANT  READ  WRITE  ADMIN  WECHAT     RATE  CREATED     REVOKED     "
		"NETWORKS         APPS                NAME";

	(void)arguments;
	return ctl_end_list(api_key_list(ctl->db, print_key, &heading), &heading, "");
}

static int set_key(struct ctl *ctl, const struct argument *arguments)
{
	const struct api_key change = {
		.id = arguments[SET_ID].number,
		.rate_per_s = arguments[SET_RATE].number,
		.networks = read_list(&arguments[SET_NETWORKS]),
		.apps = read_list(&arguments[SET_APPS]),
	};
	enum err err;

	if (change.rate_per_s == 0 && change.networks == NULL && change.apps == NULL) {
		ctl_fail("say what to set: --rate N, --networks NETWORKS or --apps APPIDS");
		return EX_USAGE;
	}
	if (check_networks(change.networks) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	err = api_key_change(ctl->db, &change);
	if (err != ERR_NONE)
		return key_status(ctl, err, "there is no such key; see: wxuserctl key list");
	return ctl_done(err, "", "Key %d is changed.", change.id);
}

static int revoke_key(struct ctl *ctl, const struct argument *arguments)
{
	const int32_t id = arguments[0].number;

	return ctl_done(api_key_revoke(ctl->db, 0, id),
		"there is no such key, or it is revoked already; see: wxuserctl key list",
		"Key %d is revoked.", id);
}

#define KEY_LIMITS                                                                              \
	"--rate is how many requests a second each host takes from the key; a new key has\n"     \
	"1000. --networks are those from which it may be sent, as 192.0.2.7,10.1.2.0/24, and\n"  \
	"--apps the apps whose token of WeChat it may ask for, by their appids; \"any\" is no\n"  \
	"limit.\n"

const struct command command_key_add = {
	.name = "key add",
	.arguments = "--tenant ID --name NAME --scopes read,write,admin,wechat [--rate N] "
		     "[--networks NETWORKS] [--apps APPIDS]",
	.summary = "Creates an API key for a tenant's server and prints it once",
	.details = "--scopes takes one or more of these; none implies another. wechat gives out\n"
		   "WeChat's tokens of the tenant's apps and needs --networks.\n" KEY_LIMITS,
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

const struct command command_key_set = {
	.name = "key set",
	.arguments = "ID [--rate N] [--networks NETWORKS] [--apps APPIDS]",
	.summary = "Changes how often, from where and for which apps an API key may be used",
	.details = KEY_LIMITS
		"A change holds at once on this host, within five seconds on the others.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = set_key,
};

const struct command command_key_revoke = {
	.name = "key revoke",
	.arguments = "ID",
	.summary = "Revokes an API key",
	.details = "It holds at once on this host, within five seconds on the others.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = revoke_key,
};
