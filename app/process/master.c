#include <signal.h>
#include <stdbool.h>
#include <sysexits.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "conf.h"
#include "inheritance.h"
#include "log.h"
#include "master.h"
#include "metrics.h"
#include "notify.h"
#include "privileges.h"
#include "reload.h"
#include "scoreboard.h"
#include "seat.h"
#include "service.h"
#include "signals.h"
#include "staff.h"
#include "standing.h"
#include "start.h"
#include "succession.h"
#include "worker.h"

#define TICK_NS 200000000

struct master {
	const struct start *start;
	const struct service *service;
	struct staff staff;
	struct reload reload;
	int64_t started_us;
	struct succession succession;
	int predecessor; /* the link to it; -1: none, or gone */
	struct seat seat;
	pid_t pid, parent; /* 0: it had gone before this began */
	bool has_begun;  /* all the first workers were ready */
	bool has_failed; /* no worker ever was, in time */
	bool is_told_to_end, is_told_to_reload, is_told_to_upgrade, is_succeeded;
	bool leaves_workers; /* to the master who comes next */
};

/* ---- What outsiders are told. */

/* Only one process is watched: the heir from when it has the place. */
static void notify_watcher(const struct master *master)
{
	if (master->predecessor < 0 && !master->is_succeeded)
		notify_alive();
}

static bool is_of_supervisord(void)
{
	return getenv("SUPERVISOR_ENABLED") != NULL;
}

/* What supervisord has started is process 1's if supervisord was killed meanwhile. */
static pid_t find_parent(void)
{
	pid_t parent = getppid();

	return parent == 1 && is_of_supervisord() ? 0 : parent;
}

static const char *state_of(const struct master *master)
{
	if (master->is_told_to_end || master->is_succeeded)
		return "ending";
	if (master->succession.heir != 0)
		return "upgrading";
	if (reload_is_under_way(&master->reload))
		return "reloading";
	return master->has_begun ? "serving" : "starting";
}

static void describe(const struct master *master, struct buf *text)
{
	buf_printf(text, "program %s " PACKAGE_VERSION "\nparent %d\npid %d\nstate %s\n",
		master->service->name, getppid() == master->parent ? (int)master->parent : 0,
		(int)master->pid, state_of(master));
	reload_describe(&master->reload, text);
	staff_describe_leaving(&master->staff, text);
}

static void tell(const void *ctx, const char *word, struct buf *text)
{
	const struct master *master = ctx;
	const struct metrics_source source = {
		.service = master->service,
		.board = master->staff.board,
	};

	if (strcmp(word, "status") == 0)
		describe(master, text);
	else if (strcmp(word, "metrics") == 0)
		metrics_write(&source, text);
	else if (strcmp(word, "requests") == 0)
		standing_describe_all(source.board, source.service, text);
	else
		buf_append_str(text, "ask for status, metrics or requests\n");
}

static void answer_status(struct master *master)
{
	const struct teller teller = {.tell = tell, .ctx = master};

	status_answer(&master->seat.status, &teller);
}

/* ---- Reload. */

static bool is_changing(const struct master *master)
{
	return reload_is_under_way(&master->reload) || master->succession.heir != 0 ||
		master->predecessor >= 0;
}

static void look_at_reload(struct master *master)
{
	if (master->is_told_to_reload && !is_changing(master)) {
		master->is_told_to_reload = false;
		reload_begin(&master->reload);
	}
	reload_look(&master->reload);
}

/* ---- Upgrade: the one who goes, and the heir. */

static void begin_upgrade(struct master *master)
{
	struct inheritance inheritance = {0};

	master->is_told_to_upgrade = false;
	reload_collect_errors(&master->reload);
	/* It would start another, unknown to the heir, as soon as this process ends. */
	if (is_of_supervisord()) {
		log_error("supervisord knows this process alone; let it restart it");
		reload_refuse(&master->reload, "upgrade refused");
		return;
	}
	log_info("starting %s again", master->start->argv[0]);
	notify_changing("upgrading");
	staff_leave(&master->staff, &inheritance);
	if (succession_begin(&master->succession, master->start->argv, &inheritance) < 0)
		reload_refuse(&master->reload, "upgrade failed");
}

