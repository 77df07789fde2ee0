#include "app.h"
#include "arena.h"
#include "command.h"
#include "listing.h"
#include "statistics_rows.h"
#include "str.h"
#include "tenant.h"
#include "v1/admin_shapes.h"

#define DAYS_PRESET 7
#define DAYS_MAX 9999
#define SUM "sum       " /* in place of a day */

enum { TENANT, APPID, DAYS };

/* The refusals by reason, the most frequent not first but in the order of their names. */
static void print_refusals(const struct admin_day *day)
{
	const struct day_refusals *refusals = day->refusals.items;

	for (size_t i = 0; i < day->refusals.n_items; i++)
		printf("%s%s %d", i == 0 ? "  " : ", ", refusals[i].error, refusals[i].n);
	putchar('\n');
}

static void print_day(const void *row)
{
	const struct admin_day *day = row;

	printf("%s %6d  %-20s %8d %8d %8d %8d %8d %8d %8d", day->day, day->tenant_id,
		str_is_empty(day->appid) ? "(all)" : day->appid, day->logins, day->active_users,
		day->new_users, day->refused, day->sms_codes, day->phone_numbers,
		day->members_bound);
	print_refusals(day);
}

/* What the days of an app, or of a tenant, add up to. */
static void add_up(struct admin_day *sum, const struct admin_day *day)
{
	sum->logins += day->logins;
	sum->new_users += day->new_users;
	sum->refused += day->refused;
	sum->sms_codes += day->sms_codes;
	sum->phone_numbers += day->phone_numbers;
	sum->members_bound += day->members_bound;
}

static bool is_of_same(const struct admin_day *a, const struct admin_day *b)
{
	return a->tenant_id == b->tenant_id &&
		strcmp(a->appid == NULL ? "" : a->appid, b->appid == NULL ? "" : b->appid) == 0;
}

/* People who were active on several days are in each of them: their sum would say nothing. */
static void print_sum(const struct admin_day *sum)
{
	printf("%s %6d  %-20s %8d %8s %8d %8d %8d %8d %8d\n", SUM, sum->tenant_id,
		str_is_empty(sum->appid) ? "(all)" : sum->appid, sum->logins, "-",
		sum->new_users, sum->refused, sum->sms_codes, sum->phone_numbers,
		sum->members_bound);
}

struct stats_sums {
	struct admin_day *sums; /* as many as there are days */
	size_t n;
};

static void note_day(struct stats_sums *sums, const struct admin_day *day)
{
	size_t i = 0;

	while (i < sums->n && !is_of_same(&sums->sums[i], day))
		i++;
	if (i == sums->n)
		sums->sums[sums->n++] = (struct admin_day){
			.tenant_id = day->tenant_id, .appid = day->appid};
	add_up(&sums->sums[i], day);
}

struct stats_filter {
	int32_t tenant_id, app_id; /* 0: all */
	int32_t n_days;
};

/* Whose: --tenant and --app. Returns the exit status. */
static int stats_read_filter(struct ctl *ctl, const struct argument *arguments,
	struct stats_filter *filter_r)
{
	struct app app;
	enum err err;

	*filter_r = (struct stats_filter){
		.tenant_id = arguments[TENANT].number,
		.n_days = arguments[DAYS].text == NULL ? DAYS_PRESET : arguments[DAYS].number,
	};
	if (filter_r->n_days > DAYS_MAX)
		return ctl_fail_usage("--days: at most %d", DAYS_MAX);
	if (arguments[TENANT].text != NULL &&
		ctl_status(tenant_check(ctl->db, filter_r->tenant_id), CTL_NO_TENANT) !=
			EXIT_SUCCESS)
		return EXIT_FAILURE;
	if (arguments[APPID].text == NULL)
		return EXIT_SUCCESS;
	err = app_find(ctl->db, arguments[APPID].text, &app);
	if (err == ERR_APP_UNKNOWN || (err == ERR_NONE && filter_r->tenant_id != 0 &&
		filter_r->tenant_id != app.tenant_id))
		err = ERR_PARAMETER;
	filter_r->tenant_id = app.tenant_id;
	filter_r->app_id = app.id;
	return ctl_status(err, CTL_NO_APP);
}

static int show_stats(struct ctl *ctl, const struct argument *arguments)
{
	struct listing listing = {
		.ctl = ctl,
		.heading = "DAY (UTC+8) TENANT APP                    LOGINS   ACTIVE      NEW"
			   "  REFUSED      SMS   PHONES  MEMBERS  REFUSED FOR",
		.shape = &admin_day_shape,
		.print = print_day,
	};
	struct stats_filter filter;
	const struct day_statistics *days;
	struct stats_sums sums = {0};
	size_t n;
	enum err err;
	int status;

	status = stats_read_filter(ctl, arguments, &filter);
	if (status != EXIT_SUCCESS)
		return status;
	err = filter.tenant_id == 0
		? statistics_list(ctl->db, filter.n_days, &days, &n)
		: statistics_list_of_tenant(
			  ctl->db, filter.tenant_id, filter.n_days, &days, &n);
	if (err == ERR_NONE)
		sums.sums = arena_array(ctl->arena, struct admin_day, n);
	for (size_t i = 0; err == ERR_NONE && i < n; i++) {
		const struct admin_day day = admin_day_of(&days[i]);

		if (filter.app_id != 0 && filter.app_id != days[i].app_id)
			continue;
		listing_add(&listing, &day);
		note_day(&sums, &day);
	}
	status = listing_end(&listing, err, "");
	for (size_t i = 0; !ctl->is_json && filter.n_days > 1 && i < sums.n; i++)
		print_sum(&sums.sums[i]);
	return status;
}

const struct command command_stats = {
	.name = "stats",
	.arguments = "[--tenant ID] [--app APPID] [--days N]",
	.summary = "Shows what happened on each day: logins, active people, refusals and more",
	.details =
		"The last 7 days, or the number of --days, the latest first; of each tenant all\n"
		"together and app by app, or of one app; then their sums, but for ACTIVE, since\n"
		"a person may be active on many days. A day is one of UTC+8. LOGINS are those\n"
		"that succeeded. ACTIVE are WeChat users who logged in or renewed a token; of a\n"
		"tenant they are people, each counted once for all apps. NEW are those of them\n"
		"who were stored on that day. REFUSED are logins, by their error. SMS are codes\n"
		"that the gateway took, PHONES numbers that WeChat's phone button gave, MEMBERS\n"
		"users who were bound to a member. Tenant 0 has logins to apps that do not exist.\n"
		"What the last ten seconds brought may be missing.\n",
	.has_json = true,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = show_stats,
};
