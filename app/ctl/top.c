#include <errno.h>
#include <stdbool.h>

#include "arena.h"
#include "buf.h"
#include "clock.h"
#include "command.h"
#include "running.h"
#include "terminal.h"
#include "top_page.h"
#include "top_view.h"

#define INTERVAL_S 2
#define MEMORY_MAX (16 << 20)
#define KEYS "q quits; r, e, s, n sort by rate, errors, slowest, name"
#define NO_ANSWER "it does not answer; asked again and again"

enum { INTERVAL, ONCE, POOL };

/* The last reading and the one before, each in an arena, and what is drawn in another. */
struct top {
	const struct ctl *ctl;
	const char *name; /* of whom it asks */
	struct arena *arenas[2], *scratch;
	struct top_reading readings[2];
	const struct top_reading *before, *now; /* NULL: not read yet */
	struct buf text, page;
	int64_t interval_us;
	enum top_order order;
};

static void top_init(
	struct top *top, const struct ctl *ctl, const char *name, int32_t interval_s)
{
	*top = (struct top){
		.ctl = ctl,
		.name = name,
		.interval_us = interval_s * CLOCK_SECOND_US,
	};
	for (size_t i = 0; i < 2; i++)
		top->arenas[i] = arena_new(MEMORY_MAX);
	top->scratch = arena_new(MEMORY_MAX);
}

static void top_release(struct top *top)
{
	for (size_t i = 0; i < 2; i++)
		arena_free(top->arenas[i]);
	arena_free(top->scratch);
	buf_release(&top->text);
	buf_release(&top->page);
}

/* -1: errno, and the readings are as they were. */
static int look(struct top *top)
{
	size_t place = top->now == &top->readings[0] ? 1 : 0;
	struct arena *arena = top->arenas[place];

	if (running_ask_for(top->ctl, top->name, TOP_WORDS, &top->text) < 0)
		return -1;
	arena_reset(arena);
	top_read(arena, arena_strdup(arena, top->text.data),
		(double)clock_now_us() / CLOCK_SECOND_US, &top->readings[place]);
	top->before = top->now;
	top->now = &top->readings[place];
	return 0;
}

static void draw(struct top *top, const struct top_page *page)
{
	struct top_view view;

	arena_reset(top->scratch);
	top_view_make(top->scratch, top->before, top->now, top->order, &view);
	buf_reset(&top->page);
	top_page_draw(page, &view, &top->page);
}

static int print_once(struct top *top)
{
	const struct top_page page = {.heading = "", .plain = "", .notice = ""};

	if (look(top) < 0)
		return running_fail(top->ctl);
	clock_sleep_us(top->interval_us);
	if (look(top) < 0)
		return running_fail(top->ctl);
	draw(top, &page);
	fputs(top->page.data, stdout);
	return EXIT_SUCCESS;
}

static void show(struct top *top, const char *notice)
{
	struct top_page page = {
		.heading = TERMINAL_REVERSE,
		.plain = TERMINAL_PLAIN,
		.notice = notice == NULL ? KEYS : notice,
	};

	terminal_size(&page.width, &page.height);
	draw(top, &page);
	terminal_show(&top->page);
}

static void heed_key(struct top *top, int key)
{
	static const struct {
		int key;
		enum top_order order;
	} orders[] = {
		{'r', TOP_BY_RATE},
		{'e', TOP_BY_ERRORS},
		{'s', TOP_BY_P99},
		{'n', TOP_BY_NAME},
	};

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (orders[i].key == key)
			top->order = orders[i].order;
}

static void go_on_showing(struct top *top)
{
	int64_t due_us = clock_monotonic_us() + top->interval_us;
	const char *notice = NULL;
	int event;

	do {
		show(top, notice);
		event = terminal_wait(due_us);
		heed_key(top, event);
		if (event != TERMINAL_TIME)
			continue;
		notice = look(top) == 0 || errno == EINTR ? NULL : NO_ANSWER;
		due_us = clock_monotonic_us() + top->interval_us;
	} while (event != 'q' && event != TERMINAL_END);
}

static int show_on_terminal(struct top *top)
{
	if (look(top) < 0)
		return running_fail(top->ctl);
	if (terminal_open() < 0)
		return ctl_fail("terminal: %s", strerror(errno));
	go_on_showing(top);
	terminal_close();
	return EXIT_SUCCESS;
}

/* NULL: there is nobody to ask. */
static const char *choose(const struct ctl *ctl, const char *pool)
{
	struct running found[RUNNING_MAX];

	if (pool != NULL)
		return arena_printf(ctl->arena, "wxuser-%s", pool);
	return running_find(ctl, found) > 0 ? found[0].name : NULL;
}

static int run(struct ctl *ctl, const struct argument *arguments)
{
	bool has_interval = arguments[INTERVAL].text != NULL;
	bool is_once = arguments[ONCE].text != NULL || !terminal_is_there();
	const char *name = choose(ctl, arguments[POOL].text);
	struct top top;
	int status;

	if (name == NULL)
		return running_fail(ctl);
	ctl_tell_fault(ctl);
	top_init(&top, ctl, name, has_interval ? arguments[INTERVAL].number : INTERVAL_S);
	status = is_once ? print_once(&top) : show_on_terminal(&top);
	top_release(&top);
	return status;
}

const struct command command_top = {
	.name = "top",
	.arguments = "[--interval SECONDS] [--once] [--pool core|remote]",
	.summary = "Shows what the running program does, live",
	.details = "Workers, and how long requests queue for them; endpoints, with rate, errors\n"
		   "and time; the requests at hand, the oldest first, and what they are at.\n"
		   "Rates are those of the last interval, of 2 or so many SECONDS; on the first\n"
		   "page those since the program's start. q quits; r, e, s and n sort by rate,\n"
		   "errors, slowest and name.\n"
		   "--once, or without a terminal: one page, after one interval, with all of it.\n"
		   "--pool: whom to ask, where each pool has its own master; core, if left out.\n",
	.needs = NEEDS_PLACE,
	.run = run,
};
