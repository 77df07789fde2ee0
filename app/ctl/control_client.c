#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "arena.h"
#include "buf.h"
#include "conf.h"
#include "control.h"
#include "control_client.h"
#include "ctl.h"
#include "socket_name.h"
#include "str.h"
#include "user_name.h"

static const char *const master_names[MASTERS_MAX] = {"wxuser-core", "wxuser-remote", "wxuser"};

static int ask_once(const struct ctl *ctl, const char *name, const char *commands,
	struct buf *output_r, pid_t *pid_r)
{
	int status = control_ask(ctl->conf, name, commands, output_r, pid_r);

	if (status == 0 && output_r->size == 0) {
		errno = ECONNRESET;
		status = -1;
	}
	return status;
}

static int ask(const struct ctl *ctl, const char *name, const char *commands,
	struct buf *output_r, pid_t *pid_r)
{
	int status = ask_once(ctl, name, commands, output_r, pid_r);

	/* The master ended before it could answer. Another has its place by now, or none. */
	if (status < 0 && (errno == ECONNRESET || errno == EPIPE))
		status = ask_once(ctl, name, commands, output_r, pid_r);
	return status;
}

int control_client_ask(
	const struct ctl *ctl, const char *name, const char *commands, struct buf *output_r)
{
	pid_t pid;

	return ask(ctl, name, commands, output_r, &pid);
}

/* The rest of the line that begins with name; "": there is none. */
static const char *status_text(struct arena *arena, const char *text, const char *name)
{
	const char *line = strstr(text, name);

	if (line == NULL)
		return "";
	line += strlen(name);
	return arena_strndup(arena, line, strcspn(line, "\n"));
}

static int32_t status_number(struct arena *arena, const char *text, const char *name)
{
	int32_t number = 0;

	str_parse_int32(status_text(arena, text, name), &number);
	return number;
}

int control_client_status(const struct ctl *ctl, const char *name, struct master_status *status_r)
{
	struct buf text = {0};
	pid_t pid;
	int status = ask(ctl, name, "status", &text, &pid);

	*status_r = (struct master_status){.name = name};
	if (status == 0) {
		status_r->pid = pid;
		status_r->parent = status_number(ctl->arena, text.data, "\nparent ");
		status_r->generation = status_number(ctl->arena, text.data, "\ngeneration ");
		status_r->n_failures = status_number(ctl->arena, text.data, "\nfailures ");
		status_r->failure = status_text(ctl->arena, text.data, "\nfailure ");
		status_r->restart = status_text(ctl->arena, text.data, "\nrestart ");
		status_r->state = status_text(ctl->arena, text.data, "\nstate ");
		status_r->last_good = status_number(ctl->arena, text.data, "\nlast_good ");
		status_r->n_draining = status_number(ctl->arena, text.data, "\ndraining ");
		status_r->program = status_text(ctl->arena, text.data, "program ");
		status_r->text = arena_strdup(ctl->arena, text.data);
	}
	buf_release(&text);
	return status;
}

size_t control_client_find(const struct ctl *ctl, struct master_status found_r[MASTERS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < MASTERS_MAX; i++) {
		if (control_client_status(ctl, master_names[i], &found_r[n]) == 0)
			n++;
		else if (errno != ENOENT && errno != ECONNREFUSED)
			return 0;
	}
	return n;
}

bool control_client_forget(const struct ctl *ctl)
{
	struct buf answer = {0};
	bool is_told = false;

	for (size_t i = 0; i < MASTERS_MAX; i++)
		is_told |= control_client_ask(ctl, master_names[i], CONTROL_FORGET, &answer) == 0 &&
			strcmp(answer.data, CONTROL_FORGOTTEN) == 0;
	buf_release(&answer);
	return is_told;
}

/* A master that ends by itself removes its control socket. */
static bool was_master_killed(const struct ctl *ctl)
{
	struct master_status master;

	for (size_t i = 0; i < MASTERS_MAX; i++)
		if (control_client_status(ctl, master_names[i], &master) < 0 &&
			errno == ECONNREFUSED)
			return true;
	return false;
}

/* Returns the line that runs it without systemd. */
static const char *program_line(const struct ctl *ctl)
{
	return ctl->conf->path == NULL
		? "wxuser.fcgi"
		: arena_printf(ctl->arena, "wxuser.fcgi --config %s", ctl->conf->path);
}

const char *control_client_find_orphans(const struct ctl *ctl)
{
	const char *listen = ctl->conf->server_listen_core;

	if (str_is_empty(listen) || !was_master_killed(ctl) || socket_name_probe(listen) != 0)
		return NULL;
	return arena_printf(ctl->arena,
		"the master was killed; its workers serve on at %s without one, and end soon. "
		"Start it again now, which costs no request: systemctl restart wxuser, or: %s",
		listen, program_line(ctl));
}

const char *control_client_start_line(const struct ctl *ctl)
{
	return arena_printf(ctl->arena, "systemctl start wxuser, or: %s", program_line(ctl));
}

/* Of an installation whose web server starts the workers, and that of any other. */
static const char *why_nobody_answers(const struct ctl *ctl)
{
	if (!str_is_empty(ctl->conf->server_listen_core))
		return arena_printf(ctl->arena,
			"To start it: %s\n"
			"Workers started by supervisord have no master to ask; /metrics shows "
			"their counters. To replace them one after another:\n"
			"for n in $(seq -w 00 15); do supervisorctl restart "
			"wxuser-core:wxuser-core-$n; done",
			control_client_start_line(ctl));
	return "Workers started by the web server, as by mod_fcgid, have no master to ask; "
	       "/metrics shows their counters. To replace them now, in the directory of "
	       "core.fcgi and remote.fcgi:\n"
	       "for f in core.fcgi remote.fcgi; do cp -p $f new && mv new $f; done";
}

static const char *directory_owner(const struct ctl *ctl)
{
	struct stat directory;

	if (stat(ctl->conf->server_state_directory, &directory) < 0)
		return ctl->conf->server_user;
	return user_name(directory.st_uid);
}

int control_client_fail(const struct ctl *ctl)
{
	const int error = errno;
	const char *orphans = control_client_find_orphans(ctl);

	errno = error;
	if (orphans != NULL)
		return ctl_fail("%s", orphans);
	if (errno == EACCES)
		return ctl_fail(
			"only root and user %s may ask the program; run this as one of them",
			directory_owner(ctl));
	if (errno == EAGAIN)
		return ctl_fail("the program does not answer: the master is stopped, or its "
				"control socket is overloaded; see its log");
	return ctl_fail("the program does not run, or has another server.state_directory: %s\n%s",
		strerror(errno), why_nobody_answers(ctl));
}