static void give_way(struct master *master)
{
	log_info("pid %d takes over", (int)master->succession.heir);
	notify("MAINPID=%d", (int)master->succession.heir);
	staff_disown_sockets(&master->staff);
	succession_grant(&master->succession);
	master->is_succeeded = true;
}

static void look_at_heir(struct master *master)
{
	if (master->is_told_to_upgrade && !is_changing(master))
		begin_upgrade(master);
	switch (succession_look(&master->succession)) {
	case SUCCESSION_ASKED:
		give_way(master);
		break;
	case SUCCESSION_FAILED:
		reload_refuse(&master->reload, "upgrade failed");
		break;
	default:
		break;
	}
}

static void reopen_log(struct master *master)
{
	reload_reopen_logs(&master->reload);
	log_info("log opened anew");
	staff_signal(&master->staff, SIGUSR1);
}

static void look_at_predecessor(struct master *master)
{
	if (master->predecessor < 0 || !master->has_begun ||
		!succession_is_granted(master->predecessor))
		return;
	seat_take(&master->seat, &master->staff);
	close(master->predecessor);
	master->predecessor = -1;
	log_info("took over");
	reopen_log(master); /* a rotation in between was told to the predecessor */
	reload_notify(&master->reload);
}

static void look_at_beginning(struct master *master)
{
	if (master->has_begun || !staff_is_complete(&master->staff, &master->reload.current))
		return;
	master->has_begun = true;
	staff_publish(&master->staff);
	if (master->predecessor >= 0)
		succession_ask(master->predecessor);
	else
		reload_notify(&master->reload);
}

/* ---- Its life. */

/* On standard input it has a socket whose path somebody else gives to the next program: at a second
 * start, or when who started this one was killed and has begun again. */
static bool has_lost_path(const struct master *master)
{
	if (master->start->n_workers == 0 || staff_sockets_are_named(&master->staff))
		return false;
	log_warning("the path of the socket names another, or none");
	return true;
}

static int prepare(struct master *master, const struct inheritance *inheritance)
{
	const struct conf *conf = master->reload.current.conf;
	bool is_heir = master->predecessor >= 0; /* who waits until that has let go */

	if (seat_check(conf) < 0 || (!is_heir && seat_find_free(&master->seat, conf) < 0) ||
		staff_open(&master->staff, conf, inheritance) < 0 || has_lost_path(master) ||
		(!is_heir && seat_take(&master->seat, &master->staff) < 0) ||
		privileges_drop(conf->server_user) < 0)
		return -1;
	master->started_us = clock_monotonic_us();
	return staff_open_board(&master->staff);
}

static void heed_signals(struct master *master)
{
	const struct timespec tick = {.tv_nsec = TICK_NS};
	const sigset_t set = signals_heard();

	switch (sigtimedwait(&set, NULL, &tick)) {
	case SIGTERM:
		master->leaves_workers = staff_has_anothers_sockets(&master->staff);
		master->is_told_to_end = true;
		break;
	case SIGINT:
		master->leaves_workers = false;
		master->is_told_to_end = true;
		break;
	case SIGHUP:
		master->is_told_to_reload = true;
		break;
	case SIGUSR1:
		reopen_log(master);
		break;
	case SIGUSR2:
		master->is_told_to_upgrade = true;
		break;
	default:
		break;
	}
}

static void look_at_workers(struct master *master)
{
	staff_look(&master->staff, master->reload.current.conf);
	if (!staff_is_hopeless(&master->staff) ||
		clock_monotonic_us() - master->started_us < STAFF_READY_WITHIN_S * CLOCK_SECOND_US)
		return;
	log_error("no worker became ready in %d s", STAFF_READY_WITHIN_S);
	master->has_failed = master->is_told_to_end = true;
}

