#include "app_removal.h"
#include "command.h"
#include "progress.h"

enum { APPID, ERASE_USERS, DRY_RUN };

static int refuse_removal(const struct app_removal *removal)
{
	switch (removal->need) {
	case APP_NEED_DEFAULT:
		return ctl_fail("%s is the default app; choose another one before: wxuserctl app "
				"set APPID --default",
			removal->appid);
	case APP_NEED_CONFIGURATION:
		return ctl_fail("http.default_app or http.hosts names %s; take it out of the "
				"configuration, then run: wxuserctl reload",
			removal->appid);
	case APP_NEED_KEYS:
		return ctl_fail("API keys name %s in --apps: %s; change them before: wxuserctl key "
				"set ID --apps APPIDS",
			removal->appid, removal->keys);
	default:
		return ctl_fail("%s has %lld users; nothing is removed; to see what would go run: "
				"wxuserctl app remove %s --erase-users --dry-run",
			removal->appid, (long long)removal->n_users, removal->appid);
	}
}

/* Each is erased as a whole, so the command can be run again after it was stopped. */
static enum err erase_users(struct ctl *ctl, struct app_removal *removal)
{
	struct progress progress;
	int64_t n_done = 0, n_erased;
	bool is_over;
	enum err err;

	progress_begin(&progress, "users", removal->n_users);
	do {
		err = app_removal_erase(ctl->db, removal, &n_erased, &is_over);
		n_done += n_erased;
		progress_show(&progress, n_done);
	} while (err == ERR_NONE && !is_over);
	progress_end(&progress);
	printf("Erased %lld users of app %s.\n", (long long)n_done, removal->appid);
	return err;
}

static int remove_app(struct ctl *ctl, const struct argument *arguments)
{
	struct app_removal removal = {.appid = arguments[APPID].text};
	const bool erases = arguments[ERASE_USERS].text != NULL;
	enum err err = app_removal_look(ctl->db, &removal);

	if (err != ERR_NONE)
		return ctl_status(err == ERR_APP_UNKNOWN ? ERR_PARAMETER : err, CTL_NO_APP);
	if (removal.need != APP_NEED_NONE &&
		!(erases && removal.need == APP_NEED_USERS))
		return refuse_removal(&removal);
	if (arguments[DRY_RUN].text != NULL) {
		printf("App %s of tenant %d would be removed; users: %lld, events of WeChat: "
		       "%lld.\nNothing has been changed.\n",
			removal.appid, removal.tenant_id, (long long)removal.n_users,
			(long long)removal.n_events);
		return EXIT_SUCCESS;
	}
	if (removal.n_users > 0)
		err = erase_users(ctl, &removal);
	if (err == ERR_NONE)
		err = app_remove(ctl->db, &removal);
	if (err == ERR_PARAMETER)
		return refuse_removal(&removal);
	if (err == ERR_APP_UNKNOWN)
		return ctl_fail("somebody else has removed %s meanwhile", removal.appid);
	return ctl_done(err, "", "App %s of tenant %d is removed.", removal.appid,
		removal.tenant_id);
}

const struct command command_app_remove = {
	.name = "app remove",
	.arguments = "APPID [--erase-users] [--dry-run]",
	.summary = "Removes an app, after it has no users or with them",
	.details =
		"Refused while it has users, is the default app of several, or is named by this\n"
		"host's configuration or by an API key. Look at http.default_app and http.hosts\n"
		"of the other hosts before. --erase-users erases its users before, each as\n"
		"\"wxuserctl user erase\" does: members stay, and so do people's users of other\n"
		"apps, also of an account that its person has closed. That cannot be undone. It\n"
		"may be stopped, and run again. --dry-run says what would go and changes nothing.\n"
		"Statistics still count for the tenant, but for active and new users of today and\n"
		"yesterday, who are counted among those who are still there.\n"
		"Requests that name the app are answered as those of an unknown app, at once on\n"
		"this host, within five seconds on the others.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = remove_app,
};
