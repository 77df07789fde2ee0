#include <string.h>

#include "admin/admin_key.h"
#include "api_key.h"
#include "api_key_list.h"
#include "argument_value.h"
#include "clock.h"
#include "command.h"
#include "listing.h"
#include "network.h"
#include "principal.h"
#include "shown.h"
#include "str.h"
#include "tenant.h"

enum { TENANT, NAME, SCOPES, RATE, NETWORKS, APPS, EXPIRES };
enum { SET_ID, SET_RATE, SET_NETWORKS, SET_APPS, SET_EXPIRES };
enum { ROTATE_ID, ROTATE_OVERLAP, ROTATE_EXPIRES };

#define KEYS_OF_PAGE 500
#define OVERLAP_DAYS 7
#define OVERLAP_DAYS_MAX 365

_Static_assert(SCOPE_READ == 1 << 0 && SCOPE_WRITE == 1 << 1 && SCOPE_ADMIN == 1 << 2 &&
		SCOPE_WECHAT == 1 << 3,
	"the places of --scopes' words");

#define ANY "any"
#define SCOPES_SIZE sizeof("read,write,admin,wechat")

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
	return ctl_fail_usage(
		"--networks: %.*s is no network; write 192.0.2.7, 10.1.2.0/24 or " ANY, (int)size,
		word);
}

/* reason: why there is ERR_PARAMETER if db/ gives no reason. */
static int key_status(struct ctl *ctl, enum err err, const char *reason)
{
	const char *given = db_reason(ctl->db, err);

	return ctl_status(err, given != NULL ? given : reason);
}

static void print_new_key(const char *text)
{
	puts(text);
	fputs("This key is not shown again. Callers send it as \"Authorization: Bearer KEY\".\n",
		stderr);
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
	int status = check_networks(key.networks);
	enum err err;

	if (status == EXIT_SUCCESS)
		status = argument_value_end(&arguments[EXPIRES], "--expires", &key.expires_us);
	if (status == EXIT_SUCCESS && (key.scopes & SCOPE_ADMIN) != 0)
		status = ctl_need_admin_api(ctl);
	if (status != EXIT_SUCCESS)
		return status;
	err = api_key_add(ctl->db, &key, NULL, text);
	if (err != ERR_NONE)
		return key_status(ctl, err, CTL_NO_TENANT);
	print_new_key(text);
	return EXIT_SUCCESS;
}

#define DAY_SIZE sizeof("-2147483648-10-10")

static const char *write_day(int64_t instant_us, char day_r[DAY_SIZE])
{
	struct civil day;

	clock_to_civil(instant_us, CLOCK_LOCAL_OFFSET_S, &day);
	if (instant_us == 0)
		snprintf(day_r, DAY_SIZE, "-");
	else
		snprintf(day_r, DAY_SIZE, "%04d-%02d-%02d", day.year, day.month, day.day);
	return day_r;
}

/* The last day on which it can be used. */
static const char *write_end(int64_t expires_us, char day_r[DAY_SIZE])
{
	if (expires_us != 0 && expires_us <= clock_now_us())
		return "ended";
	return write_day(expires_us == 0 ? 0 : expires_us - 1, day_r);
}

static const char *any_if_empty(const char *list)
{
	return *list == '\0' ? ANY : list;
}

static const char *joined(const struct string_list *words, char *text, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < words->n_items; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%s", i == 0 ? "" : ",",
			words->items[i]);
	return text;
}

static void print_key(const void *row)
{
	const struct key_answer *key = row;
	char created[DAY_SIZE], revoked[DAY_SIZE], end[DAY_SIZE], scopes[SCOPES_SIZE];
	char successor[sizeof("-2147483648")] = "-";

	if (key->successor_id != 0)
		snprintf(successor, sizeof(successor), "%d", key->successor_id);
	printf("%6d  %6d  %-23s %7d  %-10s  %-10s  %-10s  %-10s  %9s  %-15s  %-18s  %s\n", key->id,
		key->tenant_id, joined(&key->scopes, scopes, sizeof(scopes)), key->rate_per_s,
		write_day(key->created_us, created), write_day(key->revoked_us, revoked),
		write_end(key->expires_us, end), key->used_on == NULL ? "-" : key->used_on,
		successor, any_if_empty(key->networks), any_if_empty(key->apps),
		shown_text(key->name));
}

struct key_print {
	struct listing listing;
	int64_t now_us;
};

