#include "buf.h"
#include "clock.h"
#include "conf.h"
#include "log.h"
#include "node.h"
#include "notify.h"
#include "reload.h"
#include "scoreboard.h"
#include "workers.h"

#define TRIAL_DEATHS_MAX 5
#define TRIAL_US (30 * CLOCK_SECOND_US)

void reload_init(struct reload *reload, struct workers *workers, struct generation *current)
{
	*reload = (struct reload){
		.workers = workers,
		.current = current,
		.n_generations = current->number,
	};
}

void reload_collect_errors(struct reload *reload)
{
	buf_reset(&reload->errors);
	log_copy_errors(&reload->errors);
}

static void reload_ignore_errors(struct reload *reload)
{
	log_copy_errors(NULL);
	buf_reset(&reload->errors);
}

void reload_close(struct reload *reload)
{
	generation_close(&reload->next, reload->workers->service);
	generation_close(&reload->last_good, reload->workers->service);
	reload_ignore_errors(reload);
	buf_release(&reload->errors);
	buf_release(&reload->failure);
	buf_release(&reload->restart);
}

bool reload_is_under_way(const struct reload *reload)
{
	return reload->next.conf != NULL;
}

static bool reload_is_on_trial(const struct reload *reload)
{
	return reload->last_good.conf != NULL;
}

void reload_notify(const struct reload *reload)
{
	notify_serving(
		reload->current->number, reload->failure.size > 0 ? reload->failure.data : NULL);
}

static void reload_note_failure(struct reload *reload, const char *what)
{
	const struct buf *errors = &reload->errors;

	reload->n_failures++;
	buf_reset(&reload->restart);
	buf_reset(&reload->failure);
	buf_append_str(&reload->failure, what);
	if (errors->size > 0)
		buf_printf(&reload->failure, ": %s", errors->data);
	reload_ignore_errors(reload);
}

void reload_fail(struct reload *reload, const char *what)
{
	reload_note_failure(reload, what);
	log_error("%s; generation %u goes on", what, reload->current->number);
	reload_notify(reload);
}

static void reload_note_restart(struct reload *reload, const char *key)
{
	log_warning("server.%s has changed and takes effect at a restart only", key);
	buf_printf(&reload->restart, "%sserver.%s", reload->restart.size > 0 ? ", " : "", key);
}

static void reload_note_fixed_keys(struct reload *reload)
{
	const struct conf *old = reload->current->conf, *new = reload->next.conf;
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
			reload_note_restart(reload, fixed[i].name);
	}
	if (old->server_socket_mode != new->server_socket_mode)
		reload_note_restart(reload, "socket_mode");
}

#define N_ACCESS_VALUES 7 /* with an end */

struct access_value {
	const char *key, *value;
};

/* Ends with a key of NULL. */
static void reload_read_access(
	const struct conf *conf, struct access_value values_r[N_ACCESS_VALUES])
{
	const struct access_value values[N_ACCESS_VALUES] = {
		{"http.trusted_proxies", conf->http_trusted_proxies},
		{"http.origins", conf->http_origins},
		{"auth.trusted_networks", conf->auth_trusted_networks},
		{"ops.networks", conf->ops_networks},
		{"admin.api", conf->admin_api ? "true" : "false"},
		{"admin.networks", conf->admin_networks},
	};

	memcpy(values_r, values, sizeof(values));
}

void reload_log_access(const struct conf *conf)
{
	struct access_value values[N_ACCESS_VALUES];

	reload_read_access(conf, values);
	log_event(LOG_LEVEL_INFO, "who is let in");
	for (const struct access_value *at = values; at->key != NULL; at++)
		log_str(at->key, at->value);
	log_end();
}

static void reload_log_access_change(const struct conf *old, const struct conf *new)
{
	struct access_value olds[N_ACCESS_VALUES], news[N_ACCESS_VALUES];

	reload_read_access(old, olds);
	reload_read_access(new, news);
	for (size_t i = 0; olds[i].key != NULL; i++) {
		if (strcmp(olds[i].value, news[i].value) == 0)
			continue;
		log_event(LOG_LEVEL_WARNING, "who is let in has changed");
		log_str("key", olds[i].key);
		log_str("old", olds[i].value);
		log_str("new", news[i].value);
		log_end();
	}
}

static void reload_await_next(struct reload *reload)
{
	workers_set_on_trial(reload->workers, reload->next.number);
	reload->next_us = clock_monotonic_us();
}

