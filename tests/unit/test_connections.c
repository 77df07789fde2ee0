#include "unit.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf.h"
#include "connections.h"
#include "listener.h"
#include "scoreboard.h"
#include "worker_place.h"

#define N_SILENT 2

static const struct conf conf = {
	.server_io_timeout_ms = 60000,
	.server_body_max = 1000,
	.server_idle_connections_max = N_SILENT,
};
static struct listener listener;
static struct slot slot;
static const struct worker_place place = {
	.conf = &conf,
	.slot = &slot,
	.listener = &listener,
	.handover = {.in = -1, .out = -1},
};
static struct sockaddr_un name;
static socklen_t name_size;

static int set_up(void **state)
{
	const struct sockaddr_un none = {.sun_family = AF_UNIX};

	(void)state;
	listener.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	name_size = sizeof(name);
	if (bind(listener.fd, (const struct sockaddr *)&none, sizeof(sa_family_t)) < 0 ||
		getsockname(listener.fd, (struct sockaddr *)&name, &name_size) < 0)
		return -1;
	return listen(listener.fd, N_SILENT);
}

static int tear_down(void **state)
{
	(void)state;
	return close(listener.fd);
}

static int connect_silently(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)&name, name_size), 0);
	return fd;
}

/* How often this thread has waited, however long. */
static long n_waits(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

/* Who has just connected may be about to send, and would lose the request. */
static void a_connection_is_closed_only_after_a_wait(void **state)
{
	struct connections *connections;
	int clients[N_SILENT + 1];
	struct conn *conn;
	long n_before;
	char byte;

	(void)state;
	slot.in_flight_max = 64;
	connections = connections_new(&place, -1, -1);
	assert_non_null(connections);
	for (size_t i = 0; i < N_SILENT; i++)
		clients[i] = connect_silently();
	while (connections_next(connections, true, 0, &conn) == CONNECTIONS_ACCEPTED)
		continue;
	clients[N_SILENT] = connect_silently();
	n_before = n_waits();
	assert_int_equal(connections_next(connections, true, 0, &conn), CONNECTIONS_ACCEPTED);
	assert_true(n_waits() > n_before);
	assert_int_equal(recv(clients[N_SILENT], &byte, 1, MSG_DONTWAIT), 0);
	for (size_t i = 0; i < N_SILENT + 1; i++)
		close(clients[i]);
	connections_free(connections);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_connection_is_closed_only_after_a_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