static void show_key(void *ctx, const struct api_key *key)
{
	struct key_print *print = ctx;
	const struct key_answer shown = admin_key_from(print->listing.ctl->arena, key);
	char end[DAY_SIZE];

	listing_add(&print->listing, &shown);
	if (api_key_ends_soon(key, print->now_us))
		fprintf(stderr, "wxuserctl: warning: key %d, %s, expires on %s; to replace it "
				"run: wxuserctl key rotate %d\n", key->id, shown_text(key->name),
			write_end(key->expires_us, end), key->id);
}

static enum err list_of_tenant(struct ctl *ctl, int32_t tenant_id, struct key_print *print)
{
	struct api_key after = {.tenant_id = tenant_id}, *keys;
	enum err err = tenant_check(ctl->db, tenant_id);
	size_t n = 1;

	while (err == ERR_NONE && n > 0) {
		err = api_key_page(ctl->db, &after, KEYS_OF_PAGE, &keys, &n);
		for (size_t i = 0; err == ERR_NONE && i < n; i++) {
			show_key(print, &keys[i]);
			after.id = keys[i].id;
		}
	}
	return err;
}

static int list_keys(struct ctl *ctl, const struct argument *arguments)
{
	struct key_print print = {
		.listing = {
			.ctl = ctl,
			.heading = "    ID  TENANT  SCOPES                     RATE  CREATED     "
				   "REVOKED     EXPIRES     USED        SUCCESSOR  "
				   "NETWORKS         "
				   "APPS                NAME",
			.shape = &admin_key_shape,
			.print = print_key,
		},
		.now_us = clock_now_us(),
	};

	return listing_end(&print.listing,
		arguments[0].text == NULL ? api_key_list(ctl->db, show_key, &print)
					  : list_of_tenant(ctl, arguments[0].number, &print),
		CTL_NO_TENANT);
}

/* A later end makes longer what the rotation has limited. */
static void warn_of_overlap(const struct api_key *key)
{
	char end[DAY_SIZE];

	if (key->expires_us == 0)
		fprintf(stderr, "wxuserctl: warning: key %d was rotated, and key %d, its "
				"successor, is not valid any more: key %d now never ends\n",
			key->id, key->successor_id, key->id);
	else
		fprintf(stderr, "wxuserctl: warning: key %d was rotated, and key %d took its "
				"place: key %d is now taken until the end of %s\n",
			key->id, key->successor_id, key->id, write_end(key->expires_us, end));
}

static int set_key(struct ctl *ctl, const struct argument *arguments)
{
	struct api_key change = {
		.id = arguments[SET_ID].number,
		.rate_per_s = arguments[SET_RATE].number,
		.networks = read_list(&arguments[SET_NETWORKS]),
		.apps = read_list(&arguments[SET_APPS]),
	};
	struct api_key after;
	enum err err;
	int status;

	if (change.rate_per_s == 0 && change.networks == NULL && change.apps == NULL &&
		arguments[SET_EXPIRES].text == NULL)
		return ctl_fail_usage("say what to set: --rate N, --networks NETWORKS, --apps "
				      "APPIDS or --expires WHEN");
	status = check_networks(change.networks);
	if (status == EXIT_SUCCESS)
		status = argument_value_end(
			&arguments[SET_EXPIRES], "--expires", &change.expires_us);
	if (status != EXIT_SUCCESS)
		return status;
	err = api_key_change(ctl->db, &change, NULL, &after);
	if (err != ERR_NONE)
		return key_status(ctl, err, "there is no such key; see: wxuserctl key list");
	printf("Key %d is changed.\n", change.id);
	if (change.expires_us != 0 && after.successor_id != 0)
		warn_of_overlap(&after);
	return EXIT_SUCCESS;
}

/* Returns the exit status. */
static int read_overlap(const struct argument *argument, int64_t *overlap_us_r)
{
	int32_t n_days = OVERLAP_DAYS;

	if (argument->text != NULL && (!str_parse_int32(argument->text, &n_days) || n_days < 0 ||
					      n_days > OVERLAP_DAYS_MAX))
		return ctl_fail_usage(
			"--overlap must be a number of days, 0 to %d", OVERLAP_DAYS_MAX);
	*overlap_us_r = n_days * CLOCK_DAY_US;
	return EXIT_SUCCESS;
}

static void print_end_of(const struct api_key *successor)
{
	char day[DAY_SIZE];

	if (successor->expires_us == 0)
		fprintf(stderr, "Key %d never expires; to change that run: wxuserctl key set %d "
				"--expires DAYS\n",
			successor->id, successor->id);
	else
		fprintf(stderr, "Key %d expires on %s.\n", successor->id,
			write_end(successor->expires_us, day));
}