static void look_at_sockets(struct master *master)
{
	if (has_lost_path(master))
		master->leaves_workers = master->is_told_to_end = true;
}

/* Until its end. A worker's slot in what has become one, NULL in the master. */
static struct slot *watch_over(struct master *master)
{
	while (!master->is_told_to_end && !master->is_succeeded) {
		struct slot *mine;

		look_at_workers(master);
		mine = reload_hire(&master->reload);
		if (mine != NULL)
			return mine;
		heed_signals(master);
		look_at_sockets(master);
		look_at_beginning(master);
		look_at_predecessor(master);
		look_at_reload(master);
		look_at_heir(master);
		answer_status(master);
		notify_watcher(master);
	}
	return NULL;
}

/* Who has granted the place is found there until the heir has it. */
static void pass_on_signals(struct master *master)
{
	pid_t heir = master->succession.heir;

	if (heir == 0)
		return;
	if (master->is_told_to_reload) /* it may have read before */
		kill(heir, SIGHUP);
	if (master->is_told_to_end)
		kill(heir, master->leaves_workers ? SIGTERM : SIGINT);
	master->is_told_to_reload = master->is_told_to_end = false;
}

static void drain(struct master *master)
{
	bool is_over = false;

	log_info("ending");
	if (!master->is_succeeded) {
		succession_cancel(&master->succession);
		notify("STOPPING=1\nSTATUS=answering what is there");
		if (master->leaves_workers)
			return;
	}
	staff_unlink_sockets(&master->staff);
	staff_signal(&master->staff, master->is_succeeded ? SIGHUP : SIGTERM);
	while (!is_over) {
		heed_signals(master);
		pass_on_signals(master);
		staff_look(&master->staff, master->reload.current.conf);
		is_over = succession_is_over(&master->succession) && staff_is_empty(&master->staff);
		answer_status(master);
		notify_watcher(master);
	}
}

static int work_as(struct master *master, struct slot *slot)
{
	const struct generation *generation = reload_generation_of(&master->reload, slot);
	const struct crew *crew = &master->staff.crews[slot->pool];
	const struct worker_place place = {
		.conf = generation->conf,
		.log = generation->log,
		.shared = generation->shared,
		.service = master->service,
		.board = master->staff.board,
		.slot = slot,
		.listener = &crew->listener,
		.handover = crew->handover,
		.pool = crew->pool,
		.master = master->pid,
		.pid_file = &master->seat.pid_file,
	};

	reload_keep_log(&master->reload, generation);
	seat_close(&master->seat);
	staff_release_locks(&master->staff);
	succession_close(&master->succession);
	if (master->predecessor >= 0)
		close(master->predecessor);
	return worker_run(&place);
}

static int run(struct master *master)
{
	struct slot *mine;

	log_event(LOG_LEVEL_INFO, "started");
	for (size_t i = 0; i < POOL_N; i++) {
		if (master->staff.crews[i].listener.fd >= 0)
			log_str(master->staff.crews[i].name,
				master->staff.crews[i].listener.address);
	}
	log_end();
	mine = watch_over(master);
	if (mine != NULL)
		return work_as(master, mine);
	drain(master);
	if (!master->is_succeeded)
		seat_leave(&master->seat, &master->staff);
	return master->has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int master_run(const struct start *start, const struct generation *first,
	const struct inheritance *inheritance)
{
	struct master master = {
		.start = start,
		.service = start->service,
		.predecessor = succession_link(inheritance),
		.pid = getpid(),
		.parent = find_parent(),
	};
	int status = EX_CONFIG;

	staff_init(&master.staff, start);
	reload_init(&master.reload, start->service, &master.staff, first);
	seat_init(&master.seat, first->conf, start);
	if (prepare(&master, inheritance) == 0)
		status = run(&master);
	else
		seat_leave(&master.seat, &master.staff);
	seat_close(&master.seat);
	staff_close(&master.staff);
	reload_close(&master.reload);
	return status;
}
