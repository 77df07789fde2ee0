#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "confine.h"
#include "control.h"
#include "instance.h"
#include "listen_fds.h"
#include "log.h"
#include "master.h"
#include "metrics.h"
#include "notify.h"
#include "privileges.h"
#include "program.h"
#include "reload.h"
#include "scoreboard.h"
#include "service.h"
#include "signals.h"
#include "upgrade.h"
#include "worker.h"
#include "worker_place.h"
#include "workers.h"

#define TICK_NS 200000000
#define NAME_SIZE 64

struct master {
	const struct program *program;
	struct workers workers;
	struct generation current;
	struct reload reload;
	struct upgrade upgrade;
	int old_master_fd; /* the link to it; -1: there is none any more */
	struct instance instance;
	int landlock; /* of confine_find_landlock() */
	struct control control;
	int64_t started_us;
	pid_t pid, parent; /* parent 0: it had gone before this began */
	bool has_begun;    /* all the first workers were ready */
	bool has_failed;   /* no worker was ready in time */
	bool stop_requested, reload_requested, upgrade_requested;
	bool has_handed_off; /* to the new master */
	bool leaves_workers; /* to the next master */
};

/* ---- The service manager. */

/* It watches one process: from the hand-off on, the new master. */
static void master_notify_alive(const struct master *master)
{
	if (master->old_master_fd < 0 && !master->has_handed_off)
		notify_alive();
}

static bool master_is_of_supervisord(void)
{
	return getenv("SUPERVISOR_ENABLED") != NULL;
}

/* A child of supervisord becomes one of process 1 if supervisord is killed. */
static pid_t master_find_parent(void)
{
	pid_t parent = getppid();

	return parent == 1 && master_is_of_supervisord() ? 0 : parent;
}

/* ---- The control socket. */

static const char *master_state(const struct master *master)
{
	if (master->stop_requested || master->has_handed_off)
		return "draining";
	if (master->upgrade.new_master != 0)
		return "upgrading";
	if (reload_is_under_way(&master->reload))
		return "reloading";
	return master->has_begun ? "serving" : "starting";
}

static void master_describe(const struct master *master, struct buf *text)
{
	buf_printf(text, "program %s " PACKAGE_VERSION "\nparent %d\npid %d\nstate %s\n",
		master->program->service->name,
		getppid() == master->parent ? (int)master->parent : 0, (int)master->pid,
		master_state(master));
	reload_describe(&master->reload, text);
	workers_describe_draining(&master->workers, text);
}

static void master_forget(const struct scoreboard *board, struct buf *output)
{
	atomic_fetch_add(&board->master->n_changes, 1);
	buf_append_str(output, CONTROL_FORGOTTEN);
}

static void master_run_command(const void *ctx, const char *command, struct buf *output)
{
	const struct master *master = ctx;
	const struct scoreboard *board = master->workers.board;

	if (strcmp(command, "status") == 0)
		master_describe(master, output);
	else if (strcmp(command, "metrics") == 0)
		metrics_write(board, output);
	else if (strcmp(command, "requests") == 0)
		scoreboard_print_in_flight(board, output);
	else if (strcmp(command, CONTROL_FORGET) == 0)
		master_forget(board, output);
	else
		buf_append_str(output,
			"unknown command; there are status, metrics, requests and forget\n");
}

/* ---- The instance. */

/* From now on this is the master that others find, as a process of server.user. */
static int master_take_over(struct master *master)
{
	int status = instance_write_pid(&master->instance);

	WORKERS_EACH_POOL(&master->workers, pool)
		listener_own(&pool->listener);
	return control_open(&master->control, master->instance.control_path) < 0 ? -1 : status;
}

static void master_unlink_sockets(struct master *master)
{
	WORKERS_EACH_POOL(&master->workers, pool)
		listener_unlink(&pool->listener);
}

/* Removes the files that are still this master's. */
static void master_leave(struct master *master)
{
	master_unlink_sockets(master);
	if (instance_remove_pid(&master->instance)) {
		WORKERS_EACH_POOL(&master->workers, pool)
			handover_unlink(&pool->handover);
	}
	control_unlink(&master->control, master->instance.control_path);
}

static bool master_has_others_socket(const struct master *master)
{
	bool has = false;

	WORKERS_EACH_POOL(&master->workers, pool)
		has |= listener_is_foreign(&pool->listener);
	return has;
}

/* The path of the socket on standard input may name another one: if the program that made it gave
 * the path to the next process, at a second start or because it was killed and has begun again. */
static bool master_has_lost_path(const struct master *master)
{
	bool is_named = true;

	if (master->program->n_workers == 0)
		return false;
	WORKERS_EACH_POOL(&master->workers, pool)
		is_named &= listener_is_named(&pool->listener);
	if (!is_named)
		log_warning("the path of the socket names another socket, or nothing");
	return !is_named;
}

