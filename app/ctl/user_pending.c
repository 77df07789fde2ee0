#include "command.h"
#include "push_event.h"

static void print_row(void *ctx, const struct push_event *event)
{
	char at[CTL_INSTANT_SIZE];

	(void)ctx;
	printf("%s  %s %s  %s", ctl_instant(event->happened_us, at), event->appid, event->openid,
		event->name);
	if (*event->revoke_info != '\0')
		printf("  RevokeInfo %s", event->revoke_info);
	putchar('\n');
}

static int list(struct ctl *ctl, const struct argument *arguments)
{
	(void)arguments;
	return ctl_status(push_event_pending(ctl->db, print_row, NULL), "");
}

const struct command command_user_pending = {
	.name = "user pending",
	.arguments = "",
	.summary = "Lists users of whom WeChat has asked for an erasure without encryption",
	.details = "A plain message proves nothing: ask the user, then \"wxuserctl user erase\",\n"
		   "which erases what the RevokeInfo names. Times are those of UTC+8.\n",
	.needs = NEEDS_DB,
	.run = list,
};
