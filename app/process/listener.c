#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/filter.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf.h"
#include "draft.h"
#include "listener.h"
#include "lock_file.h"
#include "log.h"
#include "privileges.h"
#include "socket_name.h"
#include "str.h"

#define BACKLOG 1024

static int refuse(const char *address, const char *why)
{
	log_error("socket %s: %s", address, why);
	return -1;
}

static int take_lock(struct listener *listener, const char *directory)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s.lock", directory, listener->address);
	listener->lock = lock_file_take(path);
	if (listener->lock < 0 && errno == EWOULDBLOCK)
		return refuse(listener->address, "another instance holds its lock file");
	if (listener->lock < 0 && errno == EACCES)
		return refuse(path, "another user's; remove it if no other instance runs");
	return listener->lock < 0 ? refuse(path, strerror(errno)) : 0;
}

/* Whether what lies there is left over: what lives stays and refuses us. */
static int check_path(const struct listener *listener)
{
	const char *path = listener->address;
	struct stat file;

	if (lstat(path, &file) < 0)
		return errno == ENOENT ? 0 : refuse(path, strerror(errno));
	if (!S_ISSOCK(file.st_mode))
		return refuse(path, "there is a file that is no socket");
	if (!lock_file_names(listener->lock, &file) && socket_name_probe(path) != ECONNREFUSED)
		return refuse(path, "a running program answers there");
	return 0;
}

/* 660 as in the configuration to 0660; -1: not octal. */
static long mode_of(long decimal)
{
	long owner = decimal / 100, group = decimal / 10 % 10, others = decimal % 10;

	return owner > 7 || group > 7 || others > 7 ? -1 : owner << 6 | group << 3 | others;
}

/* NULL, or what is in the way. */
static const char *set_owner(const char *path, const struct conf *conf)
{
	const char *name = conf->server_socket_group;
	const struct group *group = str_is_empty(name) ? NULL : getgrnam(name);

	if (group == NULL && !str_is_empty(name))
		return "server.socket_group is no group here";
	if (privileges_give(path, conf->server_user) < 0 ||
		(group != NULL && lchown(path, (uid_t)-1, group->gr_gid) < 0))
		return strerror(errno);
	return NULL;
}

/* Likewise. */
static const char *open_draft(
	struct listener *listener, const struct conf *conf, const char *draft)
{
	long mode = mode_of(conf->server_socket_mode);

	if (mode < 0)
		return "server.socket_mode is not octal";
	if ((mode & S_IWOTH) != 0)
		log_warning("socket %s: every user of this machine may send requests",
			listener->address);
	listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (socket_name_bind(listener->fd, draft, (mode_t)mode) == 0 &&
		listen(listener->fd, BACKLOG) == 0)
		return set_owner(draft, conf);
	return errno == ENAMETOOLONG ? "the path of a socket has at most 103 bytes"
				     : strerror(errno);
}

static int open_path(struct listener *listener, const struct conf *conf)
{
	char draft[DRAFT_PATH_SIZE];
	const char *obstacle;

	if (take_lock(listener, "") < 0 || check_path(listener) < 0)
		return -1;
	draft_name(listener->address, draft);
	obstacle = open_draft(listener, conf, draft);
	if (obstacle == NULL &&
		(stat(draft, &listener->file) < 0 || draft_publish(listener->address) < 0))
		obstacle = strerror(errno);
	if (obstacle != NULL) {
		unlink(draft);
		return refuse(listener->address, obstacle);
	}
	lock_file_write(listener->lock, &listener->file);
	return 0;
}

/* Beside workers that lost their master and still listen there, who come first: whoever connects
 * from now on comes to the second. Where there is no second, the kernel chooses by itself. */
static void prefer(int fd)
{
	struct sock_filter second = BPF_STMT(BPF_RET | BPF_K, 1);
	const struct sock_fprog program = {.len = 1, .filter = &second};

	setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program));
}

/* The port is shared with such workers; the lock keeps all others off. */
static int open_port(struct listener *listener, const struct conf *conf)
{
	struct addrinfo *name = socket_name_parse(listener->address);
	char directory[PATH_MAX];
	const int yes = 1;
	int status;

	if (name == NULL)
		return refuse(listener->address, "neither a path nor a loopback ADDRESS:PORT");
	snprintf(directory, sizeof(directory), "%s/", conf->server_state_directory);
	status = take_lock(listener, directory);
	if (status == 0) {
		listener->fd = socket(
			name->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
		setsockopt(listener->fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
		if (bind(listener->fd, name->ai_addr, name->ai_addrlen) < 0 ||
			listen(listener->fd, BACKLOG) < 0)
			status = refuse(listener->address, strerror(errno));
		prefer(listener->fd);
	}
	freeaddrinfo(name);
	return status;
}

int listener_open(struct listener *listener, const struct conf *conf, const char *address)
{
	int status;

	*listener = (struct listener){.fd = -1, .lock = -1};
	snprintf(listener->address, sizeof(listener->address), "%s", address);
	if (socket_name_is_path(address))
		status = open_path(listener, conf);
	else
		status = open_port(listener, conf);
	if (status < 0)
		listener_close(listener);
	return status;
}

/* The path of one of ours is known by the name under which it was bound. */
static void write_path(struct listener *listener, const char *bound)
{
	size_t size = strlen(bound) - (listener->lock >= 0 ? strlen(DRAFT_SUFFIX) : 0);

	snprintf(listener->address, sizeof(listener->address), "%.*s", (int)size, bound);
}

/* As it shall stand in the log. */
static void write_address(struct listener *listener)
{
	struct sockaddr_storage name = {0};
	const struct sockaddr_un *path = (const void *)&name;
	socklen_t size = sizeof(name);
	char host[64], port[16];

	getsockname(listener->fd, (struct sockaddr *)&name, &size);
	if (name.ss_family == AF_UNIX)
		write_path(listener, path->sun_path);
	else if (getnameinfo((const struct sockaddr *)&name, size, host, sizeof(host), port,
			 sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		snprintf(listener->address, sizeof(listener->address), "%s:%s", host, port);
}

int listener_adopt(struct listener *listener, int fd, int lock)
{
	int is_listening = 0;
	socklen_t size = sizeof(is_listening);

	*listener = (struct listener){.fd = fd, .lock = lock};
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) < 0 ||
		is_listening == 0 || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0) {
		log_error("descriptor %d is no listening socket", fd);
		return -1;
	}
	write_address(listener);
	return 0;
}

bool listener_is_anothers(const struct listener *listener)
{
	return listener->fd >= 0 && listener->lock < 0;
}

void listener_own(struct listener *listener)
{
	if (listener->lock >= 0)
		stat(listener->address, &listener->file);
}

void listener_disown(struct listener *listener)
{
	listener->file = (struct stat){0};
	listener_release_lock(listener);
}

void listener_unlink(struct listener *listener)
{
	if (socket_name_is_path(listener->address))
		socket_name_unlink(listener->address, &listener->file);
}

void listener_release_lock(struct listener *listener)
{
	if (listener->lock >= 0)
		close(listener->lock);
	listener->lock = -1;
}

void listener_close(struct listener *listener)
{
	if (listener->fd >= 0)
		close(listener->fd);
	listener->fd = -1;
	listener_release_lock(listener);
}
