#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "conf.h"
#include "generation.h"
#include "inheritance.h"
#include "log.h"
#include "master.h"
#include "notify.h"
#include "pid_file.h"
#include "privileges.h"
#include "scoreboard.h"
#include "service.h"
#include "signals.h"
#include "staff.h"
#include "start.h"
#include "status.h"
#include "succession.h"
#include "worker.h"

#define TICK_NS 200000000
#define READY_WITHIN_US 10000000
#define TRIAL_DEATHS_MAX 5

struct master {
	const struct start *start;
	const struct service *service;
	struct staff staff;
	struct generation current, next; /* the next comes up beside the current */
	unsigned n_generations;
	unsigned n_refused; /* reloads and upgrades that came to nothing */
	int64_t started_us, next_us;
	struct succession succession;
	int predecessor; /* the link to it; -1: none, or gone */
	struct pid_file pid_file;
	struct status status;
	pid_t pid;
	bool has_begun;  /* all the first workers were ready */
	bool has_failed; /* no worker ever was, in time */
	bool is_told_to_end, is_told_to_reload, is_told_to_upgrade, is_succeeded;
};

/* ---- What outsiders are told. */

static void notify_serving(const struct master *master)
{
	notify("READY=1\nSTATUS=generation %u serves", master->current.number);
}

static void notify_changing(const char *status)
{
	notify("RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=%s", (long long)clock_monotonic_us(),
		status);
}

static const char *state_of(const struct master *master)
{
	if (master->is_told_to_end)
		return "ending";
	if (master->succession.heir != 0)
		return "upgrading";
	if (master->next.conf != NULL)
		return "reloading";
	return master->has_begun ? "serving" : "starting";
}

static void answer_status(const struct master *master)
{
	struct buf text = {0};
	int fd;

	while ((fd = status_accept(&master->status)) >= 0) {
		buf_reset(&text);
		buf_printf(&text, "program %s " PACKAGE_VERSION "\npid %d\nstate %s\n",
			master->service->name, (int)master->pid, state_of(master));
		buf_printf(&text, "generation %u\nrefused %u\n", master->current.number,
			master->n_refused);
		staff_describe(&master->staff, &master->current, &text);
		if (master->next.conf != NULL)
			staff_describe(&master->staff, &master->next, &text);
		staff_describe_leaving(&master->staff, &text);
		status_tell(fd, &text);
	}
	buf_release(&text);
}

/* ---- Reload. */

static bool is_changing(const struct master *master)
{
	return master->next.conf != NULL || master->succession.heir != 0 ||
		master->predecessor >= 0;
}

static void refuse_change(struct master *master, const char *what)
{
	master->n_refused++;
	log_error("%s; generation %u goes on", what, master->current.number);
	notify_serving(master);
}

static void warn_of_fixed(const struct conf *old, const struct conf *new)
{
	const struct {
		const char *name, *old, *new;
	} fixed[] = {
		{"listen_core", old->server_listen_core, new->server_listen_core},
		{"listen_remote", old->server_listen_remote, new->server_listen_remote},
		{"socket_group", old->server_socket_group, new->server_socket_group},
		{"user", old->server_user, new->server_user},
		{"state_directory", old->server_state_directory, new->server_state_directory},
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (strcmp(fixed[i].old, fixed[i].new) != 0)
			log_warning("server.%s has changed, which takes a restart", fixed[i].name);
	}
}

static void begin_reload(struct master *master)
{
	master->is_told_to_reload = false;
	log_info("reading the configuration again");
	notify_changing("reading the configuration again");
	if (generation_open(&master->next, master->service, master->current.conf->path) < 0) {
		generation_restore_log(&master->current);
		refuse_change(master, "configuration refused");
		return;
	}
	warn_of_fixed(master->current.conf, master->next.conf);
	master->next.number = ++master->n_generations;
	staff_try(&master->staff, master->next.number);
	master->next_us = clock_monotonic_us();
}

static void adopt_next(struct master *master)
{
	staff_try(&master->staff, 0);
	staff_retire(&master->staff, master->current.number);
	generation_close(&master->current, master->service);
	master->current = master->next;
	master->next = (struct generation){0};
	log_info("generation %u serves", master->current.number);
	notify_serving(master);
}

static void abandon_next(struct master *master)
{
	staff_try(&master->staff, 0);
	staff_retire(&master->staff, master->next.number);
	generation_close(&master->next, master->service);
	generation_restore_log(&master->current);
	refuse_change(master, "workers of the new configuration do not come up");
}

static void look_at_next(struct master *master)
{
	if (master->is_told_to_reload && !is_changing(master))
		begin_reload(master);
	if (master->next.conf == NULL)
		return;
	if (staff_is_complete(&master->staff, &master->next))
		adopt_next(master);
	else if (master->staff.n_trial_deaths > TRIAL_DEATHS_MAX ||
		clock_monotonic_us() - master->next_us > READY_WITHIN_US)
		abandon_next(master);
}

/* ---- Upgrade: the one who goes, and the heir. */

static void begin_upgrade(struct master *master)
{
	struct inheritance inheritance = {0};

	master->is_told_to_upgrade = false;
	log_info("starting %s again", master->start->argv[0]);
	notify_changing("upgrading");
	for (size_t i = 0; i < N_CREWS; i++)
		crew_leave(&master->staff.crews[i], &inheritance);
	if (succession_begin(&master->succession, master->start->argv, &inheritance) < 0)
		refuse_change(master, "upgrade failed");
}

