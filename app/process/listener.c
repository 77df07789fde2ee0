#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/filter.h>
#include <netdb.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf.h"
#include "instance.h"
#include "listener.h"
#include "log.h"
#include "permission.h"
#include "privileges.h"
#include "socket_name.h"
#include "str.h"
#include "user_name.h"

#define BACKLOG 1024
/* Leaves room for INSTANCE_NEW_SUFFIX. */
#define PATH_SIZE_MAX 103

static int listener_refuse(const char *address, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int listener_refuse(const char *address, const char *format, ...)
{
	char why[PERMISSION_TEXT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	log_error("socket %s: %s", address, why);
	return -1;
}

/* ---- Checking. */

/* Returns 0660 for 660, as it stands in the configuration; -1 if it is not octal. */
static long listener_mode(long decimal)
{
	long owner = decimal / 100, group = decimal / 10 % 10, others = decimal % 10;

	return owner > 7 || group > 7 || others > 7 ? -1 : owner << 6 | group << 3 | others;
}

static int listener_check_group(const char *address, const struct conf *conf)
{
	const char *name = conf->server_socket_group;
	const struct group *group = str_is_empty(name) ? NULL : getgrnam(name);

	if (listener_mode(conf->server_socket_mode) < 0)
		return listener_refuse(address,
			"server.socket_mode %ld is not octal; write: socket_mode = 660",
			conf->server_socket_mode);
	if (group == NULL && !str_is_empty(name))
		return listener_refuse(address,
			"server.socket_group: there is no group %s here; name the "
			"web server's, as " WEB_GROUP,
			name);
	if (group != NULL && geteuid() != 0 && !group_member(group->gr_gid))
		return listener_refuse(address,
			"server.socket_group: user %s is not of the group %s; run: "
			"usermod -aG %s %s, and restart the program",
			user_name(geteuid()), name, name, user_name(geteuid()));
	return 0;
}

static int listener_check_path(const char *path, const struct conf *conf)
{
	char directory[PATH_MAX], text[PERMISSION_TEXT_SIZE];
	struct sockaddr_un name;
	const char *problem;

	if (*path != '/')
		return listener_refuse(
			path, "a path begins with /; any other address is 127.0.0.1:PORT");
	if (!socket_name_of_path(path, &name) || strlen(path) > PATH_SIZE_MAX)
		return listener_refuse(
			path, "the path of a socket has at most %d bytes", PATH_SIZE_MAX);
	permission_directory_of(path, directory);
	problem = permission_check_directory(directory, conf->server_user, text);
	return problem != NULL ? listener_refuse(path, "%s", problem)
			       : listener_check_group(path, conf);
}

/* SO_REUSEPORT, so that the next instance can bind while this one serves. */
static int listener_bind_port(const struct addrinfo *name)
{
	const int yes = 1;
	int fd = socket(name->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
	if (bind(fd, name->ai_addr, name->ai_addrlen) == 0)
		return fd;
	close(fd);
	return -1;
}

static int listener_refuse_port(const char *address)
{
	if (errno == EADDRINUSE)
		return listener_refuse(address,
			"another program has it, see: ss -ltnp; free it, or name another port in "
			"[server] listen_core and listen_remote");
	if (errno == EACCES)
		return listener_refuse(address, "ports under 1024 are for root; name a higher one");
	return listener_refuse(address, "%s", strerror(errno));
}

static int listener_check_port(const char *address)
{
	struct addrinfo *name = socket_name_parse(address);
	int fd;

	if (name == NULL)
		return listener_refuse(address,
			"neither a path nor 127.0.0.1:PORT or [::1]:PORT: FastCGI "
			"has no password, so that no other host may reach it");
	fd = listener_bind_port(name);
	freeaddrinfo(name);
	if (fd < 0)
		return listener_refuse_port(address);
	close(fd);
	return 0;
}

int listener_check(const struct conf *conf, const char *address)
{
	return socket_name_is_path(address) ? listener_check_path(address, conf)
					    : listener_check_port(address);
}

/* ---- Opening. */

static int listener_lock(struct listener *listener, const char *directory)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s.lock", directory, listener->address);
	listener->lock = instance_lock(path);
	if (listener->lock < 0 && errno == EWOULDBLOCK)
		return listener_refuse(listener->address,
			"another instance holds its lock file; see: wxuserctl status");
	if (listener->lock < 0 && errno == EACCES)
		return listener_refuse(path, "another user's; remove it if no other instance runs");
	return listener->lock < 0 ? listener_refuse(path, "%s", strerror(errno)) : 0;
}

/* Checks that no other instance listens at the path. */
static int listener_check_free(const struct listener *listener)
{
	const char *path = listener->address;
	struct stat file;

	if (lstat(path, &file) < 0)
		return errno == ENOENT ? 0 : listener_refuse(path, "%s", strerror(errno));
	if (!S_ISSOCK(file.st_mode))
		return listener_refuse(path,
			"there is a file that is no socket; move it away, or name "
			"another path");
	if (!instance_lock_names(listener->lock, &file) && socket_name_probe(path) != ECONNREFUSED)
		return listener_refuse(path,
			"a running program answers there; end it (systemctl stop "
			"wxuser), or name another path");
	return 0;
}

static int listener_set_owner(const char *path, const struct conf *conf)
{
	const char *name = conf->server_socket_group;
	const struct group *group = str_is_empty(name) ? NULL : getgrnam(name);

	if (privileges_give(path, conf->server_user) < 0)
		return -1;
	return group == NULL ? 0 : lchown(path, (uid_t)-1, group->gr_gid);
}

static int listener_open_new(struct listener *listener, const struct conf *conf, const char *path)
{
	long mode = listener_mode(conf->server_socket_mode);

	if ((mode & S_IWOTH) != 0)
		log_warning("socket %s: every user of this host may send requests",
			listener->address);
	listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (socket_name_bind(listener->fd, path, (mode_t)mode) < 0 ||
		listen(listener->fd, BACKLOG) < 0)
		return -1;
	return listener_set_owner(path, conf);
}

static int listener_open_path(struct listener *listener, const struct conf *conf)
{
	char new_path[INSTANCE_NEW_PATH_SIZE];

	if (listener_lock(listener, "") < 0 || listener_check_free(listener) < 0)
		return -1;
	instance_new_path(listener->address, new_path);
	if (listener_open_new(listener, conf, new_path) < 0 ||
		stat(new_path, &listener->file) < 0 || instance_publish(listener->address) < 0) {
		listener_refuse(listener->address, "%s", strerror(errno));
		unlink(new_path);
		return -1;
	}
	instance_write_lock(listener->lock, &listener->file);
	return 0;
}

/* Workers that lost their master may still listen on the port, and come first. This makes the
 * kernel give new connections to the second socket; if there is none, it chooses by itself. */
static void listener_prefer(int fd)
{
	struct sock_filter second = BPF_STMT(BPF_RET | BPF_K, 1);
	const struct sock_fprog program = {.len = 1, .filter = &second};

	setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program));
}

