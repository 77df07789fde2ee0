#include <errno.h>
#include <stdbool.h>

#include "arena.h"
#include "buf.h"
#include "conf.h"
#include "ctl.h"
#include "running.h"
#include "socket_name.h"
#include "control.h"
#include "str.h"

/* The rest of the line that begins with name; "": there is none. */
static const char *read_text(struct arena *arena, const char *text, const char *name)
{
	const char *line = strstr(text, name);

	if (line == NULL)
		return "";
	line += strlen(name);
	return arena_strndup(arena, line, strcspn(line, "\n"));
}

static int32_t read_number(struct arena *arena, const char *text, const char *name)
{
	int32_t number = 0;

	str_parse_int32(read_text(arena, text, name), &number);
	return number;
}

int running_ask_for(
	const struct ctl *ctl, const char *name, const char *words, struct buf *text_r)
{
	int status = control_ask(ctl->conf, name, words, text_r);

	if (status == 0 && text_r->size == 0) { /* it ended before it could answer */
		errno = ECONNRESET;
		status = -1;
	}
	return status;
}

static const char *const names[RUNNING_MAX] = {"wxuser-core", "wxuser-remote", "wxuser"};

/* A master that ends by itself takes its status socket away. */
static bool was_killed(const struct ctl *ctl)
{
	struct running running;

	for (size_t i = 0; i < RUNNING_MAX; i++)
		if (running_ask(ctl, names[i], &running) < 0 && errno == ECONNREFUSED)
			return true;
	return false;
}

const char *running_find_orphans(const struct ctl *ctl)
{
	const char *listen = ctl->conf->server_listen_core;

	if (str_is_empty(listen) || !was_killed(ctl) || socket_name_probe(listen) != 0)
		return NULL;
	return arena_printf(ctl->arena,
		"the master was killed; its workers serve on at %s without one, and end soon. "
		"Start it again now, which costs no request: systemctl restart wxuser, or: "
		"wxuser.fcgi%s%s",
		listen, ctl->conf->path == NULL ? "" : " --config ",
		ctl->conf->path == NULL ? "" : ctl->conf->path);
}

int running_fail(const struct ctl *ctl)
{
	const int error = errno;
	const char *orphans = running_find_orphans(ctl);

	errno = error;
	if (orphans != NULL)
		return ctl_fail("%s", orphans);
	if (errno == EAGAIN)
		return ctl_fail("the program does not answer: its master is stopped, or beset by "
				"who asks; see its log");
	return ctl_fail("the program does not run, or has another server.state_directory: %s\n"
			"Workers that mod_fcgid or supervisord looks after have no master to ask;\n"
			"it restarts them, and /metrics tells what they count.",
		strerror(errno));
}

int running_ask(const struct ctl *ctl, const char *name, struct running *running_r)
{
	struct buf text = {0};
	int status = running_ask_for(ctl, name, "status", &text);

	*running_r = (struct running){.name = name};
	if (status == 0) {
		running_r->pid = read_number(ctl->arena, text.data, "\npid ");
		running_r->parent = read_number(ctl->arena, text.data, "\nparent ");
		running_r->generation = read_number(ctl->arena, text.data, "\ngeneration ");
		running_r->n_refused = read_number(ctl->arena, text.data, "\nrefused ");
		running_r->refusal = read_text(ctl->arena, text.data, "\nrefusal ");
		running_r->restart = read_text(ctl->arena, text.data, "\nrestart ");
		running_r->text = arena_strdup(ctl->arena, text.data);
	}
	buf_release(&text);
	return status;
}

size_t running_find(const struct ctl *ctl, struct running found_r[RUNNING_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < RUNNING_MAX; i++) {
		if (running_ask(ctl, names[i], &found_r[n]) == 0)
			n++;
		else if (errno != ENOENT && errno != ECONNREFUSED)
			return 0;
	}
	return n;
}