static void give_way(struct master *master)
{
	log_info("pid %d takes over", (int)master->succession.heir);
	notify("MAINPID=%d", (int)master->succession.heir);
	for (size_t i = 0; i < N_CREWS; i++)
		listener_disown(&master->staff.crews[i].listener);
	succession_grant(&master->succession);
	master->is_succeeded = master->is_told_to_end = true;
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
		refuse_change(master, "upgrade failed");
		break;
	default:
		break;
	}
}

/* Who inherits waits until its predecessor has let go. -1: logged. */
static int take_place(struct master *master)
{
	const struct conf *conf = master->current.conf;

	for (size_t i = 0; i < N_CREWS; i++)
		listener_own(&master->staff.crews[i].listener);
	if (pid_file_write(&master->pid_file, conf, master->service->name) < 0)
		return -1;
	return status_open(&master->status, conf, master->service->name);
}

static void leave_place(struct master *master)
{
	pid_file_remove(&master->pid_file);
	status_remove(&master->status);
}

static void look_at_predecessor(struct master *master)
{
	if (master->predecessor < 0 || !master->has_begun ||
		!succession_is_granted(master->predecessor))
		return;
	close(master->predecessor);
	master->predecessor = -1;
	take_place(master);
	log_info("took over");
	notify_serving(master);
}

static void look_at_beginning(struct master *master)
{
	if (master->has_begun || !staff_is_complete(&master->staff, &master->current))
		return;
	master->has_begun = true;
	if (master->predecessor >= 0)
		succession_ask(master->predecessor);
	else
		notify_serving(master);
}

/* ---- Its life. */

static void unlink_sockets(struct master *master)
{
	for (size_t i = 0; i < N_CREWS; i++)
		listener_unlink(&master->staff.crews[i].listener);
}

static int prepare(struct master *master, const struct inheritance *inheritance)
{
	if (staff_open(&master->staff, master->current.conf, inheritance) < 0 ||
		(master->predecessor < 0 && take_place(master) < 0) ||
		privileges_drop(master->current.conf->server_user) < 0)
		return -1;
	umask(027);
	master->started_us = clock_monotonic_us();
	return staff_open_board(&master->staff);
}

static void reopen_log(struct master *master)
{
	log_reopen();
	log_info("log opened anew");
	staff_signal(&master->staff, SIGUSR1);
}

static void heed_signals(struct master *master)
{
	const struct timespec tick = {.tv_nsec = TICK_NS};
	const sigset_t set = signals_heard();

	switch (sigtimedwait(&set, NULL, &tick)) {
	case SIGTERM:
	case SIGINT:
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

/* The slot of a new worker in that worker, NULL in the master. */
static struct slot *hire(struct master *master)
{
	struct slot *mine = staff_hire(&master->staff, &master->current);

	if (mine == NULL && master->next.conf != NULL)
		mine = staff_hire(&master->staff, &master->next);
	return mine;
}

static void look_at_workers(struct master *master)
{
	staff_look(&master->staff, master->current.conf);
	if (!staff_is_hopeless(&master->staff) ||
		clock_monotonic_us() - master->started_us < READY_WITHIN_US)
		return;
	log_error("no worker became ready in %d s", READY_WITHIN_US / 1000000);
	master->has_failed = master->is_told_to_end = true;
}

/* Until the end is told. A worker's slot in what has become one, NULL in the master. */
static struct slot *watch_over(struct master *master)
{
	while (!master->is_told_to_end) {
		struct slot *mine = hire(master);

		if (mine != NULL)
			return mine;
		heed_signals(master);
		look_at_workers(master);
		look_at_beginning(master);
		look_at_predecessor(master);
		look_at_next(master);
		look_at_heir(master);
		answer_status(master);
	}
	return NULL;
}

static void drain(struct master *master)
{
	log_info("ending");
	succession_cancel(&master->succession);
	if (!master->is_succeeded)
		notify("STOPPING=1\nSTATUS=answering what is there");
	unlink_sockets(master);
	staff_signal(&master->staff, master->is_succeeded ? SIGHUP : SIGTERM);
	while (!staff_is_empty(&master->staff)) {
		heed_signals(master);
		staff_look(&master->staff, master->current.conf);
		answer_status(master);
	}
}

static int work_as(struct master *master, struct slot *slot)
{
	const struct generation *generation = slot->generation == master->current.number ?
		&master->current : &master->next;
	const struct crew *crew = &master->staff.crews[slot->pool == POOL_CORE ? 0 : 1];
	const struct worker_place place = {
		.conf = generation->conf,
		.shared = generation->shared,
		.service = master->service,
		.board = master->staff.board,
		.slot = slot,
		.listener = crew->listener.fd,
		.handover = crew->handover,
		.pool = crew->pool,
		.master = master->pid,
	};

	status_close(&master->status);
	succession_close(&master->succession);
	if (master->predecessor >= 0)
		close(master->predecessor);
	return worker_run(&place);
}

static int run(struct master *master)
{
	struct slot *mine;

	log_event(LOG_LEVEL_INFO, "started");
	for (size_t i = 0; i < N_CREWS; i++) {
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
		leave_place(master);
	return master->has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int master_run(const struct start *start, const struct generation *first,
	const struct inheritance *inheritance)
{
	struct master master = {
		.start = start,
		.service = start->service,
		.current = *first,
		.n_generations = first->number,
		.predecessor = succession_link(inheritance),
		.status = {.fd = -1},
		.pid = getpid(),
	};
	int status = EX_CONFIG;

	staff_init(&master.staff, start->service);
	if (prepare(&master, inheritance) == 0) {
		status = run(&master);
	} else {
		unlink_sockets(&master);
		leave_place(&master);
	}
	status_close(&master.status);
	staff_close(&master.staff);
	generation_close(&master.current, master.service);
	generation_close(&master.next, master.service);
	return status;
}
