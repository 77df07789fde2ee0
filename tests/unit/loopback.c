#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loopback.h"

#define SCENES_MAX 32
#define REQUEST_MAX 8192

struct received {
	char text[REQUEST_MAX]; /* first line, headers and body, a NUL after each */
	size_t headers, body, size; /* where they begin, where all ends */
};

struct loopback_record {
	atomic_uint n_connections;
	atomic_uint n_requests[SCENES_MAX];
	struct received last;
};

struct loopback {
	const struct scene *scenes;
	struct loopback_record *record; /* shared with the server's processes */
	pid_t pid;
	char url[32];
};

static int bind_anywhere(int *port_r)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) < 0 ||
		bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		abort();
	*port_r = ntohs(address.sin_port);
	return fd;
}

int loopback_free_port(void)
{
	int port;

	bind_anywhere(&port);
	return port;
}

/* Returns false if the client has hung up. */
static bool read_more(int fd, struct received *request)
{
	ssize_t n = read(fd, request->text + request->size, REQUEST_MAX - 1 - request->size);

	if (n <= 0)
		return false;
	request->size += (size_t)n;
	request->text[request->size] = 0;
	return true;
}

static size_t size_of_body(const char *headers)
{
	const char *length = strcasestr(headers, "\r\nContent-Length:");

	return length == NULL ? 0 : strtoul(strchr(length, ':') + 1, NULL, 10);
}

static bool read_request(int fd, struct received *request)
{
	char *end;

	request->size = 0;
	do {
		if (!read_more(fd, request))
			return false;
		end = strstr(request->text, "\r\n\r\n");
	} while (end == NULL);
	end[2] = 0;
	request->body = (size_t)(end - request->text) + 4;
	while (request->size < request->body + size_of_body(request->text)) {
		if (!read_more(fd, request))
			return false;
	}
	request->headers = strcspn(request->text, "\r") + 2;
	request->text[request->headers - 2] = 0;
	return true;
}

static const struct scene *find_scene(const struct loopback *loopback, const char *path)
{
	size_t size = strcspn(path, "? ");
	const struct scene *scene;

	for (scene = loopback->scenes; scene->path != NULL; scene++) {
		if (strlen(scene->path) == size && memcmp(scene->path, path, size) == 0)
			return scene;
	}
	abort();
}

static void write_all(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(0);
}

static void play(const struct scene *scene, int fd)
{
	char chunk[LOOPBACK_CHUNK_SIZE + 1];

	if (scene->pause_ms > 0)
		usleep((useconds_t)scene->pause_ms * 1000);
	if (scene->reply == NULL)
		return;
	write_all(fd, scene->reply);
	memset(chunk, 'x', LOOPBACK_CHUNK_SIZE);
	chunk[LOOPBACK_CHUNK_SIZE] = 0;
	for (unsigned i = 0; i < scene->n_chunks; i++) {
		write_all(fd, "400\r\n");
		write_all(fd, chunk);
		write_all(fd, "\r\n");
	}
	if (scene->n_chunks > 0)
		write_all(fd, "0\r\n\r\n");
}

static void serve(const struct loopback *loopback, int fd)
{
	struct received request;
	const struct scene *scene;

	do {
		if (!read_request(fd, &request))
			return;
		scene = find_scene(loopback, strchr(request.text, '/'));
		loopback->record->last = request;
		atomic_fetch_add(&loopback->record->n_requests[scene - loopback->scenes], 1);
		play(scene, fd);
	} while (scene->is_kept);
}

static void run_server(const struct loopback *loopback, int listener)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		atomic_fetch_add(&loopback->record->n_connections, fd >= 0);
		if (fd >= 0 && fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			serve(loopback, fd);
			_exit(0);
		}
		close(fd);
	}
}

struct loopback *loopback_start(const struct scene *scenes)
{
	struct loopback *loopback = calloc(1, sizeof(*loopback));
	int port, listener = bind_anywhere(&port);

	if (loopback == NULL || listen(listener, 64) < 0)
		abort();
	loopback->scenes = scenes;
	snprintf(loopback->url, sizeof(loopback->url), "http://127.0.0.1:%d", port);
	loopback->record = mmap(NULL, sizeof(struct loopback_record), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (loopback->record == MAP_FAILED)
		abort();
	loopback->pid = fork();
	if (loopback->pid == 0)
		run_server(loopback, listener);
	close(listener);
	return loopback;
}

void loopback_stop(struct loopback *loopback)
{
	kill(loopback->pid, SIGKILL);
	waitpid(loopback->pid, NULL, 0);
	munmap(loopback->record, sizeof(struct loopback_record));
	free(loopback);
}

const char *loopback_url(const struct loopback *loopback)
{
	return loopback->url;
}

unsigned loopback_n_connections(const struct loopback *loopback)
{
	return loopback->record->n_connections;
}

unsigned loopback_n_requests(const struct loopback *loopback, const char *path)
{
	return loopback->record->n_requests[find_scene(loopback, path) - loopback->scenes];
}

const char *loopback_last_request(const struct loopback *loopback)
{
	return loopback->record->last.text;
}

const char *loopback_last_headers(const struct loopback *loopback)
{
	return loopback->record->last.text + loopback->record->last.headers;
}

const char *loopback_last_body(const struct loopback *loopback)
{
	return loopback->record->last.text + loopback->record->last.body;
}
