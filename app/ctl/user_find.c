#include "app.h"
#include "arena.h"
#include "argument_value.h"
#include "command.h"
#include "listing.h"
#include "mobile.h"
#include "shown.h"
#include "str.h"
#include "tenant.h"
#include "user_find.h"
#include "user_import_row.h"
#include "v1/admin_user.h"

enum { FIND_TENANT, OPENID, UNIONID, PHONE, NAME, MEMBER, ID, EXTERNAL_ID };
enum {
	LIST_TENANT,
	APP,
	STATE,
	CREATED_SINCE,
	CREATED_BEFORE,
	LOGIN_SINCE,
	LOGIN_BEFORE,
	AFTER,
	LIMIT,
};

#define LIMIT_USUAL 50

_Static_assert(ARGUMENT_OLD_ID_CHARS_MAX == USER_IMPORT_ID_CHARS_MAX,
	"what an import stores cannot be found");

/* ---- A user as it is printed. */

static void print_user(const void *row)
{
	const struct admin_user *user = row;
	char login[CTL_INSTANT_SIZE];

	printf("%8d  %6d  %-8s  %-20s  %-11s  %8d  %-19s  %-11s  %-36s  %s\n", user->id,
		user->tenant_id, user->state, user->appid == NULL ? "-" : user->appid,
		user->openid == NULL ? "-" : user->openid, user->member_id,
		user->login_us == 0 ? "-" : ctl_instant(user->login_us, login),
		user->phone == NULL ? "-" : user->phone,
		user->account_id == NULL ? "-" : user->account_id, shown_text(user->name));
	for (size_t i = 0; i < user->matched.n_items; i++)
		printf("%s%s%s", i == 0 ? "          found by " : ", ", user->matched.items[i],
			i + 1 == user->matched.n_items ? "\n" : "");
}

#define HEADING                                                                                 \
	"      ID  TENANT  STATE     APP                   OPENID         MEMBER  "             \
	"LAST LOGIN (UTC+8)   PHONE        ACCOUNT                               NAME"

static struct listing users_listing(struct ctl *ctl)
{
	return (struct listing){
		.ctl = ctl, .heading = HEADING, .shape = &admin_user_shape, .print = print_user,
	};
}

/* found: of one tenant. */
static void warn_of_tenant(const struct found_users *found)
{
	const struct found_user *user = found->users;
	char at[CTL_INSTANT_SIZE];

	if (found->n_users > 0 && user->tenant_disabled_us != 0)
		ctl_fail("warning: " CTL_TENANT_DISABLED, user->tenant_id,
			ctl_instant(user->tenant_disabled_us, at), user->tenant_id);
}

static void add_users(struct listing *listing, const struct found_users *found)
{
	for (size_t i = 0; i < found->n_users; i++) {
		const struct admin_user shown =
			admin_user_from(listing->ctl->arena, &found->users[i]);

		listing_add(listing, &shown);
	}
}

/* ---- user find. */

struct search {
	int by; /* the place of the option */
	const char *value;
	int32_t number;
	struct uuid account_id;
	char phone[MOBILE_ANYWHERE_SIZE];
	struct listing listing;
	enum err err;
	bool is_cut;
};

static const char *const option_names[] = {
	[OPENID] = "--openid",
	[UNIONID] = "--unionid",
	[PHONE] = "--phone",
	[NAME] = "--name",
	[MEMBER] = "--member",
	[ID] = "--id",
	[EXTERNAL_ID] = "--external-id",
};

/* Returns 0 unless exactly one is given. */
static int find_option(const struct argument *arguments)
{
	int by = 0;

	for (int i = OPENID; i <= EXTERNAL_ID; i++)
		if (arguments[i].text != NULL) {
			if (by != 0)
				return 0;
			by = i;
		}
	return by;
}

/* Returns the reason why the value cannot be looked for; NULL: it can. */
static const char *read_value(struct search *search)
{
	const bool is_number =
		str_parse_int32(search->value, &search->number) && search->number > 0;

	if (search->by == PHONE && !mobile_normalise_anywhere(search->value, search->phone))
		return "is no mobile number; one from abroad begins with +";
	if (search->by == MEMBER && !is_number)
		return "is no number from 1";
	if (search->by == ID && !is_number && !uuid_parse(search->value, &search->account_id))
		return "is neither the number of a user nor the id of an account";
	if ((search->by == OPENID || search->by == UNIONID) && !str_is_openid(search->value))
		return "is 1 to 64 letters, digits, - or _";
	return NULL;
}

