#include <getopt.h>
#include <stdbool.h>
#include <sysexits.h>
#include <unistd.h>

#include "arena.h"
#include "audit.h"
#include "authenticate.h"
#include "clock.h"
#include "conf.h"
#include "config_check.h"
#include "db.h"
#include "endpoints.h"
#include "erasure_sync.h"
#include "heap.h"
#include "job.h"
#include "key_host.h"
#include "log.h"
#include "login_outcome.h"
#include "maintenance.h"
#include "privileges.h"
#include "program.h"
#include "request.h"
#include "request_origin.h"
#include "scoreboard.h"
#include "secret_keys.h"
#include "service.h"
#include "sms.h"
#include "start.h"
#include "statements.h"
#include "statistics.h"
#include "stored_credential.h"
#include "str.h"
#include "transfers.h"
#include "wechat.h"

#define KEYS_ERROR_SIZE 512
#define REMOTE_IDLE_US (30 * CLOCK_SECOND_US)

/* What the service holds in a worker. */
struct service_state {
	const struct conf *conf;
	enum pool pool;
	struct breaker_table *breakers;
	struct db *db; /* for jobs; requests share its connection */
	struct maintenance_watch maintenance;
	struct statistics_counts statistics;
	struct transfers *transfers;
	struct job_progress job;
	int64_t erasures_look_us;
	struct key_looks key_looks;
};

/* What it holds for each request that the worker holds. */
struct service_task {
	struct service_state *worker;
	struct db *db;
	struct wechat *wechat;
	struct sms *sms;
};

static void *service_worker_open(
	void *ctx, const struct conf *conf, struct slot *slot, struct scoreboard *board)
{
	struct service_state *state;
	char error[KEYS_ERROR_SIZE];

	if (secret_keys_lock(ctx, error, sizeof(error)) != 0) {
		log_error("%s", error);
		return NULL;
	}
	state = heap_new_of(struct service_state);
	state->conf = conf;
	state->pool = slot->pool;
	state->breakers = board->breakers;
	state->job.times = board->job_times;
	state->db = db_new(conf, ctx);
	db_share_nodes(state->db, board->nodes, slot);
	db_remember(state->db, &board->master->n_changes);
	state->transfers = transfers_new((unsigned)conf->server_remote_in_flight);
	if (slot->pool == POOL_REMOTE)
		db_set_transfers(state->db, state->transfers);
	return state;
}

static void service_worker_close(void *ctx)
{
	struct service_state *state = ctx;

	statistics_flush(state->db, &state->statistics);
	transfers_free(state->transfers);
	db_free(state->db);
	free(state);
}

/* A job seals and hashes, too. */
static void do_jobs(struct service_state *state)
{
	const enum err err = key_host_need(state->db, &state->key_looks);

	db_end_request(state->db);
	if (err != ERR_NONE)
		return;
	job_step(state->db, &state->job);
	erasure_sync_step(state->db, &state->erasures_look_us);
}

/* A remote worker closes an idle connection: most of its time it waits for WeChat. */
static void service_worker_tick(void *ctx)
{
	struct service_state *state = ctx;

	db_wipe_remembered(state->db);
	db_close_lost(state->db);
	db_return_to_preferred(state->db, state->pool == POOL_CORE);
	key_host_follow(state->db, &state->key_looks);
	statistics_tick(state->db, &state->statistics);
	if (state->pool == POOL_REMOTE)
		db_close_idle(state->db, REMOTE_IDLE_US);
	else
		do_jobs(state);
}

static int service_worker_fd(void *ctx)
{
	const struct service_state *state = ctx;

	return transfers_fd(state->transfers);
}

static void service_worker_resume(void *ctx)
{
	struct service_state *state = ctx;

	transfers_run(state->transfers);
}

static void *service_task_open(void *ctx)
{
	struct service_state *state = ctx;
	struct service_task *task = heap_new_of(struct service_task);

	task->worker = state;
	task->db = db_new_sharing(state->db);
	task->wechat = wechat_new(state->conf, state->transfers, state->breakers);
	task->sms = sms_new(state->conf, state->transfers, state->breakers);
	return task;
}

