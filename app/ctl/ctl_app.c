#include "app.h"
#include "arena.h"
#include "ctl.h"
#include "ctl_app.h"
#include "default_app.h"
#include "shell.h"

struct platform {
	struct app app;
	int n_others;
};

static void count_other(void *ctx, const struct app *other)
{
	struct platform *platform = ctx;

	platform->n_others += other->id != platform->app.id &&
		other->open_platform_id == platform->app.open_platform_id;
}

int ctl_app_find(struct ctl *ctl, const char *appid, struct app *app_r)
{
	enum err err = app_find(ctl->db, appid, app_r);

	return ctl_status(err == ERR_APP_UNKNOWN ? ERR_PARAMETER : err, CTL_NO_APP);
}

int ctl_app_print_platform(struct ctl *ctl, const char *appid)
{
	struct platform platform = {0};
	enum err err = app_find(ctl->db, appid, &platform.app);

	if (err == ERR_NONE || err == ERR_APP_UNKNOWN)
		err = app_list(ctl->db, count_other, &platform);
	return ctl_done(err, "",
		"It shares unionids with %d other apps of its Open Platform account.",
		platform.n_others);
}

int ctl_app_print_default(struct ctl *ctl, FILE *out)
{
	static const char *const sources[] = {
		[DEFAULT_APP_CONFIGURED] = "by [http] default_app",
		[DEFAULT_APP_CHOSEN] = "the default",
		[DEFAULT_APP_ONLY] = "the only one",
	};
	struct default_app preset;
	enum err err = default_app_find(ctl->db, &preset);

	if (err != ERR_NONE)
		return ctl_status(err, "");
	if (preset.source == DEFAULT_APP_NONE)
		fputs("Calls must name their app: by the header X-WX-AppId, or by a host of [http] "
		      "hosts.\n"
		      "To choose one for those that do not: wxuserctl app set APPID --default\n",
			out);
	else
		fprintf(out, "Calls that name no app are for %s, %s.\n", preset.appid,
			sources[preset.source]);
	return EXIT_SUCCESS;
}

const char *ctl_app_default_problem(const struct ctl *ctl, const struct default_app_choice *choice)
{
	struct default_app preset;

	if (choice->is_unknown)
		return arena_printf(ctl->arena,
			"--default: there is no app %s; see: wxuserctl app list", choice->appid);
	if (!choice->is_needed || default_app_find(ctl->db, &preset) != ERR_NONE)
		return NULL;
	return arena_printf(ctl->arena,
		"%s is the only app, so that calls need not name it; to keep those that do not for "
		"it, type:\n%s --default %s",
		preset.appid, shell_line(ctl->arena, ctl->words), preset.appid);
}
