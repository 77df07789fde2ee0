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

static bool is_loopback_port(const struct sockaddr *name)
{
	const struct sockaddr_in *in = (const void *)name;
	const struct sockaddr_in6 *in6 = (const void *)name;

	if (name->sa_family == AF_INET)
		return in->sin_port != 0 && ntohl(in->sin_addr.s_addr) >> 24 == 127;
	return in6->sin6_port != 0 && IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

/* "127.0.0.1:9000" or "[::1]:9000"; NULL: none of this machine. */
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
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
		return NULL;
	if (is_loopback_port(found->ai_addr))
		return found;
	freeaddrinfo(found);
	return NULL;
}

/* False: too long. */
static bool name_path(const char *path, struct sockaddr_un *name_r)
{
	*name_r = (struct sockaddr_un){.sun_family = AF_UNIX};
	return (size_t)snprintf(name_r->sun_path, sizeof(name_r->sun_path), "%s", path) <
		sizeof(name_r->sun_path);
}

/* Through a unix socket without waiting, since its owner may be stuck. */
static int try_connect(const struct sockaddr *name, socklen_t size)
{
	int flags = SOCK_CLOEXEC | (name->sa_family == AF_UNIX ? SOCK_NONBLOCK : 0);
	int fd = socket(name->sa_family, SOCK_STREAM | flags, 0);
	int error = connect(fd, name, size) < 0 ? errno : 0;

	close(fd);
	return error;
}

int listener_probe(const char *address)
{
	struct sockaddr_un path;
	struct addrinfo *name;
	int error;

	if (is_path(address) && !name_path(address, &path))
		return ENAMETOOLONG;
	if (is_path(address))
		return try_connect((const struct sockaddr *)&path, sizeof(path));
	name = parse_address(address);
	if (name == NULL)
		return EINVAL;
	error = try_connect(name->ai_addr, name->ai_addrlen);
	freeaddrinfo(name);
	return error;
}

static int refuse(const char *address, const char *why)
{
	log_error("socket %s: %s", address, why);
	return -1;
}

static int take_lock(struct listener *listener)
{
	int64_t until_us = clock_monotonic_us() + LOCK_WAIT_US;
	char path[sizeof(listener->address) + 8];

	snprintf(path, sizeof(path), "%s.lock", listener->address);
	listener->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (listener->lock < 0)
		return refuse(path, strerror(errno));
	while (flock(listener->lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK || clock_monotonic_us() > until_us)
			return refuse(listener->address, "another instance holds its lock file");
		clock_sleep_us(LOCK_RETRY_US);
	}
	return 0;
}

/* Makes the path free: what is left over goes, what lives stays and refuses us. */
static int clear_path(const char *path)
{
	struct stat file;

	if (lstat(path, &file) < 0)
		return errno == ENOENT ? 0 : refuse(path, strerror(errno));
	if (!S_ISSOCK(file.st_mode))
		return refuse(path, "there is a file that is no socket");
	if (listener_probe(path) != ECONNREFUSED)
		return refuse(path, "a running program answers there");
	return unlink(path);
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
	struct sockaddr_un name;
	mode_t mask;
	int status;

	if (!name_path(listener->address, &name))
		return refuse(listener->address, "the path of a socket has at most 107 bytes");
	if (take_lock(listener) < 0 || clear_path(listener->address) < 0)
		return -1;
	listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mask = umask(0177);
	status = bind(listener->fd, (const struct sockaddr *)&name, sizeof(name));
	umask(mask);
	if (status < 0)
		return refuse(listener->address, strerror(errno));
	return set_access(listener, conf);
}

static int open_address(struct listener *listener)
{
	struct addrinfo *name = parse_address(listener->address);
	const int yes = 1;
	int status;

	if (name == NULL)
		return refuse(listener->address, "neither a path nor a loopback ADDRESS:PORT");
	listener->fd = socket(name->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	status = bind(listener->fd, name->ai_addr, name->ai_addrlen);
	freeaddrinfo(name);
	return status < 0 ? refuse(listener->address, strerror(errno)) : 0;
}

int listener_open(struct listener *listener, const struct conf *conf, const char *address)
{
	int status;

	*listener = (struct listener){.fd = -1, .lock = -1};
	snprintf(listener->address, sizeof(listener->address), "%s", address);
	status = is_path(address) ? open_path(listener, conf) : open_address(listener);
	if (status == 0 && listen(listener->fd, BACKLOG) < 0)
		status = refuse(address, strerror(errno));
	if (status < 0)
		listener_close(listener);
	return status;
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
		snprintf(listener->address, sizeof(listener->address), "%s", path->sun_path);
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

void listener_own(struct listener *listener)
{
	if (listener->lock >= 0)
		stat(listener->address, &listener->file);
}

void listener_disown(struct listener *listener)
{
	listener->file = (struct stat){0};
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
