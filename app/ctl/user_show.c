#include "arena.h"
#include "command.h"
#include "consent.h"
#include "listing.h"
#include "login_refusal.h"
#include "person_find.h"
#include "person_overview.h"
#include "shown.h"
#include "str.h"
#include "v1/admin_person.h"

static const char *or_dash(const char *text)
{
	return str_is_empty(text) ? "-" : shown_text(text);
}

static const char *instant_or_dash(int64_t instant_us, char text_r[CTL_INSTANT_SIZE])
{
	return instant_us == 0 ? "-" : ctl_instant(instant_us, text_r);
}

static void print_since(const char *words, int64_t instant_us)
{
	char at[CTL_INSTANT_SIZE];

	if (instant_us != 0)
		printf("%s%s", words, ctl_instant(instant_us, at));
}

static void print_account(const struct admin_person *person)
{
	char at[CTL_INSTANT_SIZE];

	if (person->account_id == NULL)
		printf("account   none yet, in tenant %d", person->tenant_id);
	else
		printf("account   %s of tenant %d", person->account_id, person->tenant_id);
	print_since(", since ", person->created_us);
	for (size_t i = 0; i < person->previous_account_ids.n_items; i++)
		printf("\nbefore    %s", person->previous_account_ids.items[i]);
	printf("\nstate     %s", person->state);
	print_since(" since ", person->disabled_us);
	print_since(" until ", person->lockout_us);
	print_since(" by the person, to be erased at ", person->erases_us);
	printf("%s\n", person->is_risk ? ", a risk" : "");
	if (person->tenant_disabled_us != 0)
		printf("disabled  " CTL_TENANT_DISABLED "\n", person->tenant_id,
			ctl_instant(person->tenant_disabled_us, at), person->tenant_id);
}

static void print_users(const struct object_list *list)
{
	const struct admin_person_user *users = list->items;
	char login[CTL_INSTANT_SIZE];

	for (size_t i = 0; i < list->n_items; i++) {
		printf("user      %d, app %s, openid %s, unionid %s, name %s, member %d, "
		       "last login %s%s\n",
			users[i].id, or_dash(users[i].appid), users[i].openid,
			or_dash(users[i].unionid), or_dash(users[i].name), users[i].member_id,
			instant_or_dash(users[i].login_us, login),
			users[i].is_following ? ", follows" : "");
		if (users[i].revoked_us != 0)
			printf("          asked WeChat for an erasure at %s; see: wxuserctl user "
			       "pending\n",
				ctl_instant(users[i].revoked_us, login));
	}
}

static void print_unionids(const struct object_list *list)
{
	const struct admin_person_unionid *unionids = list->items;

	for (size_t i = 0; i < list->n_items; i++)
		printf("unionid   %s, Open Platform account %s\n", unionids[i].unionid,
			shown_text(unionids[i].open_platform));
}

static void print_phones(const struct admin_person *person)
{
	const struct admin_person_phone *phones = person->phones.items;
	const struct admin_confirmed_phone *confirmed = person->confirmed_phone;
	char at[CTL_INSTANT_SIZE];

	for (size_t i = 0; i < person->phones.n_items; i++)
		printf("phone     %s, of %s %d%s\n", phones[i].number, phones[i].of, phones[i].id,
			phones[i].is_confirmed ? ", confirmed" : "");
	if (confirmed != NULL)
		printf("confirmed %s, by %s, at %s%s\n",
			confirmed->number == NULL ? "(a hash alone)" : confirmed->number,
			confirmed->by, ctl_instant(confirmed->confirmed_us, at),
			confirmed->counts ? "" : ", too old to count");
}

static void print_members(const struct admin_person *person)
{
	const struct admin_person_member *members = person->members.items;
	const struct admin_flag *flags = person->flags.items;

	for (size_t i = 0; i < person->members.n_items; i++)
		printf("member    %d, name %s, phone %s, card %s\n", members[i].id,
			or_dash(members[i].name), or_dash(members[i].phone),
			members[i].card_state);
	if (person->n_memberships > 0)
		printf("roles     %d in communities\n", person->n_memberships);
	for (size_t i = 0; i < person->flags.n_items; i++)
		printf("flag      %s %s\n", flags[i].name, flags[i].value ? "true" : "false");
}

