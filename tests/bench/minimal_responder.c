/*
 * What wxuser is measured against: the least that answers the shop's get. Pre-forked, libfcgi on
 * connections that stay open, one prepared read of a narrow table by primary key; no routing,
 * credential, check or log.
 *
 *     minimal_responder SOCKET WORKERS DB_SOCKET DB_NAME DB_USER DB_PASSWORD
 *
 * WORKERS 0: it is one itself, on standard input, as mod_fcgid starts it.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcgiapp.h>
#include <mysql.h>

static const char select_user[] =
	"SELECT id, tenant_id, openid, name, avatar, phone FROM user WHERE id = ?";

struct user {
	int id, tenant_id;
	char openid[65], name[257], avatar[513], phone[33];
};

static int listen_on(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, 1024) < 0)
		err(1, "%s", path);
	return fd;
}

static MYSQL_STMT *prepare(char **where)
{
	MYSQL *mysql = mysql_init(NULL);
	MYSQL_STMT *stmt;

	if (mysql_real_connect(mysql, NULL, where[2], where[3], where[1], 0, where[0], 0) == NULL)
		errx(1, "%s", mysql_error(mysql));
	mysql_set_character_set(mysql, "utf8mb4");
	stmt = mysql_stmt_init(mysql);
	if (mysql_stmt_prepare(stmt, select_user, sizeof(select_user) - 1) != 0)
		errx(1, "%s", mysql_stmt_error(stmt));
	return stmt;
}

static void bind_number(MYSQL_BIND *bind, int *number)
{
	*bind = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_LONG, .buffer = number};
}

static void bind_text(MYSQL_BIND *bind, char *text, size_t size)
{
	*bind = (MYSQL_BIND){
		.buffer_type = MYSQL_TYPE_STRING, .buffer = text, .buffer_length = size};
}

/* Texts are ended with a NUL by their buffers' being cleared and one larger than the column. */
static int find(MYSQL_STMT *stmt, int id, struct user *user)
{
	MYSQL_BIND parameter[1], row[6];
	int found;

	memset(user, 0, sizeof(*user));
	bind_number(&parameter[0], &id);
	bind_number(&row[0], &user->id);
	bind_number(&row[1], &user->tenant_id);
	bind_text(&row[2], user->openid, sizeof(user->openid) - 1);
	bind_text(&row[3], user->name, sizeof(user->name) - 1);
	bind_text(&row[4], user->avatar, sizeof(user->avatar) - 1);
	bind_text(&row[5], user->phone, sizeof(user->phone) - 1);
	if (mysql_stmt_bind_param(stmt, parameter) || mysql_stmt_execute(stmt) ||
		mysql_stmt_bind_result(stmt, row) || mysql_stmt_store_result(stmt))
		errx(1, "%s", mysql_stmt_error(stmt));
	found = mysql_stmt_fetch(stmt) == 0;
	mysql_stmt_free_result(stmt);
	return found;
}

static void answer(FCGX_Request *request, MYSQL_STMT *stmt)
{
	const char *query = FCGX_GetParam("QUERY_STRING", request->envp);
	struct user user;
	char body[2048], header[128];
	int size;

	if (query == NULL || strncmp(query, "id=", 3) != 0 ||
		!find(stmt, (int)strtol(query + 3, NULL, 10), &user)) {
		FCGX_PutS("Status: 404\r\nContent-Length: 0\r\n\r\n", request->out);
		return;
	}
	size = snprintf(body, sizeof(body),
		"{\"tenantId\":%d,\"openId\":\"%s\",\"name\":\"%s\",\"profile\":\"%s\","
		"\"phone\":\"%s\",\"memberId\":0,\"id\":%d}",
		user.tenant_id, user.openid, user.name, user.avatar, user.phone, user.id);
	snprintf(header, sizeof(header),
		"Content-Type: application/json; charset=utf-8\r\n"
		"Content-Length: %d\r\n\r\n", size);
	FCGX_PutS(header, request->out);
	FCGX_PutStr(body, size, request->out);
}

static void watch(int epoll, int fd, uint32_t events, FCGX_Request *request)
{
	struct epoll_event event = {.events = events, .data.ptr = request};

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		err(1, "epoll");
}

static void take_connection(int epoll, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	FCGX_Request *request;

	if (fd < 0 && errno == EAGAIN)
		return;
	request = malloc(sizeof(*request));
	if (fd < 0 || request == NULL)
		err(1, "accept");
	/* -1: libfcgi accepts no other connection when this one is closed. */
	FCGX_InitRequest(request, -1, FCGI_FAIL_ACCEPT_ON_INTR);
	request->ipcFd = fd;
	FCGX_Detach(request);
	watch(epoll, fd, EPOLLIN, request);
}

/* keepConnection: else libfcgi closes what it is to read from. */
static void serve_request(FCGX_Request *request, MYSQL_STMT *stmt)
{
	request->keepConnection = 1;
	if (FCGX_Accept_r(request) == 0) {
		answer(request, stmt);
		FCGX_Finish_r(request);
		if (request->ipcFd >= 0)
			return;
	}
	FCGX_Free(request, request->ipcFd >= 0);
	free(request);
}

static void serve(int listener, char **where)
{
	MYSQL_STMT *stmt = prepare(where);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event;

	FCGX_Init();
	watch(epoll, listener, EPOLLIN | EPOLLEXCLUSIVE, NULL);
	while (epoll_wait(epoll, &event, 1, -1) > 0) {
		if (event.data.ptr == NULL)
			take_connection(epoll, listener);
		else
			serve_request(event.data.ptr, stmt);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	long n_workers;
	int fd;

	if (argc != 7)
		errx(64, "SOCKET WORKERS DB_SOCKET DB_NAME DB_USER DB_PASSWORD");
	n_workers = strtol(argv[2], NULL, 10);
	if (n_workers == 0)
		serve(STDIN_FILENO, argv + 3);
	fd = listen_on(argv[1]);
	for (long n = n_workers; n > 0; n--)
		if (fork() == 0)
			serve(fd, argv + 3);
	while (wait(NULL) > 0)
		;
	return 0;
}
