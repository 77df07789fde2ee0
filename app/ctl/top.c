#include "arena.h"
#include "buf.h"
#include "clock.h"
#include "command.h"
#include "control_client.h"
#include "top_page.h"

#define INTERVAL_S 2

enum { INTERVAL, SORT, POOL };

/* Returns -1 with errno if the program does not answer. */
static int read_program(const struct ctl *ctl, const char *name, struct top_reading *reading_r)
{
	struct buf text = {0};
	int status = control_client_ask(ctl, name, TOP_COMMANDS, &text);

	if (status == 0)
		top_read(ctl->arena, arena_strdup(ctl->arena, text.data),
			(double)clock_now_us() / CLOCK_SECOND_US, reading_r);
	buf_release(&text);
	return status;
}

/* Returns the name of the instance to ask, or NULL if none answers. */
static const char *choose_instance(const struct ctl *ctl, const char *pool)
{
	struct master_status found[MASTERS_MAX];

	if (pool != NULL)
		return arena_printf(ctl->arena, "wxuser-%s", pool);
	return control_client_find(ctl, found) > 0 ? found[0].name : NULL;
}

static int print_top(struct ctl *ctl, const struct argument *arguments)
{
	const bool has_interval = arguments[INTERVAL].text != NULL;
	const int32_t interval_s = has_interval ? arguments[INTERVAL].number : INTERVAL_S;
	const char *name = choose_instance(ctl, arguments[POOL].text);
	struct top_reading before, now;
	struct top_page page;
	struct buf text = {0};

	if (name == NULL)
		return control_client_fail(ctl);
	ctl_warn_of_fault(ctl);
	if (read_program(ctl, name, &before) < 0)
		return control_client_fail(ctl);
	clock_sleep_us(interval_s * CLOCK_SECOND_US);
	if (read_program(ctl, name, &now) < 0)
		return control_client_fail(ctl);
	top_page_make(ctl->arena, &before, &now, (enum top_order)arguments[SORT].number, &page);
	top_page_write(&page, &text);
	fputs(text.data, stdout);
	buf_release(&text);
	return EXIT_SUCCESS;
}

const struct command command_top = {
	.name = "top",
	.arguments = "[--interval SECONDS] [--sort rate|errors|p99|name] [--pool core|remote]",
	.summary = "Prints one page of what the running program does",
	.details =
		"Reads the program's counters twice, with an interval of 2 or so many SECONDS\n"
		"between, and prints: the workers of each pool, the requests in flight there and\n"
		"the most that it may hold, and how long requests queued for a worker; the hosts\n"
		"of the database, each with the workers that are connected to it, and what was\n"
		"last found out about it; the endpoints with rate, errors and time, ordered by\n"
		"--sort (default rate); the requests in flight, the oldest first, with what they\n"
		"wait for.\n"
		"Rates and times are those of the interval; if the program was started during\n"
		"it, those since the start. --pool names the master to ask if each pool has its\n"
		"own (default core).\n"
		"To repeat the page:\n"
		"watch -n2 wxuserctl top --sort errors\n",
	.needs = NEEDS_CONF_PARTS,
	.run = print_top,
};
