#include "app.h"
#include "command.h"
#include "erasure.h"

enum { APPID, OPENID, DRY_RUN };

static void print(const struct erased *erased, bool is_rehearsal)
{
	if (!erased->is_found) {
		puts("there is no such user");
		return;
	}
	for (size_t i = 0; i < erased->n_tables; i++)
		printf("%-6s %3d  %s\n", is_rehearsal ? "would" : "erased",
			erased->rows[i].n_rows, erased->rows[i].table);
}

static int erase(struct ctl *ctl, const struct argument *arguments)
{
	struct app app;
	struct erased erased;
	struct erasure erasure = {
		.appid = arguments[APPID].text,
		.openid = arguments[OPENID].text,
		.actor = "wxuserctl",
		.is_rehearsal = arguments[DRY_RUN].text != NULL,
	};
	int found = app_find(ctl->db, erasure.appid, &app);
	enum err err = found < 0 ? ERR_BUSY : ERR_PARAMETER;

	if (found > 0) {
		erasure.tenant_id = app.tenant_id;
		erasure.app_id = app.id;
		err = erasure_run(ctl->db, &erasure, &erased);
	}
	if (err != ERR_NONE)
		return ctl_status(err, "there is no such app; see: wxuserctl app list");
	print(&erased, erasure.is_rehearsal);
	return EXIT_SUCCESS;
}

const struct command command_user_erase = {
	.name = "user erase",
	.arguments = "APPID OPENID [--dry-run]",
	.summary = "Erases a WeChat user, and the account if it has no other",
	.details = "Prints how many rows of which tables go. --dry-run changes nothing.\n"
		   "The shop's member stays, without its binding. A login afterwards makes a new\n"
		   "user.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = erase,
};
