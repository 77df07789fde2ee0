#include "app.h"
#include "arena.h"
#include "argument_value.h"
#include "command.h"
#include "listing.h"
#include "login_refusal.h"
#include "person_find.h"
#include "str.h"
#include "tenant.h"
#include "v1/admin_shapes.h"

#define LAST_PRESET 20

enum { APPID, OPENID, USER, REQUEST, SINCE, LAST };

static const char *or_none(const char *text)
{
	return str_is_empty(text) ? "-" : text;
}

static void print_refusal(const void *row)
{
	const struct login_refusal *refusal = row;
	char at[CTL_INSTANT_SIZE];

	printf("%s  %-20s %-12s%s %-18s %-8s  %s  %s\n", ctl_instant(refusal->happened_us, at),
		or_none(refusal->appid), or_none(refusal->openid), refusal->is_claimed ? "?" : " ",
		refusal->error, or_none(refusal->address), refusal->request_id,
		or_none(refusal->reason));
}

/* Returns the exit status. */
static int find_app(struct ctl *ctl, const char *appid, struct login_refusal_filter *filter)
{
	struct app app;
	const enum err err = app_find(ctl->db, appid, &app);

	if (err != ERR_NONE)
		return ctl_status(err == ERR_APP_UNKNOWN ? ERR_PARAMETER : err, CTL_NO_APP);
	filter->tenant_id = app.tenant_id;
	filter->app_id = app.id;
	return EXIT_SUCCESS;
}

/* The openid of a user by the number. Returns the exit status. */
static int find_user(struct ctl *ctl, int32_t id, struct login_refusal_filter *filter)
{
	struct person_user user;
	const enum err err = person_find_user(ctl->db, id, &user);

	if (err == ERR_USER_UNKNOWN)
		return ctl_fail(CTL_NO_USER, id);
	filter->tenant_id = user.tenant_id;
	filter->openid = user.openid;
	return ctl_status(err, "");
}

/* Returns the exit status. */
static int login_read_filter(struct ctl *ctl, const struct argument *arguments,
	struct login_refusal_filter *filter_r)
{
	int status;

	*filter_r = (struct login_refusal_filter){
		.request_id = arguments[REQUEST].text,
		.n_most = arguments[LAST].text == NULL ? LAST_PRESET : arguments[LAST].number,
	};
	if (arguments[USER].text != NULL &&
		(arguments[APPID].text != NULL || arguments[OPENID].text != NULL ||
			arguments[REQUEST].text != NULL))
		return ctl_fail_usage("--user goes without --app, --openid and --request-id");
	if (arguments[OPENID].text != NULL && arguments[APPID].text == NULL)
		return ctl_fail_usage("--openid needs the openid's app: --app APPID");
	status = argument_value_time(&arguments[SINCE], "--since", &filter_r->since_us);
	if (status == EXIT_SUCCESS)
		status = argument_value_text(
			ctl->arena, &arguments[OPENID], "--openid", &filter_r->openid);
	if (status == EXIT_SUCCESS && arguments[USER].text != NULL)
		return find_user(ctl, arguments[USER].number, filter_r);
	if (status == EXIT_SUCCESS && arguments[APPID].text != NULL)
		status = find_app(ctl, arguments[APPID].text, filter_r);
	return status;
}

/* WeChat is not asked whose code it is that a disabled tenant refuses. Returns the exit status. */
static int list_nothing_of_user(struct listing *listing, int32_t tenant_id)
{
	struct ctl *ctl = listing->ctl;
	struct tenant tenant;
	char at[CTL_INSTANT_SIZE];
	const enum err err = tenant_read(ctl->db, tenant_id, &tenant);

	if (err == ERR_NONE && tenant.disabled_us != 0)
		return listing_nothing(listing,
			arena_printf(ctl->arena,
				"no refusal names this user, but " CTL_TENANT_DISABLED
				"; to see its refusals, which name nobody, leave the user out",
				tenant_id, ctl_instant(tenant.disabled_us, at), tenant_id));
	return listing_nothing(listing,
		arena_printf(ctl->arena, "no login of this user was refused within %d days",
			LOGIN_REFUSAL_DAYS));
}

static int list_logins(struct ctl *ctl, const struct argument *arguments)
{
	struct listing listing = {
		.ctl = ctl,
		.heading = "AT (UTC+8)           APP                  OPENID        ERROR"
			   "              CLIENT    REQUEST                           REASON",
		.shape = &admin_refusal_shape,
		.print = print_refusal,
	};
	const struct login_refusal *refusals;
	struct login_refusal_filter filter;
	size_t n;
	enum err err;
	int status;

	status = login_read_filter(ctl, arguments, &filter);
	if (status != EXIT_SUCCESS)
		return status;
	err = login_refusal_list(ctl->db, &filter, &refusals, &n);
	if (err == ERR_NONE && n == 0 && filter.request_id != NULL)
		return listing_nothing(&listing,
			arena_printf(ctl->arena,
				"no login that was refused within %d days has this request id; "
				"those that met maintenance are not kept",
				LOGIN_REFUSAL_DAYS));
	if (err == ERR_NONE && n == 0 && filter.openid != NULL)
		return list_nothing_of_user(&listing, filter.tenant_id);
	for (size_t i = 0; err == ERR_NONE && i < n; i++)
		listing_add(&listing, &refusals[i]);
	return listing_end(&listing, err, "");
}

const struct command command_login_list = {
	.name = "login list",
	.arguments =
		"[--app APPID] [--openid OPENID] [--user ID] [--request-id REQUEST] "
		"[--since TIME] [--last N]",
	.summary = "Lists logins of the last seven days that were refused, and why",
	.details =
		"The newest first: 20, or the number of --last; of all apps, of one, of one\n"
		"openid of it, of a user by the number that \"wxuserctl user find\" prints, or of\n"
		"the request whose answer had REQUEST in X-Request-Id. A code that WeChat refused\n"
		"names no openid: look for the request or the time. OPENID - is read from\n"
		"standard input. A ? follows an openid that the client alone has named. CLIENT\n"
		"is the same for requests to one tenant from one address. Of an app that refuses\n"
		"many 60 a minute and host are kept; \"wxuserctl stats\" counts all.\n"
		CTL_TIME CTL_LOGIN_ERRORS,
	.has_json = true,
	.reads = "the openid is read from standard input: --app APPID --openid -",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = list_logins,
};
