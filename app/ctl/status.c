#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "command.h"
#include "control_client.h"
#include "listing.h"
#include "maintenance.h"
#include "v1/admin_host.h"

#define WORKERS "\nworkers "
#define WORKERS_MAX 8 /* lines: two pools, each of two generations */
#define POOL_SIZE 16

/* Reads the line of the status that begins at text. Returns false if it is none of workers. */
static bool read_workers(struct arena *arena, const char *text, struct admin_workers *workers_r)
{
	char pool[POOL_SIZE];

	*workers_r = (struct admin_workers){0};
	if (sscanf(text,
		    WORKERS "%15s generation=%d configured=%d starting=%d idle=%d busy=%d full=%d "
			    "in_flight=%d in_flight_max=%d",
		    pool, &workers_r->generation, &workers_r->configured, &workers_r->starting,
		    &workers_r->idle, &workers_r->busy, &workers_r->full, &workers_r->in_flight,
		    &workers_r->in_flight_max) != 9)
		return false;
	workers_r->pool = arena_strdup(arena, pool);
	return true;
}

static struct object_list workers_of(struct arena *arena, const char *text)
{
	struct admin_workers *workers = arena_array(arena, struct admin_workers, WORKERS_MAX);
	size_t n = 0;

	for (const char *at = text; n < WORKERS_MAX && (at = strstr(at, WORKERS)) != NULL; at++)
		n += read_workers(arena, at, &workers[n]);
	return (struct object_list){.items = workers, .n_items = n};
}

static const char *or_null(const char *text)
{
	return *text == '\0' ? NULL : text;
}

static void add_master(struct listing *listing, const struct master_status *master)
{
	struct ctl *ctl = listing->ctl;
	const struct admin_master shown = {
		.program = master->program,
		.state = master->state,
		.pid = master->pid,
		.parent = master->parent,
		.generation = master->generation,
		.last_good = master->last_good,
		.n_failures = master->n_failures,
		.n_draining = master->n_draining,
		.failure = or_null(master->failure),
		.restart = or_null(master->restart),
		.is_in_maintenance = maintenance_is_on_here(ctl->conf),
		.workers = workers_of(ctl->arena, master->text),
	};

	listing_add(listing, &shown);
}

static void print_master(const struct ctl *ctl, const struct master_status *master)
{
	fputs(master->text, stdout);
	if (maintenance_is_on_here(ctl->conf))
		puts("maintenance on");
}

static int print_status(struct ctl *ctl, const struct argument *arguments)
{
	struct listing listing = {.ctl = ctl, .shape = &admin_master_shape};
	struct master_status found[MASTERS_MAX];
	int status = ctl_warn_of_fault(ctl);
	const size_t n = control_client_find(ctl, found);

	(void)arguments;
	if (n == 0)
		return control_client_fail(ctl);
	for (size_t i = 0; i < n; i++)
		if (ctl->is_json)
			add_master(&listing, &found[i]);
		else
			print_master(ctl, &found[i]);
	return ctl->is_json ? status | listing_end(&listing, ERR_NONE, "") : status;
}

const struct command command_status = {
	.name = "status",
	.arguments = "",
	.summary = "Prints generation, workers and state of the running program",
	.details =
		"Lines \"NAME value\". \"parent\" is the process that started the program, 0 if "
		"it\n"
		"has ended. There is a line \"workers\" for each pool and generation that serves\n"
		"or comes up. A busy worker holds a request, and a full one as many as it may;\n"
		"in_flight counts the requests, in_flight_max those that all may hold. The line\n"
		"\"draining\" counts workers that finish what they hold.\n"
		"\"maintenance on\" means that this host answers that it is down. \"restart\"\n"
		"names keys that the last reload found changed and that take effect at a restart\n"
		"only. \"last_good\" is the generation to return to while a newer one is on "
		"trial.\n"
		"\"failures\" counts reloads and upgrades that failed, \"failure\" is the last "
		"one.\n"
		"If each pool has its own master (wxuser.fcgi --workers), status prints both, and\n"
		"reload, upgrade, reopen-logs and drain act on both.\n",
	.has_json = true,
	.needs = NEEDS_CONF_PARTS,
	.run = print_status,
};
