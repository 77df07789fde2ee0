#include "clock.h"
#include "conf.h"
#include "log.h"
#include "notify.h"
#include "reload.h"
#include "scoreboard.h"
#include "staff.h"

#define READY_WITHIN_US 10000000
#define TRIAL_DEATHS_MAX 5

void reload_init(struct reload *reload, const struct service *service, struct staff *staff,
	const struct generation *first)
{
	*reload = (struct reload){
		.service = service,
		.staff = staff,
		.current = *first,
		.n_generations = first->number,
	};
}

void reload_close(struct reload *reload)
{
	generation_close(&reload->current, reload->service);
	generation_close(&reload->next, reload->service);
}

bool reload_is_under_way(const struct reload *reload)
{
	return reload->next.conf != NULL;
}

void reload_refuse(struct reload *reload, const char *what)
{
	reload->n_refused++;
	log_error("%s; generation %u goes on", what, reload->current.number);
	notify_serving(reload->current.number);
}

static void warn_of_restart(const char *key)
{
	log_warning("server.%s has changed, which takes a restart", key);
}

static void warn_of_fixed(const struct conf *old, const struct conf *new)
{
	const struct {
		const char *name, *old, *new;
	} fixed[] = {
		{"listen_core", old->server_listen_core, new->server_listen_core},
		{"listen_remote", old->server_listen_remote, new->server_listen_remote},
		{"socket_group", old->server_socket_group, new->server_socket_group},
		{"user", old->server_user, new->server_user},
		{"state_directory", old->server_state_directory, new->server_state_directory},
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (strcmp(fixed[i].old, fixed[i].new) != 0)
			warn_of_restart(fixed[i].name);
	}
	if (old->server_socket_mode != new->server_socket_mode)
		warn_of_restart("socket_mode");
}

void reload_begin(struct reload *reload)
{
	log_info("reading the configuration again");
	notify_changing("reading the configuration again");
	if (generation_read(&reload->next, reload->current.conf->path) < 0 ||
		generation_open(&reload->next, reload->service) < 0) {
		reload_refuse(reload, "configuration refused");
		return;
	}
	warn_of_fixed(reload->current.conf, reload->next.conf);
	reload->next.number = ++reload->n_generations;
	staff_try(reload->staff, reload->next.number);
	reload->next_us = clock_monotonic_us();
}

static void adopt_next(struct reload *reload)
{
	staff_try(reload->staff, 0);
	staff_retire(reload->staff, reload->current.number);
	log_use(reload->next.log);
	generation_close(&reload->current, reload->service);
	reload->current = reload->next;
	reload->next = (struct generation){0};
	log_info("generation %u serves", reload->current.number);
	notify_serving(reload->current.number);
}

static void abandon_next(struct reload *reload)
{
	staff_try(reload->staff, 0);
	staff_retire(reload->staff, reload->next.number);
	generation_close(&reload->next, reload->service);
	reload_refuse(reload, "workers of the new configuration do not come up");
}

void reload_look(struct reload *reload)
{
	if (reload->next.conf == NULL)
		return;
	if (staff_is_complete(reload->staff, &reload->next))
		adopt_next(reload);
	else if (reload->staff->n_trial_deaths > TRIAL_DEATHS_MAX ||
		clock_monotonic_us() - reload->next_us > READY_WITHIN_US)
		abandon_next(reload);
}

void reload_reopen_logs(struct reload *reload)
{
	log_reopen(reload->current.log);
	if (reload->next.log != NULL)
		log_reopen(reload->next.log);
}

void reload_keep_log(struct reload *reload, const struct generation *mine)
{
	struct generation *other =
		mine == &reload->current ? &reload->next : &reload->current;

	log_use(mine->log);
	log_free(other->log);
	other->log = NULL;
}

struct slot *reload_hire(struct reload *reload)
{
	struct slot *mine = staff_hire(reload->staff, &reload->current);

	if (mine == NULL && reload->next.conf != NULL)
		mine = staff_hire(reload->staff, &reload->next);
	return mine;
}

const struct generation *reload_generation_of(
	const struct reload *reload, const struct slot *slot)
{
	return slot->generation == reload->current.number ? &reload->current : &reload->next;
}
