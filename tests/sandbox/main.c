/*
 * wxuser-sandbox.fcgi: a stand-in for WeChat's servers and for SMS gateways, for development and
 * tests on one host.
 */
#include <getopt.h>
#include <sysexits.h>

#include "api.h"
#include "arena.h"
#include "conf.h"
#include "control.h"
#include "db.h"
#include "endpoints.h"
#include "fault.h"
#include "gateway.h"
#include "log.h"
#include "program.h"
#include "request.h"
#include "service.h"
#include "start.h"
#include "store.h"

#define IDLE_US (5 * 1000000)

static const struct endpoint *const endpoints[] = {
	&sns_jscode2session.endpoint,
	&sns_oauth2_access_token.endpoint,
	&sns_oauth2_refresh_token.endpoint,
	&sns_userinfo.endpoint,
	&sns_auth.endpoint,
	&cgi_bin_token.endpoint,
	&cgi_bin_stable_token.endpoint,
	&wxa_checksession.endpoint,
	&wxa_getuserphonenumber.endpoint,
	&gateway_aliyun.endpoint,
	&gateway_tencent.endpoint,
	&gateway_template.endpoint,
	&control_page.endpoint,
	&control_page_script.endpoint,
	&control_inbox.endpoint,
	&control_app_list.endpoint,
	&control_apps.endpoint,
	&control_codes.endpoint,
	&control_phone_codes.endpoint,
	&control_fault_list.endpoint,
	&control_faults.endpoint,
	&control_calls.endpoint,
	&control_push.endpoint,
	NULL,
};

static const struct dialect *const dialects[] = {&gateway_dialect, &control_dialect, &api_dialect,
	NULL};

static struct db *open_db(const struct conf *conf)
{
	struct db *db = db_new(conf, NULL);

	db_set_other_tables(db);
	return db;
}

static int open_sandbox(struct conf *conf, bool replaces, void **shared_r)
{
	const char *problem = endpoint_find_problem(endpoints);
	struct db *db = open_db(conf);
	enum err err = store_prepare(db);

	(void)replaces;
	(void)shared_r;
	db_free(db);
	if (problem != NULL)
		log_error("%s", problem);
	log_warning("THIS IS A SANDBOX, NOT WECHAT: it believes everybody on this host");
	/* A request that takes long was told to. */
	conf->server_request_deadline_ms = FAULT_DELAY_MAX_MS + 10000;
	return problem != NULL || err != ERR_NONE ? -1 : 0;
}

static void close_sandbox(void *shared)
{
	(void)shared;
}

static void *worker_open(
	void *shared, const struct conf *conf, struct slot *slot, struct scoreboard *board)
{
	(void)shared;
	(void)slot;
	(void)board;
	push_open();
	return open_db(conf);
}

static void worker_close(void *state)
{
	db_free(state);
	push_close();
}

/* There are many workers, most of them idle most of the time. */
static void worker_tick(void *state)
{
	db_close_idle(state, IDLE_US);
}

static void request_open(void *state, struct request *req)
{
	db_set_arena(state, req->arena);
	req->db = state;
}

static void request_close(void *state, struct request *req)
{
	(void)req;
	db_end_request(state);
}

static const struct service service = {
	.name = "wxuser-sandbox",
	.endpoints = endpoints,
	.dialects = dialects,
	.open = open_sandbox,
	.close = close_sandbox,
	.worker_open = worker_open,
	.worker_close = worker_close,
	.worker_tick = worker_tick,
	.worker_fd = push_fd,
	.worker_resume = push_resume,
	.request_open = request_open,
	.request_close = request_close,
};

static int usage(FILE *out)
{
	fprintf(out,
		"Usage: wxuser-sandbox.fcgi --config FILE\n"
		"A stand-in for WeChat's servers. FILE is like wxuser.conf: server.listen_core,\n"
		"server.workers_core and [database] with a schema of the sandbox's own.\n");
	return out == stdout ? EXIT_SUCCESS : EX_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{"config", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	struct program program = {.service = &service, .argv = argv};
	int option;

	while ((option = getopt_long(argc, argv, "c:h", longopts, NULL)) != -1) {
		if (option != 'c')
			return usage(option == 'h' ? stdout : stderr);
		program.conf_path = optarg;
	}
	if (program.conf_path == NULL || optind != argc)
		return usage(stderr);
	return start_run(&program);
}