static void service_task_close(void *ctx)
{
	struct service_task *task = ctx;

	sms_free(task->sms);
	wechat_free(task->wechat);
	db_free(task->db);
	free(task);
}

/* How long the requests have waited for WeChat and the SMS gateway in all. */
static int64_t waited_us(const struct service_task *task)
{
	return wechat_waited_us(task->wechat) + sms_waited_us(task->sms);
}

/* A worker reads and writes nothing before the keys have proven to be the database's own, and those
 * in use are known. */
static void check_keys(struct service_state *state, struct db *db)
{
	const enum err err = key_host_need(db, &state->key_looks);

	if (err != ERR_NONE)
		db_give_up(db, err);
}

static void service_request_open(void *ctx, struct request *req)
{
	const int64_t queued_us = request_queued_us(req);
	struct service_task *task = ctx;

	db_begin_request(task->db, req->arena);
	if (queued_us > 0)
		db_note_queued(task->db, queued_us);
	audit_set_origin(task->db, request_origin, req);
	check_keys(task->worker, task->db);
	req->db = task->db;
	req->maintenance = &task->worker->maintenance;
	req->statistics = &task->worker->statistics;
	req->transfers = task->worker->transfers;
	req->wechat = task->wechat;
	req->sms = task->sms;
	req->db_us = -db_waited_us(task->db);
	req->remote_us = -waited_us(task);
}

static void service_request_close(void *ctx, struct request *req)
{
	struct service_task *task = ctx;

	if (req->err_reason == NULL)
		req->err_reason = db_reason(task->db, req->err);
	login_outcome_note(req);
	db_end_request(task->db);
	req->db_us += db_waited_us(task->db);
	req->remote_us += waited_us(task);
}

/* A first start may precede the database's; a reload or an upgrade may not. */
static int service_check_database(const struct conf *conf, struct db *db, bool replaces)
{
	struct key_looks looks = {0};
	enum err err = db_check_host(db);

	if (err == ERR_NONE)
		err = statements_check(db, db_user_of_service(conf));
	if (err == ERR_INTERNAL)
		log_error("the database refuses; \"wxuserctl check\" tells what is missing");
	if (err == ERR_NONE)
		err = key_host_need(db, &looks);
	if (err == ERR_BUSY && replaces)
		log_error("the database does not answer; \"wxuserctl check\" tells more");
	else if (err == ERR_BUSY)
		log_warning("the database does not answer yet; starting all the same");
	return err == ERR_INTERNAL || (err == ERR_BUSY && replaces) ? -1 : 0;
}

static void warn_of_sandbox(const struct conf *conf)
{
	if (str_starts_with(conf->wechat_base_url, "http://"))
		log_warning("wechat.base_url is %s: this is a sandbox, not WeChat",
			conf->wechat_base_url);
	if (strcmp(conf->sms_driver, "none") != 0 &&
		str_starts_with(conf->sms_base_url, "http://"))
		log_warning("sms.base_url is %s: this is a sandbox, no code reaches a phone",
			conf->sms_base_url);
}

/* Refuses to start with what would only fail later, at a user's request. Warns of dangers. */
static int check(const struct conf *conf, const struct secret_keys *keys, bool replaces)
{
	const char *problem = endpoint_find_problem(endpoints);
	struct arena *arena = arena_new(1 << 20);
	struct db *db = db_new(conf, keys);
	int status = 0;

	if (problem != NULL)
		log_error("%s", problem);
	db_set_arena(db, arena);
	warn_of_sandbox(conf);
	if (config_check(conf) != 0 || service_check_database(conf, db, replaces) != 0 ||
		problem != NULL)
		status = -1;
	db_free(db);
	arena_free(arena);
	return status;
}

static struct secret_keys *load_keys(const struct conf *conf)
{
	char error[KEYS_ERROR_SIZE];
	struct secret_keys *keys = secret_keys_load(conf, error, sizeof(error));

