#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "control.h"
#include "instance.h"
#include "log.h"
#include "socket_name.h"

#define BACKLOG 16
#define CLIENT_TIMEOUT_S 10
#define CONNECTION_TIMEOUT_US (3 * CLOCK_SECOND_US)
#define CHUNK_SIZE 1024
#define ANSWER_MAX (16 * 1024 * 1024)
/* Root and the user of the program. Others would keep the master from answering these. */
#define SOCKET_MODE 0600

void control_init(struct control *control)
{
	*control = (struct control){.fd = -1};
	for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		control->connections[i].fd = -1;
}

int control_open(struct control *control, const char *path)
{
	char new_path[INSTANCE_NEW_PATH_SIZE];

	control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	instance_new_path(path, new_path);
	if (socket_name_bind(control->fd, new_path, SOCKET_MODE) < 0 ||
		listen(control->fd, BACKLOG) < 0 || instance_publish(path) < 0 ||
		stat(path, &control->file) < 0) {
		log_error("socket %s: %m; see server.state_directory", path);
		return -1;
	}
	return 0;
}

void control_unlink(const struct control *control, const char *path)
{
	socket_name_unlink(path, &control->file);
}

static void control_connection_close(struct control_connection *connection)
{
	if (connection->fd < 0)
		return;
	close(connection->fd);
	connection->fd = -1;
	buf_release(&connection->output);
}

void control_close(struct control *control)
{
	if (control->fd >= 0)
		close(control->fd);
	control->fd = -1;
	for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		control_connection_close(&control->connections[i]);
}

/* The line ends also where the client stops sending. */
static void control_read_line(struct control_connection *connection)
{
	char *end = connection->line + connection->n_read;
	size_t room = sizeof(connection->line) - 1 - connection->n_read;
	ssize_t n = recv(connection->fd, end, room, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0)
		connection->n_read += (size_t)n;
	connection->is_read = n <= 0 || (size_t)n == room || strchr(end, '\n') != NULL;
}

static void control_run_line(
	struct control_connection *connection, control_run *run, const void *ctx)
{
	static const char separators[] = " \r";
	char *command = connection->line + strspn(connection->line, separators);

	command[strcspn(command, "\n")] = '\0';
	do {
		size_t size = strcspn(command, separators);
		char *next = command + size + strspn(command + size, separators);

		command[size] = '\0';
		run(ctx, command, &connection->output);
		command = next;
	} while (*command != '\0');
}

/* Returns false if the client has to read before the rest can be sent. */
static bool control_send_rest(struct control_connection *connection)
{
	const struct buf *output = &connection->output;

	while (connection->n_sent < output->size) {
		ssize_t n = send(connection->fd, output->data + connection->n_sent,
			output->size - connection->n_sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0)
			return errno != EAGAIN;
		connection->n_sent += (size_t)n;
	}
	return true;
}

static void control_connection_poll(
	struct control_connection *connection, control_run *run, const void *ctx)
{
	bool is_done = false;

	if (!connection->is_read) {
		control_read_line(connection);
		if (connection->is_read)
			control_run_line(connection, run, ctx);
	}
	if (connection->is_read)
		is_done = control_send_rest(connection);
	if (is_done || clock_monotonic_us() > connection->deadline_us)
		control_connection_close(connection);
}

static void control_accept(const struct control *control, struct control_connection *connection)
{
	*connection = (struct control_connection){
		.fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC),
		.deadline_us = clock_monotonic_us() + CONNECTION_TIMEOUT_US,
	};
}

void control_poll(struct control *control, control_run *run, const void *ctx)
{
	bool is_any_waiting = true;

	for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
		struct control_connection *connection = &control->connections[i];

		if (connection->fd < 0 && is_any_waiting)
			control_accept(control, connection);
		if (connection->fd < 0)
			is_any_waiting = false;
		else
			control_connection_poll(connection, run, ctx);
	}
}

/* A worker that was taken over may answer in place of the master. */
static void control_clean(struct buf *output)
{
	for (size_t i = 0; i < output->size; i++)
		if ((unsigned char)output->data[i] < ' ' && output->data[i] != '\n')
			output->data[i] = '?';
}

static int control_read_all(int fd, struct buf *output_r)
{
	ssize_t n;

	buf_reset(output_r);
	do {
		n = recv(fd, buf_reserve(output_r, CHUNK_SIZE), CHUNK_SIZE, 0);
		if (n > 0)
			output_r->size += (size_t)n;
	} while (n > 0 && output_r->size < ANSWER_MAX);
	control_clean(output_r);
	buf_append(output_r, "", 0); /* ends it with a NUL, also when nothing came */
	return n < 0 ? -1 : 0;
}

/* The process that has begun to listen; 0: it is in another namespace of processes. */
static pid_t control_peer(int fd)
{
	struct ucred peer = {0};
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ? 0 : peer.pid;
}

int control_ask(const struct conf *conf, const char *name, const char *commands,
	struct buf *output_r, pid_t *pid_r)
{
	const struct timeval timeout = {.tv_sec = CLIENT_TIMEOUT_S};
	struct sockaddr_un address;
	struct instance instance;
	int status = -1;
	int fd;

	instance_init(&instance, conf, name);
	if (!socket_name_of_path(instance.control_path, &address))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	buf_reset(output_r);
	buf_printf(output_r, "%s\n", commands);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
		send(fd, output_r->data, output_r->size, MSG_NOSIGNAL) >= 0)
		status = control_read_all(fd, output_r);
	*pid_r = control_peer(fd);
	close(fd);
	return status;
}