static int rotate_key(struct ctl *ctl, const struct argument *arguments)
{
	struct api_key_rotation rotation = {.id = arguments[ROTATE_ID].number};
	char text[SECRET_TOKEN_SIZE + 1], end[CTL_INSTANT_SIZE];
	int status = read_overlap(&arguments[ROTATE_OVERLAP], &rotation.overlap_us);
	enum err err;

	if (status == EXIT_SUCCESS)
		status = argument_value_end(
			&arguments[ROTATE_EXPIRES], "--expires", &rotation.expires_us);
	if (status != EXIT_SUCCESS)
		return status;
	err = api_key_rotate(ctl->db, &rotation, text);
	if (err != ERR_NONE)
		return key_status(ctl, err == ERR_ABSENT ? ERR_PARAMETER : err,
			"there is no such key; see: wxuserctl key list");
	print_new_key(text);
	fprintf(stderr, "Key %d takes the place of key %d, which ends at %s (UTC+8).\n",
		rotation.successor.id, rotation.id,
		ctl_instant(rotation.before.expires_us, end));
	print_end_of(&rotation.successor);
	return EXIT_SUCCESS;
}

static int revoke_key(struct ctl *ctl, const struct argument *arguments)
{
	const int32_t id = arguments[0].number;

	return ctl_done(api_key_revoke(ctl->db, 0, id),
		"there is no such key; see: wxuserctl key list",
		"Key %d is revoked.", id);
}

#define KEY_LIMITS                                                                              \
	"--rate is how many requests a second each host takes from the key; a new key\n"         \
	"has 1000. --networks are those from which it may be sent, as\n"                         \
	"192.0.2.7,10.1.2.0/24, and --apps the apps whose token of WeChat it may ask\n"          \
	"for, by their appids; \"any\" is no limit.\n"

#define KEY_END                                                                                 \
	"--expires is the last day on which the key is taken, as 2026-11-29, or a number\n"      \
	"of days from now, or \"never\".\n"

const struct command command_key_add = {
	.name = "key add",
	.arguments = "--tenant ID --name NAME --scopes read,write,admin,wechat [--rate N] "
		     "[--networks NETWORKS] [--apps APPIDS] [--expires WHEN]",
	.summary = "Creates an API key for a tenant's server and prints it once",
	.details =
		"--scopes takes one or more of these; none implies another. admin opens the\n"
		"Admin API, and there finds, reveals and erases all users of the tenant, also\n"
		"without read and write. wechat gives out WeChat's tokens of the tenant's apps\n"
		"and needs --networks.\n" KEY_LIMITS KEY_END,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = add_key,
};

const struct command command_key_list = {
	.name = "key list",
	.arguments = "[--tenant ID]",
	.summary = "Lists the API keys, without the keys themselves",
	.has_json = true,
	.details =
		"The keys are not stored, only their hashes. Days are in UTC+8. EXPIRES is the\n"
		"last day on which a key is taken, USED the last one on which it was, SUCCESSOR\n"
		"the key that took its place by a rotation. A key that ends within 14 days and\n"
		"was not rotated is named in a warning.\n",
	.needs = NEEDS_DB,
	.run = list_keys,
};

const struct command command_key_set = {
	.name = "key set",
	.arguments = "ID [--rate N] [--networks NETWORKS] [--apps APPIDS] [--expires WHEN]",
	.summary = "Changes rate, networks, apps and end of an API key",
	.details = KEY_LIMITS KEY_END
		"A key that was rotated takes no \"never\" while its successor is valid.\n"
		"A change holds at once on this host, within five seconds on the others.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = set_key,
};

const struct command command_key_rotate = {
	.name = "key rotate",
	.arguments = "ID [--overlap DAYS] [--expires WHEN]",
	.summary = "Creates a successor of an API key and lets the key itself end",
	.details =
		"The successor has the same tenant, name, scopes, rate, networks and apps, and is\n"
		"printed once. It never expires unless --expires says when, also if the key\n"
		"itself was to expire. Both are taken for --overlap, 7 days unless given, while\n"
		"callers change over; 0 ends the old one at once. auth.trusted_networks, which\n"
		"names a key, means the successor from now on. If the successor was lost, revoke\n"
		"it and rotate the key again.\n" KEY_END,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = rotate_key,
};

const struct command command_key_revoke = {
	.name = "key revoke",
	.arguments = "ID",
	.summary = "Revokes an API key",
	.details = "It holds at once on this host, within five seconds on the others.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = revoke_key,
};