	if (keys == NULL)
		log_error("%s", error);
	return keys;
}

static void service_close(void *ctx)
{
	secret_keys_free(ctx);
}

static int service_open(struct conf *conf, bool replaces, void **shared_r)
{
	struct secret_keys *keys = load_keys(conf);

	if (keys == NULL || check(conf, keys, replaces) != 0) {
		secret_keys_free(keys);
		return -1;
	}
	*shared_r = keys;
	return 0;
}

static const struct service service = {
	.name = "wxuser",
	.endpoints = endpoints,
	.dialects = dialects,
	.open = service_open,
	.close = service_close,
	.worker_open = service_worker_open,
	.worker_close = service_worker_close,
	.worker_tick = service_worker_tick,
	.worker_fd = service_worker_fd,
	.worker_resume = service_worker_resume,
	.task_open = service_task_open,
	.task_close = service_task_close,
	.request_open = service_request_open,
	.request_close = service_request_close,
	.authenticate = authenticate,
	.has_own_token = stored_credential_has_own_token,
};

struct options {
	struct program program;
	bool is_check_only;
};

static int usage(FILE *out)
{
	fprintf(out,
		"Usage: wxuser.fcgi [--config FILE] [--pool core|remote] [--workers N]\n"
		"                   [--check-config]\n"
		"       wxuser.fcgi --help | --version\n"
		"A master with the sockets of the configuration, or with those of systemd; or,\n"
		"where standard input is a listening socket (spawn-fcgi, supervisord, mod_fcgid),\n"
		"one worker of --pool on it, or a master with N workers of that pool.\n");
	return out == stdout ? EXIT_SUCCESS : EX_USAGE;
}

/* -1: go on; else the exit status. */
static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option longopts[] = {
		{"config", required_argument, NULL, 'c'},
		{"pool", required_argument, NULL, 'p'},
		{"workers", required_argument, NULL, 'w'},
		{"check-config", no_argument, NULL, 't'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:p:w:tVh", longopts, NULL)) != -1) {
		switch (option) {
		case 'c':
			options->program.conf_path = optarg;
			break;
		case 'p':
			options->program.pool = pool_named(optarg);
			if (options->program.pool == POOL_N)
				return usage(stderr);
			break;
		case 'w':
			if (!str_parse_int32(optarg, &options->program.n_workers) ||
				options->program.n_workers < 1 ||
				options->program.n_workers > CONF_WORKERS_MAX)
				return usage(stderr);
			break;
		case 't':
			options->is_check_only = true;
			break;
		case 'V':
			puts(PACKAGE_STRING);
			return EXIT_SUCCESS;
		case 'h':
			return usage(stdout);
		default:
			return usage(stderr);
		}
	}
	return optind == argc ? -1 : usage(stderr);
}

static int service_check_configuration(const char *path)
{
	char error[CONF_ERROR_SIZE];
	struct conf *conf = conf_load(path, error, sizeof(error));
	struct secret_keys *keys = NULL;
	int status;

	if (conf == NULL) {
		log_error("%s", error);
		return EX_CONFIG;
	}
	status = privileges_check(conf->server_user);
	if (status == 0) {
		status = start_check(conf);
		privileges_use_temporarily(conf->server_user);
		keys = load_keys(conf);
		if (config_check(conf) < 0 || keys == NULL)
			status = -1;
		privileges_restore();
	}
	secret_keys_free(keys);
	conf_free(conf);
	return status == 0 ? EXIT_SUCCESS : EX_CONFIG;
}

int main(int argc, char **argv)
{
	struct options options = {
		.program = {
			.service = &service,
			.conf_path = conf_default_path(),
			.pool = POOL_CORE,
			.argv = argv,
		},
	};
	int status = parse_options(argc, argv, &options);

	if (status >= 0)
		return status;
	if (options.is_check_only)
		return service_check_configuration(options.program.conf_path);
	return start_run(&options.program);
}
