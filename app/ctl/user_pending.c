#include "clock.h"
#include "command.h"
#include "push_event.h"

static void print_row(void *ctx, const struct push_event *event)
{
	struct civil at;

	(void)ctx;
	clock_to_civil(event->happened_us, CLOCK_LOCAL_OFFSET_S, &at);
	printf("%04d-%02d-%02d %02d:%02d:%02d  %s %s  %s\n", at.year, at.month, at.day, at.hour,
		at.minute, at.second, event->appid, event->openid, event->name);
}

static int list(struct ctl *ctl, const struct argument *arguments)
{
	enum err err = push_event_pending(ctl->db, print_row, NULL);

	(void)arguments;
	return err == ERR_NONE ? EXIT_SUCCESS : ctl_fail_db(err, "");
}

const struct command command_user_pending = {
	.name = "user pending",
	.arguments = "",
	.summary = "Lists users whose erasure WeChat has asked for without encryption",
	.details = "A plain message proves nothing: ask the user, then \"wxuserctl user erase\".\n"
		   "Times are those of UTC+8.\n",
	.needs = NEEDS_DB,
	.run = list,
};
