#include <fcntl.h>
#include <linux/close_range.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "generation.h"
#include "inheritance.h"
#include "log.h"
#include "master.h"
#include "signals.h"
#include "single.h"
#include "start.h"
#include "succession.h"

static bool stdin_is_listening(void)
{
	int is_listening = 0;
	socklen_t size = sizeof(is_listening);

	return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) == 0 &&
		is_listening == 1;
}

static bool is_cgi(void)
{
	return getenv("GATEWAY_INTERFACE") != NULL && getenv("REQUEST_METHOD") != NULL;
}

/* A master for each request is the last thing that a web server wants. */
static int refuse_cgi(void)
{
	puts("Status: 500\r\nContent-Type: text/plain\r\n\r\n"
	     "This is a FastCGI program, started as CGI. Have the web server use FastCGI.");
	fputs("started as CGI; have the web server use FastCGI (Apache: SetHandler fcgid-script)\n",
		stderr);
	return EX_USAGE;
}

static int refuse_workers(void)
{
	fputs("--workers is for a listening socket as standard input (spawn-fcgi -n); elsewhere "
	      "say how many by [server] workers_core and workers_remote\n", stderr);
	return EX_USAGE;
}

/* Off standard input, where it would outlive who closes it. What else may be left is the same
 * socket (systemd's StandardInput=socket). */
static void inherit_stdin(const struct start *start, struct inheritance *inheritance)
{
	int null = open("/dev/null", O_RDWR);

	*inheritance = (struct inheritance){0};
	inheritance_add(inheritance, pool_name(start->pool), dup(STDIN_FILENO));
	dup2(null, STDIN_FILENO);
	close(null);
}

int start_run(const struct start *start)
{
	struct generation first = {.number = 1};
	struct inheritance inheritance;
	int status;

	if (is_cgi())
		return refuse_cgi();
	signals_block();
	inheritance_take(&inheritance);
	if (start->n_workers > 0 && succession_link(&inheritance) < 0) {
		if (!stdin_is_listening())
			return refuse_workers();
		inherit_stdin(start, &inheritance);
	}
	close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC); /* Apache leaks some, too */
	if (generation_read(&first, start->conf_path) < 0)
		return EX_CONFIG;
	log_use(first.log);
	if (generation_open(&first, start->service, succession_link(&inheritance) >= 0) < 0)
		return EX_CONFIG;
	if (inheritance.n > 0 || !stdin_is_listening())
		return master_run(start, &first, &inheritance);
	status = single_run(&first, start->service, STDIN_FILENO, start->pool);
	generation_close(&first, start->service);
	return status;
}
