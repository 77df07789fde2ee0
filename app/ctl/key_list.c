#include "api_key.h"
#include "clock.h"
#include "command.h"
#include "request.h"

#define DAY_SIZE sizeof("-2147483648-10-10")

static void write_day(int64_t instant_us, char day_r[DAY_SIZE])
{
	struct civil day;

	clock_to_civil(instant_us, CLOCK_LOCAL_OFFSET_S, &day);
	if (instant_us == 0)
		snprintf(day_r, DAY_SIZE, "-");
	else
		snprintf(day_r, DAY_SIZE, "%04d-%02d-%02d", day.year, day.month, day.day);
}

static void print_row(void *ctx, const struct api_key *key)
{
	char created[DAY_SIZE], revoked[DAY_SIZE];

	ctl_head(ctx);
	write_day(key->created_us, created);
	write_day(key->revoked_us, revoked);
	printf("%6d  %6d  %-5s %-6s %-6s  %-10s  %-10s  %s\n", key->id, key->tenant_id,
		(key->scopes & SCOPE_READ) != 0 ? "read" : "-",
		(key->scopes & SCOPE_WRITE) != 0 ? "write" : "-",
		(key->scopes & SCOPE_ADMIN) != 0 ? "admin" : "-", created, revoked, key->name);
}

static int list(struct ctl *ctl, const struct argument *arguments)
{
	const char *heading = "    ID  TENANT  READ  WRITE  ADMIN   CREATED     REVOKED     NAME";

	(void)arguments;
	return ctl_end_list(api_key_list(ctl->db, print_row, &heading), &heading, "");
}

const struct command command_key_list = {
	.name = "key list",
	.arguments = "",
	.summary = "Lists the API keys; the keys themselves are not stored",
	.details = "Days are those of UTC+8.\n",
	.needs = NEEDS_DB,
	.run = list,
};
