#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "listener.h"
#include "log.h"
#include "str.h"

#define BACKLOG 1024
/* The workers of a master that was killed need a moment to follow it. */
#define LOCK_WAIT_US 2000000
#define LOCK_RETRY_US 20000

static bool is_path(const char *address)
{
	return strchr(address, '/') != NULL;
}

static int refuse(const char *address, const char *why)
{
	log_error("socket %s: %s", address, why);
	return -1;
}

static int take_lock(struct listener *listener)
{
	int64_t until_us = clock_monotonic_us() + LOCK_WAIT_US;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path) + 8];

	snprintf(path, sizeof(path), "%s.lock", listener->address);
	listener->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (listener->lock < 0)
		return refuse(path, strerror(errno));
	while (flock(listener->lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK || clock_monotonic_us() > until_us)
			return refuse(listener->address, "another instance holds its lock file");
		usleep(LOCK_RETRY_US);
	}
	return 0;
}

/* Makes the path free: what is left over goes, what lives stays and refuses us. */
static int clear_path(const struct sockaddr_un *name)
{
	struct stat file;
	int probe, error;

	if (lstat(name->sun_path, &file) < 0)
		return errno == ENOENT ? 0 : refuse(name->sun_path, strerror(errno));
	if (!S_ISSOCK(file.st_mode))
		return refuse(name->sun_path, "there is a file that is no socket");
	probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	error = connect(probe, (const struct sockaddr *)name, sizeof(*name)) < 0 ? errno : 0;
	close(probe);
	if (error != ECONNREFUSED)
		return refuse(name->sun_path, "a running program answers there");
	return unlink(name->sun_path);
}

/* 660 as in the configuration to 0660; -1: not octal. */
static long mode_of(long decimal)
{
	long owner = decimal / 100, group = decimal / 10 % 10, others = decimal % 10;

	return owner > 7 || group > 7 || others > 7 ? -1 : owner << 6 | group << 3 | others;
}

static int set_access(struct listener *listener, const struct conf *conf)
{
	const char *path = listener->address;
	long mode = mode_of(conf->server_socket_mode);

	if (mode < 0)
		return refuse(path, "server.socket_mode is not octal");
	if ((mode & S_IWOTH) != 0)
		log_warning("socket %s: every user of this machine may send requests", path);
	if (!str_is_empty(conf->server_socket_group)) {
		const struct group *group = getgrnam(conf->server_socket_group);

		if (group == NULL)
			return refuse(path, "server.socket_group is no group here");
		if (chown(path, (uid_t)-1, group->gr_gid) < 0)
			return refuse(path, strerror(errno));
	}
	if (chmod(path, (mode_t)mode) < 0 || stat(path, &listener->file) < 0)
		return refuse(path, strerror(errno));
	return 0;
}

static int open_path(struct listener *listener, const struct conf *conf)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	mode_t mask;
	int status;

	if (strlen(listener->address) >= sizeof(name.sun_path))
		return refuse(listener->address, "the path of a socket has at most 107 bytes");
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", listener->address);
	if (take_lock(listener) < 0 || clear_path(&name) < 0)
		return -1;
	listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mask = umask(0177);
	status = bind(listener->fd, (const struct sockaddr *)&name, sizeof(name));
	umask(mask);
	if (status < 0)
		return refuse(listener->address, strerror(errno));
	return set_access(listener, conf);
}

static bool is_loopback(const struct sockaddr *name)
{
	if (name->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)name;

		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	}
	return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)name)->sin6_addr);
}

/* "127.0.0.1:9000" or "[::1]:9000" */
static struct addrinfo *parse_address(const char *address)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found = NULL;
	const char *colon = strrchr(address, ':');
	char host[64];

	if (colon == NULL || colon == address)
		return NULL;
	if (*address == '[' && colon[-1] == ']')
		snprintf(host, sizeof(host), "%.*s", (int)(colon - address - 2), address + 1);
	else
		snprintf(host, sizeof(host), "%.*s", (int)(colon - address), address);
	return getaddrinfo(host, colon + 1, &hints, &found) == 0 ? found : NULL;
}

static int open_address(struct listener *listener)
{
	struct addrinfo *name = parse_address(listener->address);
	const int yes = 1;
	int status;

	if (name == NULL || !is_loopback(name->ai_addr)) {
		if (name != NULL)
			freeaddrinfo(name);
		return refuse(listener->address, "neither a path nor a loopback ADDRESS:PORT");
	}
	listener->fd = socket(name->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	status = bind(listener->fd, name->ai_addr, name->ai_addrlen);
	freeaddrinfo(name);
	return status < 0 ? refuse(listener->address, strerror(errno)) : 0;
}

int listener_open(struct listener *listener, const struct conf *conf, const char *address)
{
	int status;

	*listener = (struct listener){.fd = -1, .lock = -1, .address = address};
	status = is_path(address) ? open_path(listener, conf) : open_address(listener);
	if (status == 0 && listen(listener->fd, BACKLOG) < 0)
		status = refuse(address, strerror(errno));
	if (status < 0)
		listener_close(listener);
	return status;
}

void listener_unlink(struct listener *listener)
{
	struct stat file;

	if (is_path(listener->address) && lstat(listener->address, &file) == 0 &&
		file.st_dev == listener->file.st_dev && file.st_ino == listener->file.st_ino)
		unlink(listener->address);
}

void listener_close(struct listener *listener)
{
	if (listener->fd >= 0)
		close(listener->fd);
	if (listener->lock >= 0)
		close(listener->lock);
	listener->fd = listener->lock = -1;
}