static void print_logins(const struct admin_person *person)
{
	const struct overview_tokens *tokens = person->tokens.items;
	const struct admin_person_session *sessions = person->sessions.items;
	char first[CTL_INSTANT_SIZE], last[CTL_INSTANT_SIZE], expires[CTL_INSTANT_SIZE];
	char opener[sizeof(", by key -2147483648")] = "";

	for (size_t i = 0; i < person->tokens.n_items; i++)
		printf("tokens    %d of app %s, expiring from %s to %s\n", tokens[i].n,
			or_dash(tokens[i].appid), ctl_instant(tokens[i].first_expires_us, first),
			ctl_instant(tokens[i].last_expires_us, last));
	for (size_t i = 0; i < person->sessions.n_items; i++) {
		opener[0] = '\0';
		if (sessions[i].key_id != 0)
			snprintf(opener, sizeof(opener), ", by key %d", sessions[i].key_id);
		printf("login     %s, app %s, user %d, renewed %s, expires %s, %s%s\n",
			ctl_instant(sessions[i].began_us, first), or_dash(sessions[i].appid),
			sessions[i].user_id, ctl_instant(sessions[i].renewed_us, last),
			ctl_instant(sessions[i].expires_us, expires), sessions[i].state, opener);
	}
}

static void print_stored(const struct admin_person *person)
{
	const struct consent *consents = person->consents.items;
	const struct admin_external_id *ids = person->external_ids.items;
	const struct admin_person_merge *merges = person->merges.items;
	char at[CTL_INSTANT_SIZE];

	for (size_t i = 0; i < person->consents.n_items; i++)
		printf("consent   %s, version %s, at %s\n", consents[i].document,
			consents[i].version, ctl_instant(consents[i].consented_us, at));
	for (size_t i = 0; i < person->external_ids.n_items; i++)
		printf("external  %s, of %s, since %s\n", ids[i].external_id,
			or_dash(ids[i].source), ctl_instant(ids[i].created_us, at));
	for (size_t i = 0; i < person->merges.n_items; i++)
		printf("merge     %lld, of %s, at %s%s\n", (long long)merges[i].id,
			merges[i].account_id, ctl_instant(merges[i].merged_us, at),
			merges[i].undone_us == 0 ? "" : ", undone");
}

static void print_refusals(const struct object_list *list)
{
	const struct login_refusal *refusals = list->items;
	char at[CTL_INSTANT_SIZE];

	for (size_t i = 0; i < list->n_items; i++)
		printf("refused   %s, app %s, openid %s%s, %s: %s, request %s\n",
			ctl_instant(refusals[i].happened_us, at), or_dash(refusals[i].appid),
			or_dash(refusals[i].openid),
			refusals[i].is_claimed ? " as its client says" : "", refusals[i].error,
			or_dash(refusals[i].reason), refusals[i].request_id);
}

static void print_person(const struct admin_person *person)
{
	print_account(person);
	print_users(&person->users);
	print_unionids(&person->unionids);
	print_phones(person);
	print_members(person);
	print_logins(person);
	print_stored(person);
	print_refusals(&person->refusals);
}

static int show_person(struct ctl *ctl, const struct argument *arguments)
{
	const char *name = arguments[0].text;
	struct person_overview overview;
	struct admin_person shown;
	struct person person;
	enum err err = person_find(ctl->db, name, &person);

	if (err == ERR_NONE)
		err = person_overview(ctl->db, &person, &overview);
	if (err == ERR_USER_UNKNOWN)
		return ctl_fail(CTL_NO_PERSON);
	if (err != ERR_NONE)
		return ctl_status(err, CTL_SEVERAL_TENANTS);
	shown = admin_person_from(ctl->arena, &overview);
	if (ctl->is_json)
		listing_object(ctl, &admin_person_shape, &shown);
	else
		print_person(&shown);
	return EXIT_SUCCESS;
}

const struct command command_user_show = {
	.name = "user show",
	.arguments = "USER",
	.summary = "Shows what is known of a person, and why logins were refused",
	.details =
		CTL_USER
		"Prints the account, its WeChat users, phones and where they are from, members,\n"
		"live tokens, the last 20 logins, consents, ids of other systems, merges, and\n"
		"the logins of the last seven days that were refused. \"confirmed\" is the phone\n"
		"that the person has shown to hold. Openids, unionids, phones, names and ids of\n"
		"other systems are masked. Times are in UTC+8.\n"
		CTL_LOGIN_ERRORS,
	.has_json = true,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = show_person,
};