/* A new master takes over when its old master has handed off. */
static int master_open(struct master *master, const struct listen_fds *listen_fds)
{
	const struct conf *conf = master->current.conf;
	bool takes_over = master->old_master_fd < 0;

	if (instance_check(conf) < 0 ||
		(takes_over && instance_wait_free(&master->instance, conf) < 0) ||
		workers_open(&master->workers, conf, listen_fds) < 0 ||
		master_has_lost_path(master) || privileges_drop(conf->server_user) < 0 ||
		(takes_over && master_take_over(master) < 0))
		return -1;
	confine_process();
	master->landlock = confine_find_landlock();
	master->started_us = clock_monotonic_us();
	return 0;
}

/* ---- Workers. */

/* A worker has the keys and passwords of its own generation alone. */
static void master_forget_others(struct master *master, const struct generation *own)
{
	struct generation *const all[] = {
		&master->current, &master->reload.next, &master->reload.last_good};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] != own)
			generation_close(all[i], master->program->service);
}

/* In the worker, which keeps nothing of the master's open. Returns its exit status. */
static int master_become_worker(
	struct master *master, struct generation *generation, struct slot *slot)
{
	const struct worker_place place = {
		.conf = generation->conf,
		.log = generation->log,
		.shared = generation->shared,
		.service = master->program->service,
		.board = master->workers.board,
		.slot = slot,
		.listener = &master->workers.pools[slot->pool].listener,
		.handover = master->workers.pools[slot->pool].handover,
		.master = master->pid,
		.instance = &master->instance,
		.landlock = master->landlock,
	};

	log_copy_errors(NULL);
	log_use(generation->log);
	master_forget_others(master, generation);
	control_close(&master->control);
	WORKERS_EACH_POOL(&master->workers, pool)
		listener_release_lock(&pool->listener);
	upgrade_close(&master->upgrade);
	if (master->old_master_fd >= 0)
		close(master->old_master_fd);
	return worker_run(&place);
}

/* Forks the workers that the generation lacks, at first all, later those that have died. */
static void master_spawn(struct master *master, struct generation *generation)
{
	struct slot *slot;
	pid_t pid = 0;

	while (pid >= 0 && (slot = workers_take_vacancy(&master->workers, generation)) != NULL) {
		pid = fork();
		if (pid == 0)
			exit(master_become_worker(master, generation, slot));
		workers_note_fork(&master->workers, slot, pid);
	}
}

static void master_poll_workers(struct master *master)
{
	int64_t age_us = clock_monotonic_us() - master->started_us;

	workers_poll(&master->workers, master->current.conf);
	if (workers_fail_to_start(&master->workers) &&
		age_us >= WORKERS_READY_WITHIN_S * CLOCK_SECOND_US) {
		log_error("no worker became ready in %d s", WORKERS_READY_WITHIN_S);
		master->has_failed = master->stop_requested = true;
		return;
	}
	master_spawn(master, &master->current);
	if (reload_is_under_way(&master->reload))
		master_spawn(master, &master->reload.next);
}

static void master_reopen_logs(struct master *master)
{
	log_reopen(master->current.log);
	if (reload_is_under_way(&master->reload))
		log_reopen(master->reload.next.log);
	log_info("log files reopened");
	workers_signal(&master->workers, SIGUSR1);
}

/* ---- Reload and upgrade. */

static bool master_is_changing(const struct master *master)
{
	return reload_is_under_way(&master->reload) || master->upgrade.new_master != 0 ||
		master->old_master_fd >= 0;
}

static void master_poll_reload(struct master *master)
{
	if (master->reload_requested && !master_is_changing(master)) {
		master->reload_requested = false;
		reload_begin(&master->reload);
	}
	reload_poll(&master->reload);
}

static void master_begin_upgrade(struct master *master)
{
	struct listen_fds listen_fds = {0};

	master->upgrade_requested = false;
	reload_collect_errors(&master->reload);
	/* As soon as this process ended, it would start another one beside the new master. */
	if (master_is_of_supervisord()) {
		log_error("supervisord knows this process only; let it restart it");
		reload_fail(&master->reload, "upgrade refused");
		return;
	}
	log_info("starting %s again", master->program->argv[0]);
	notify_changing("upgrading");
	workers_pass(&master->workers, &listen_fds);
	if (upgrade_begin(&master->upgrade, master->program->argv, &listen_fds) < 0)
		reload_fail(&master->reload, "upgrade failed");
}

static void master_hand_off(struct master *master)
{
	log_info("pid %d takes over", (int)master->upgrade.new_master);
	notify("MAINPID=%d", (int)master->upgrade.new_master);
	WORKERS_EACH_POOL(&master->workers, pool)
		listener_disown(&pool->listener);
	upgrade_hand_off(&master->upgrade);
	master->has_handed_off = true;
}

static void master_poll_upgrade(struct master *master)
{
	if (master->upgrade_requested && !master_is_changing(master))
		master_begin_upgrade(master);
	switch (upgrade_poll(&master->upgrade)) {
	case UPGRADE_READY:
		master_hand_off(master);
		break;
	case UPGRADE_FAILED:
		reload_fail(&master->reload, "upgrade failed");
		break;
	default:
		break;
	}
}

