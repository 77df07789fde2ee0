#include "command.h"
#include "listing.h"
#include "operator_key.h"
#include "shown.h"
#include "v1/admin_host.h"

static int add_operator(struct ctl *ctl, const struct argument *arguments)
{
	char text[SECRET_TOKEN_SIZE + 1];
	enum err err;

	if (ctl_need_admin_api(ctl) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	err = operator_key_add(ctl->db, arguments[0].text, text);
	if (err != ERR_NONE)
		return ctl_status(err, "");
	puts(text);
	fputs("This key is not shown again. It is accepted by /v1/admin/ alone, and from "
	      "ops.networks.\n",
		stderr);
	return EXIT_SUCCESS;
}

static const char *instant_or_none(int64_t instant_us, char text_r[CTL_INSTANT_SIZE])
{
	return instant_us == 0 ? "-" : ctl_instant(instant_us, text_r);
}

static void print_operator(const void *row)
{
	const struct operator_key *key = row;
	char created[CTL_INSTANT_SIZE], revoked[CTL_INSTANT_SIZE];

	printf("%6d  %-20s %-20s %s\n", key->id, ctl_instant(key->created_us, created),
		instant_or_none(key->revoked_us, revoked), shown_text(key->name));
}

static int list_operators(struct ctl *ctl, const struct argument *arguments)
{
	struct listing listing = {
		.ctl = ctl,
		.heading = "    ID  CREATED (UTC+8)      REVOKED (UTC+8)      NAME",
		.shape = &admin_operator_shape,
		.print = print_operator,
	};
	const struct operator_key *keys;
	size_t n = 0;
	enum err err = operator_key_list(ctl->db, &keys, &n);

	(void)arguments;
	for (size_t i = 0; i < n && err == ERR_NONE; i++)
		listing_add(&listing, &keys[i]);
	return listing_end(&listing, err, "");
}

static int revoke_operator(struct ctl *ctl, const struct argument *arguments)
{
	const int32_t id = arguments[0].number;

	return ctl_done(operator_key_revoke(ctl->db, id),
		"there is no such operator; see: wxuserctl operator list",
		"Operator %d is revoked, and its sessions have ended.", id);
}

const struct command command_operator_add = {
	.name = "operator add",
	.arguments = "NAME",
	.summary = "Creates a key with which somebody steers the service, and prints it once",
	.details = "The key is for the operator's part of the Admin API: tenants, maintenance,\n"
		   "jobs, health and metrics. It reads no personal data. It is accepted from\n"
		   "ops.networks alone. Give each operator a key of their own, since the audit\n"
		   "tells its name.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = add_operator,
};

const struct command command_operator_list = {
	.name = "operator list",
	.arguments = "",
	.summary = "Lists the operators' keys, without the keys themselves",
	.details = "The keys are not stored, only their hashes.\n",
	.has_json = true,
	.needs = NEEDS_DB,
	.run = list_operators,
};

const struct command command_operator_revoke = {
	.name = "operator revoke",
	.arguments = "ID",
	.summary = "Revokes an operator's key and ends its sessions",
	.details = "It holds at once, on all hosts.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = revoke_operator,
};