/* The port can be shared with such workers; the lock file keeps other instances off. */
static int listener_open_port(struct listener *listener, const struct conf *conf)
{
	struct addrinfo *name = socket_name_parse(listener->address);
	char directory[PATH_MAX];
	int status;

	snprintf(directory, sizeof(directory), "%s/", conf->server_state_directory);
	status = listener_lock(listener, directory);
	if (status == 0) {
		listener->fd = listener_bind_port(name);
		if (listener->fd < 0 || listen(listener->fd, BACKLOG) < 0)
			status = listener_refuse_port(listener->address);
		else
			listener_prefer(listener->fd);
	}
	freeaddrinfo(name);
	return status;
}

int listener_open(struct listener *listener, const struct conf *conf, const char *address)
{
	int status = listener_check(conf, address);

	*listener = (struct listener){.fd = -1, .lock = -1};
	snprintf(listener->address, sizeof(listener->address), "%s", address);
	if (status == 0 && socket_name_is_path(address))
		status = listener_open_path(listener, conf);
	else if (status == 0)
		status = listener_open_port(listener, conf);
	if (status < 0)
		listener_close(listener);
	return status;
}

/* A socket of ours was bound under the path that instance_new_path() gives. */
static void listener_note_bound_path(struct listener *listener, const char *bound)
{
	size_t size = strlen(bound) - (listener->lock >= 0 ? strlen(INSTANCE_NEW_SUFFIX) : 0);

	snprintf(listener->address, sizeof(listener->address), "%.*s", (int)size, bound);
}

/* Writes listener->address. */
static void listener_note_address(struct listener *listener)
{
	struct sockaddr_storage name = {0};
	const struct sockaddr_un *path = (const void *)&name;
	socklen_t size = sizeof(name);
	char host[64], port[16];

	getsockname(listener->fd, (struct sockaddr *)&name, &size);
	if (name.ss_family == AF_UNIX)
		listener_note_bound_path(listener, path->sun_path);
	else if (getnameinfo((const struct sockaddr *)&name, size, host, sizeof(host), port,
			 sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		snprintf(listener->address, sizeof(listener->address), "%s:%s", host, port);
}

/* supervisord keeps a socket open, even without its path, while a process of the group lives. */
static void listener_note_file(struct listener *listener)
{
	if (stat(listener->address, &listener->file) < 0 && errno == ENOENT)
		log_warning("socket %s: the path is not there; if it was removed, nobody can "
			    "connect until all processes that have the socket are stopped, then "
			    "started: supervisorctl restart 'GROUP:*'",
			listener->address);
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
	listener_note_address(listener);
	if (lock < 0 && socket_name_is_path(listener->address))
		listener_note_file(listener);
	return 0;
}

bool listener_is_foreign(const struct listener *listener)
{
	return listener->fd >= 0 && listener->lock < 0;
}

/* While the socket is open, no other file gets the number of its inode. */
bool listener_is_named(const struct listener *listener)
{
	const struct stat *known = &listener->file;
	struct stat now;

	if (known->st_ino == 0)
		return true;
	if (stat(listener->address, &now) < 0)
		return errno != ENOENT; /* a directory that this user may not search says nothing */
	return now.st_dev == known->st_dev && now.st_ino == known->st_ino;
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
	if (listener->lock >= 0 && socket_name_is_path(listener->address))
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