static enum err find_users(
	struct search *search, int32_t tenant_id, struct found_users *found_r)
{
	struct db *db = search->listing.ctl->db;

	switch (search->by) {
	case OPENID:
		return user_find_openid(db, tenant_id, search->value, found_r);
	case UNIONID:
		return user_find_unionid(db, tenant_id, search->value, found_r);
	case PHONE:
		return user_find_phone(db, tenant_id, search->phone, found_r);
	case NAME:
		return user_find_name(db, tenant_id, search->value, found_r);
	case MEMBER:
		return user_find_member(db, tenant_id, search->number, found_r);
	case EXTERNAL_ID:
		return user_find_external_id(db, tenant_id, search->value, found_r);
	default:
		return search->number > 0
			? user_find_id(db, tenant_id, search->number, found_r)
			: user_find_account(db, tenant_id, search->account_id, found_r);
	}
}

static void find_in_tenant(void *ctx, const struct tenant *tenant)
{
	struct search *search = ctx;
	struct found_users found;

	if (search->err != ERR_NONE)
		return;
	search->err = find_users(search, tenant->id, &found);
	if (search->err != ERR_NONE)
		return;
	search->is_cut |= found.n_users >= USER_FIND_MAX;
	add_users(&search->listing, &found);
	warn_of_tenant(&found);
}

static int run_search(struct search *search, int32_t tenant_id)
{
	struct ctl *ctl = search->listing.ctl;
	enum err err = tenant_id == 0 ? tenant_list(ctl->db, find_in_tenant, search)
				      : tenant_check(ctl->db, tenant_id);

	if (err == ERR_NONE && tenant_id != 0)
		find_in_tenant(search, &(struct tenant){.id = tenant_id});
	if (err != ERR_NONE)
		return ctl_status(err, CTL_NO_TENANT);
	if (search->err == ERR_NONE && search->listing.n_rows == 0)
		return listing_nothing(&search->listing,
			arena_printf(ctl->arena, "nobody is found by this %s",
				option_names[search->by] + 2));
	if (search->is_cut)
		fprintf(stderr, "There may be more than these: each way to find somebody gives "
				"%d at most.\n", USER_FIND_MAX);
	return listing_end(&search->listing, search->err, "");
}

static int find_person(struct ctl *ctl, const struct argument *arguments)
{
	struct search search = {.by = find_option(arguments), .listing = users_listing(ctl)};
	const char *problem;
	int status;

	if (search.by == 0)
		return ctl_fail_usage("give one of --openid, --unionid, --phone, --name, "
				      "--member, --id and --external-id");
	status = argument_value_text(
		ctl->arena, &arguments[search.by], option_names[search.by], &search.value);
	if (status != EXIT_SUCCESS)
		return status;
	problem = read_value(&search);
	if (problem != NULL)
		return ctl_fail_usage("%s: this %s", option_names[search.by], problem);
	return run_search(&search, arguments[FIND_TENANT].number);
}

/* ---- user list. */

/* The app must be the tenant's. Returns the exit status. */
static int read_app(struct ctl *ctl, const char *appid, struct user_filter *filter)
{
	struct app app;
	enum err err;

	if (appid == NULL)
		return EXIT_SUCCESS;
	err = app_find(ctl->db, appid, &app);
	filter->app_id = app.id;
	if (err == ERR_APP_UNKNOWN || (err == ERR_NONE && app.tenant_id != filter->tenant_id))
		return ctl_fail("the tenant has no such app; see: wxuserctl app list");
	return ctl_status(err, "");
}

