#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "buf.h"
#include "conf.h"
#include "confine.h"
#include "generation.h"
#include "instance.h"
#include "listen_fds.h"
#include "listener.h"
#include "log.h"
#include "master.h"
#include "privileges.h"
#include "program.h"
#include "route.h"
#include "scoreboard.h"
#include "service.h"
#include "shared_limits.h"
#include "signals.h"
#include "start.h"
#include "str.h"
#include "upgrade.h"
#include "worker.h"
#include "worker_place.h"

static bool start_has_socket(void)
{
	int is_listening = 0;
	socklen_t size = sizeof(is_listening);

	return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) == 0 &&
		is_listening == 1;
}

static bool start_is_cgi(void)
{
	return getenv("GATEWAY_INTERFACE") != NULL && getenv("REQUEST_METHOD") != NULL;
}

/* As CGI, it would start a master for each request. */
static int start_refuse_cgi(void)
{
	puts("Status: 500\r\nContent-Type: text/plain\r\n\r\n"
	     "This is a FastCGI program, started as CGI. Have the web server use FastCGI.");
	fputs("started as CGI; have the web server use FastCGI (Apache: SetHandler fcgid-script)\n",
		stderr);
	return EX_USAGE;
}

static int start_refuse_workers(void)
{
	fputs("--workers is for a listening socket as standard input (spawn-fcgi -n); otherwise "
	      "set workers_core and workers_remote in [server]\n",
		stderr);
	return EX_USAGE;
}

/* Moves the socket off standard input, where it would stay open when the master closes it. If
 * descriptors were passed, too, they are the same socket (systemd's StandardInput=socket). */
static void start_pass_socket(
	const struct program *program, const struct listener *given, struct listen_fds *listen_fds)
{
	int null = open("/dev/null", O_RDWR);

	*listen_fds = (struct listen_fds){.file = given->file};
	listen_fds_add(listen_fds, pool_name(program->pool), dup(STDIN_FILENO));
	dup2(null, STDIN_FILENO);
	close(null);
}

/* Where each pool is started on its own, its socket comes on standard input. */
static int start_check_sockets(const struct conf *conf)
{
	const char *core = conf->server_listen_core, *remote = conf->server_listen_remote;
	int status;

	if (str_is_empty(core) && str_is_empty(remote))
		return 0;
	if (str_is_empty(core) || str_is_empty(remote)) {
		log_error("server.listen_%s is empty and the other is not; give both, or none "
			  "where the web server starts the workers",
			str_is_empty(core) ? "core" : "remote");
		return -1;
	}
	if (strcmp(core, remote) == 0) {
		log_error("server.listen_core and listen_remote are both %s; each pool needs its "
			  "own",
			core);
		return -1;
	}
	status = listener_check(conf, core);
	return listener_check(conf, remote) | instance_check(conf) | status;
}

int start_check(const struct conf *conf)
{
	int status = start_check_sockets(conf);

	privileges_use_temporarily(conf->server_user);
	status |= log_check(conf);
	privileges_restore();
	return status;
}

/* Apache leaks descriptors. Before Linux 5.11 there is no call that does this for all. */
static void start_close_on_exec(void)
{
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;
	int32_t fd;

	while (directory != NULL && (entry = readdir(directory)) != NULL)
		if (str_parse_int32(entry->d_name, &fd) && fd > STDERR_FILENO)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (directory != NULL)
		closedir(directory);
}

/* Returns -1, logs the reason and sends it to the old master, if there is one, if it cannot. */
static int start_open_first(const struct program *program, const struct listen_fds *listen_fds,
	struct generation *first)
{
	int old_master_fd = upgrade_link(listen_fds);
	struct buf errors = {0};
	int status;

	log_copy_errors(old_master_fd >= 0 ? &errors : NULL);
	status = generation_read(first, program->conf_path);
	if (status == 0) {
		log_use(first->log);
		status = generation_open(first, program->service, old_master_fd >= 0);
	}
	log_copy_errors(NULL);
	if (status < 0 && errors.size > 0)
		upgrade_send_failure(old_master_fd, errors.data);
	buf_release(&errors);
	return status;
}

/* The program that owns the socket looks after number, age and end of the workers, so that
 * max_requests does not count. To read its configuration again it starts another process. */
static int start_single_worker(const struct program *program, const struct generation *generation,
	const struct listener *listener)
{
	struct worker_place place = {
		.conf = generation->conf,
		.log = generation->log,
		.shared = generation->shared,
		.service = program->service,
		.listener = listener,
		.handover = {.in = -1, .out = -1},
		.landlock = confine_find_landlock(),
	};
	int status;

	place.board = route_board(program->service, 1, 1);
	if (place.board == NULL || fcntl(listener->fd, F_SETFD, FD_CLOEXEC) < 0) {
		log_error("cannot start: %m");
		return EXIT_FAILURE;
	}
	shared_limits_join(place.board, place.conf);
	place.slot = scoreboard_take(place.board, program->pool, generation->number, 1);
	place.slot->pid = getpid();
	place.board->master->n_configured[program->pool] = 1;
	status = worker_run(&place);
	scoreboard_free(place.board);
	return status;
}

int start_run(const struct program *program)
{
	struct generation first = {.number = 1};
	struct listen_fds listen_fds;
	struct listener given = {.fd = -1};
	int status;

	if (start_is_cgi())
		return start_refuse_cgi();
	umask(022); /* the mode of pid file and logs does not depend on the starter */
	signals_block();
	listen_fds_receive(&listen_fds);
	/* At once, because its path may soon name another socket. */
	if (start_has_socket() && listener_adopt(&given, STDIN_FILENO, -1) < 0)
		return EX_OSERR;
	if (program->n_workers > 0 && upgrade_link(&listen_fds) < 0) {
		if (given.fd < 0)
			return start_refuse_workers();
		start_pass_socket(program, &given, &listen_fds);
	}
	start_close_on_exec();
	if (start_open_first(program, &listen_fds, &first) < 0)
		return EX_CONFIG;
	if (listen_fds.n > 0 || given.fd < 0)
		return master_run(program, &first, &listen_fds);
	status = start_single_worker(program, &first, &given);
	generation_close(&first, program->service);
	return status;
}