/* Called before the next generation has workers, which would take places. */
static void reload_forget_nodes(const struct reload *reload)
{
	unsigned oldest = workers_oldest_generation(reload->workers, reload->current->number);

	if (reload_is_on_trial(reload) && reload->last_good.number < oldest)
		oldest = reload->last_good.number;
	node_table_forget(reload->workers->board->nodes, oldest);
}

void reload_begin(struct reload *reload)
{
	log_info("reading the configuration again");
	reload_forget_nodes(reload);
	reload_collect_errors(reload);
	buf_reset(&reload->restart);
	notify_changing("reading the configuration again");
	if (generation_read(&reload->next, reload->current->conf->path) < 0 ||
		generation_open(&reload->next, reload->workers->service, true) < 0) {
		reload_fail(reload, "configuration refused");
		return;
	}
	reload_note_fixed_keys(reload);
	reload->next.number = ++reload->n_generations;
	reload_await_next(reload);
}

static void reload_begin_trial(struct reload *reload, struct generation *before)
{
	if (reload_is_on_trial(reload))
		generation_close(before, reload->workers->service);
	else
		reload->last_good = *before;
	generation_close_log(&reload->last_good);
	buf_reset(&reload->failure);
	reload->trial_us = clock_monotonic_us();
	workers_set_on_trial(reload->workers, reload->current->number);
}

static void reload_end_trial(struct reload *reload)
{
	generation_close(&reload->last_good, reload->workers->service);
	workers_set_on_trial(reload->workers, 0);
}

static void reload_adopt_next(struct reload *reload)
{
	struct generation before = *reload->current;

	reload_ignore_errors(reload);
	workers_stop_generation(reload->workers, before.number);
	log_use(reload->next.log);
	reload_log_access_change(before.conf, reload->next.conf);
	*reload->current = reload->next;
	reload->next = (struct generation){0};
	if (reload->current->number > before.number) {
		reload_begin_trial(reload, &before);
	} else {
		generation_close(&before, reload->workers->service);
		reload_end_trial(reload);
	}
	log_info("generation %u serves", reload->current->number);
	reload_notify(reload);
}

static void reload_abandon_next(struct reload *reload)
{
	workers_set_on_trial(
		reload->workers, reload_is_on_trial(reload) ? reload->current->number : 0);
	workers_stop_generation(reload->workers, reload->next.number);
	generation_close(&reload->next, reload->workers->service);
	reload_fail(reload, "new workers do not come up");
}

static void reload_go_back(struct reload *reload)
{
	reload_note_failure(reload, "workers of the new configuration die again and again");
	log_error("%s; back to generation %u. Correct the configuration before the next start",
		reload->failure.data, reload->last_good.number);
	notify_changing(reload->failure.data);
	reload->next = reload->last_good;
	reload->last_good = (struct generation){0};
	if (generation_open_log(&reload->next) == 0)
		reload_await_next(reload);
	else
		reload_abandon_next(reload);
}

static void reload_poll_next(struct reload *reload)
{
	if (workers_are_ready(reload->workers, &reload->next))
		reload_adopt_next(reload);
	else if (reload->workers->n_trial_deaths > TRIAL_DEATHS_MAX ||
		clock_monotonic_us() - reload->next_us > WORKERS_READY_WITHIN_S * CLOCK_SECOND_US)
		reload_abandon_next(reload);
}

static void reload_poll_trial(struct reload *reload)
{
	if (reload->workers->n_trial_deaths > TRIAL_DEATHS_MAX)
		reload_go_back(reload);
	else if (clock_monotonic_us() - reload->trial_us > TRIAL_US)
		reload_end_trial(reload);
}

void reload_poll(struct reload *reload)
{
	if (reload_is_under_way(reload))
		reload_poll_next(reload);
	else if (reload_is_on_trial(reload))
		reload_poll_trial(reload);
}

void reload_describe(const struct reload *reload, struct buf *text)
{
	buf_printf(text, "generation %u\nfailures %u\nlast_good %u\n", reload->current->number,
		reload->n_failures,
		reload_is_on_trial(reload) ? reload->last_good.number : reload->current->number);
	if (reload->failure.size > 0)
		buf_printf(text, "failure %s\n", reload->failure.data);
	if (reload->restart.size > 0)
		buf_printf(text, "restart %s\n", reload->restart.data);
	workers_describe(reload->workers, reload->current, text);
	if (reload_is_under_way(reload))
		workers_describe(reload->workers, &reload->next, text);
}