/* Returns the exit status. */
static int read_times(const struct argument *arguments, struct user_filter *filter)
{
	const struct {
		int option;
		const char *name;
		int64_t *at_us;
	} times[] = {
		{CREATED_SINCE, "--created-since", &filter->created_since_us},
		{CREATED_BEFORE, "--created-before", &filter->created_before_us},
		{LOGIN_SINCE, "--login-since", &filter->login_since_us},
		{LOGIN_BEFORE, "--login-before", &filter->login_before_us},
	};
	int status = EXIT_SUCCESS;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]) && status == EXIT_SUCCESS; i++)
		status = argument_value_time(
			&arguments[times[i].option], times[i].name, times[i].at_us);
	return status;
}

static int list_pages(
	struct listing *listing, const struct user_filter *filter, int32_t after_id, size_t n_most)
{
	struct found_users found;
	enum err err;

	do {
		err = user_list_page(listing->ctl->db, filter,
			(int32_t)(n_most - listing->n_rows), &after_id, &found);
		if (err == ERR_NONE && listing->n_rows == 0)
			warn_of_tenant(&found);
		if (err == ERR_NONE)
			add_users(listing, &found);
	} while (err == ERR_NONE && after_id != 0 && listing->n_rows < n_most);
	if (err == ERR_NONE && after_id != 0)
		fprintf(stderr, "To see more, add: --after %d\n", after_id);
	return listing_end(listing, err, "");
}

static int list_users(struct ctl *ctl, const struct argument *arguments)
{
	struct listing listing = users_listing(ctl);
	struct user_filter filter = {
		.tenant_id = arguments[LIST_TENANT].number,
		.state = arguments[STATE].text == NULL ? -1 : arguments[STATE].number,
	};
	const int32_t limit =
		arguments[LIMIT].text == NULL ? LIMIT_USUAL : arguments[LIMIT].number;
	enum err err;
	int status;

	if (limit > USER_LIST_MAX)
		return ctl_fail_usage("--limit: at most %d", USER_LIST_MAX);
	status = read_times(arguments, &filter);
	if (status != EXIT_SUCCESS)
		return status;
	err = tenant_check(ctl->db, filter.tenant_id);
	if (err != ERR_NONE)
		return ctl_status(err, CTL_NO_TENANT);
	if (read_app(ctl, arguments[APP].text, &filter) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	return list_pages(&listing, &filter, arguments[AFTER].number, (size_t)limit);
}

/* ---- The commands. */

#define MASKED                                                                                  \
	"Openids, unionids, phones and names are masked; an account's id, or the number\n"       \
	"of a user as \"user find --id\", names the person in other commands. Times are in\n"   \
	"UTC+8.\n"

const struct command command_user_find = {
	.name = "user find",
	.arguments = "[--tenant ID] [--openid OPENID] [--unionid UNIONID] [--phone PHONE] "
		     "[--name TEXT] [--member MEMBER] [--id USER] [--external-id OLD-ID]",
	.summary = "Finds a person by one of what is known",
	.details =
		"Give one of them. The value - is read from a line of standard input, from a\n"
		"terminal without echo, so that no history of the shell keeps it.\n"
		"A phone finds whose profile has it (anybody can claim it there), who has\n"
		"confirmed it, residents and members; the line below says which. A name finds\n"
		"profiles, residents and members whose name begins so, letter by letter. USER is\n"
		"the number of a WeChat user or the id of an account. OLD-ID is that of a system\n"
		"before, as \"users import\" brought it. A member to whom no user is bound has\n"
		"the ID 0. Without --tenant all tenants are searched.\n" MASKED
		"Nobody found: exit status 1.\n",
	.has_json = true,
	.reads = "an option says what the value is, and its value - is read from standard input: "
		 "did you mean --phone -?",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = find_person,
};

const struct command command_user_list = {
	.name = "user list",
	.arguments = "--tenant ID [--app APPID] [--state new|active|disabled|locked|closed] "
		     "[--created-since TIME] [--created-before TIME] [--login-since TIME] "
		     "[--login-before TIME] [--after ID] [--limit N]",
	.summary = "Lists a tenant's users in the order of their numbers",
	.details =
		"At most 50, or --limit, 1000 at most. --after takes the last number of the page\n"
		"before. new: a user who has not logged in yet, nor before an import; locked:\n"
		"out for a time; closed: by the person. --login-before\n"
		"has those who never logged in, too.\n" CTL_TIME MASKED,
	.has_json = true,
	.reads = "to find a person, run: wxuserctl user find",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = list_users,
};