static void master_poll_old_master(struct master *master)
{
	if (master->old_master_fd < 0 || !master->has_begun ||
		!upgrade_has_answered(master->old_master_fd))
		return;
	master_take_over(master); /* also if it fails, which is logged, the workers serve */
	close(master->old_master_fd);
	master->old_master_fd = -1;
	log_info("took over");
	master_reopen_logs(master); /* the old master got the signal of a rotation in between */
	reload_notify(&master->reload);
}

static void master_poll_start(struct master *master)
{
	if (master->has_begun || !workers_are_ready(&master->workers, &master->current))
		return;
	master->has_begun = true;
	WORKERS_EACH_POOL(&master->workers, pool)
		handover_publish(&pool->handover);
	if (master->old_master_fd >= 0)
		upgrade_send_ready(master->old_master_fd);
	else
		reload_notify(&master->reload);
}

/* ---- The loop. */

static void master_read_signal(struct master *master)
{
	const struct timespec tick = {.tv_nsec = TICK_NS};
	const sigset_t set = signals_handled();

	switch (sigtimedwait(&set, NULL, &tick)) {
	case SIGTERM:
		master->leaves_workers = master_has_others_socket(master);
		master->stop_requested = true;
		break;
	case SIGINT:
		master->leaves_workers = false;
		master->stop_requested = true;
		break;
	case SIGHUP:
		master->reload_requested = true;
		break;
	case SIGUSR1:
		master_reopen_logs(master);
		break;
	case SIGUSR2:
		master->upgrade_requested = true;
		break;
	default:
		break;
	}
}

static void master_serve(struct master *master)
{
	while (!master->stop_requested && !master->has_handed_off) {
		master_poll_workers(master);
		master_read_signal(master);
		if (master_has_lost_path(master))
			master->leaves_workers = master->stop_requested = true;
		master_poll_start(master);
		master_poll_old_master(master);
		master_poll_reload(master);
		master_poll_upgrade(master);
		control_poll(&master->control, master_run_command, master);
		master_notify_alive(master);
	}
}

/* Until the new master has taken over, signals still come here. */
static void master_pass_on_signals(struct master *master)
{
	pid_t new_master = master->upgrade.new_master;

	if (new_master == 0)
		return;
	if (master->reload_requested) /* it may have read before */
		kill(new_master, SIGHUP);
	if (master->stop_requested)
		kill(new_master, master->leaves_workers ? SIGTERM : SIGINT);
	master->reload_requested = master->stop_requested = false;
}

static void master_drain(struct master *master)
{
	bool is_over = false;

	log_info(master->leaves_workers && !master->has_handed_off ? "exiting, the workers stay"
								   : "draining");
	if (!master->has_handed_off) {
		upgrade_cancel(&master->upgrade);
		notify("STOPPING=1\nSTATUS=draining");
		if (master->leaves_workers)
			return;
	}
	master_unlink_sockets(master);
	workers_signal(&master->workers, master->has_handed_off ? SIGHUP : SIGTERM);
	while (!is_over) {
		master_read_signal(master);
		master_pass_on_signals(master);
		workers_poll(&master->workers, master->current.conf);
		is_over = upgrade_is_over(&master->upgrade) && workers_are_gone(&master->workers);
		control_poll(&master->control, master_run_command, master);
		master_notify_alive(master);
	}
}

static void master_log_start(const struct master *master)
{
	log_event(LOG_LEVEL_INFO, "started");
	workers_log_sizes(&master->workers, master->current.conf);
	WORKERS_EACH_POOL(&master->workers, pool) {
		if (pool->listener.fd >= 0)
			log_str(pool->name, pool->listener.address);
	}
	log_end();
	reload_log_access(master->current.conf);
}

int master_run(const struct program *program, const struct generation *first,
	const struct listen_fds *listen_fds)
{
	struct master master = {
		.program = program,
		.current = *first,
		.old_master_fd = upgrade_link(listen_fds),
		.pid = getpid(),
		.parent = master_find_parent(),
	};
	char name[NAME_SIZE];
	int status = EX_CONFIG;

	snprintf(name, sizeof(name), "%s%s%s", program->service->name,
		program->n_workers > 0 ? "-" : "",
		program->n_workers > 0 ? pool_name(program->pool) : "");
	workers_init(&master.workers, program);
	reload_init(&master.reload, &master.workers, &master.current);
	instance_init(&master.instance, first->conf, name);
	control_init(&master.control);
	if (master_open(&master, listen_fds) == 0) {
		master_log_start(&master);
		master_serve(&master);
		master_drain(&master);
		status = master.has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	if (!master.has_handed_off)
		master_leave(&master);
	control_close(&master.control);
	workers_close(&master.workers);
	reload_close(&master.reload);
	generation_close(&master.current, program->service);
	return status;
}
