#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf.h"
#include "draft.h"
#include "log.h"
#include "socket_name.h"
#include "status.h"

#define BACKLOG 16
#define PATIENCE_S 10
#define CHUNK_SIZE 1024
/* What it says is no secret; the directory decides who may ask. */
#define MODE 0666

static void name_file(char path_r[PATH_MAX], const struct conf *conf, const char *name)
{
	snprintf(path_r, PATH_MAX, "%s/%s.status", conf->server_state_directory, name);
}

void status_init(struct status *status, const struct conf *conf, const char *name)
{
	*status = (struct status){.fd = -1};
	for (size_t i = 0; i < STATUS_N_INQUIRIES; i++)
		status->inquiries[i].fd = -1;
	name_file(status->path, conf, name);
}

int status_open(struct status *status)
{
	char draft[DRAFT_PATH_SIZE];

	status->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	draft_name(status->path, draft);
	if (socket_name_bind(status->fd, draft, MODE) < 0 || listen(status->fd, BACKLOG) < 0 ||
		draft_publish(status->path) < 0 || stat(status->path, &status->file) < 0) {
		log_error("socket %s: %m; see server.state_directory", status->path);
		return -1;
	}
	return 0;
}

void status_close(struct status *status)
{
	if (status->fd >= 0)
		close(status->fd);
	status->fd = -1;
	for (size_t i = 0; i < STATUS_N_INQUIRIES; i++)
		inquiry_end(&status->inquiries[i]);
}

void status_remove(const struct status *status)
{
	socket_name_unlink(status->path, &status->file);
}

static bool take_in(const struct status *status, struct inquiry *inquiry)
{
	int fd = accept4(status->fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		inquiry_begin(inquiry, fd);
	return fd >= 0;
}

void status_answer(struct status *status, const struct teller *teller)
{
	bool is_anybody_there = true;

	for (size_t i = 0; i < STATUS_N_INQUIRIES; i++) {
		struct inquiry *inquiry = &status->inquiries[i];

		if (inquiry->fd < 0 && is_anybody_there)
			is_anybody_there = take_in(status, inquiry);
		inquiry_go_on(inquiry, teller);
	}
}

static int read_all(int fd, struct buf *text_r)
{
	ssize_t n;

	buf_reset(text_r);
	do {
		n = recv(fd, buf_reserve(text_r, CHUNK_SIZE), CHUNK_SIZE, 0);
		if (n > 0)
			text_r->size += (size_t)n;
	} while (n > 0);
	buf_append(text_r, "", 0); /* ends it with a 0, also when nothing came */
	return (int)n;
}

int status_ask(
	const struct conf *conf, const char *name, const char *words, struct buf *text_r)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_un address;
	char path[PATH_MAX];
	int status = -1;
	int fd;

	name_file(path, conf, name);
	if (!socket_name_of_path(path, &address))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	buf_reset(text_r);
	buf_printf(text_r, "%s\n", words);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
		send(fd, text_r->data, text_r->size, MSG_NOSIGNAL) >= 0)
		status = read_all(fd, text_r);
	close(fd);
	return status;
}
