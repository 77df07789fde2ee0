#include "conf.h"
#include "generation.h"
#include "log.h"
#include "privileges.h"
#include "service.h"

/* Opens it with the rights of the user that must reopen it after a rotation. */
static struct log *generation_log_of(const struct conf *conf)
{
	struct log *log = NULL;

	if (privileges_use_temporarily(conf->server_user) == 0)
		log = log_new(conf);
	privileges_restore();
	return log;
}

int generation_read(struct generation *generation, const char *path)
{
	char error[CONF_ERROR_SIZE];
	struct conf *conf = conf_load(path, error, sizeof(error));

	if (conf == NULL) {
		log_error("%s", error);
		return -1;
	}
	generation->log = generation_log_of(conf);
	if (generation->log == NULL) {
		conf_free(conf);
		return -1;
	}
	generation->conf = conf;
	return 0;
}

static void generation_forget(struct generation *generation)
{
	log_free(generation->log);
	conf_free(generation->conf);
	*generation = (struct generation){0};
}

int generation_open(struct generation *generation, const struct service *service, bool replaces)
{
	int status = privileges_use_temporarily(generation->conf->server_user);

	if (status == 0)
		status = service->open(generation->conf, replaces, &generation->shared);
	privileges_restore();
	if (status < 0)
		generation_forget(generation);
	return status;
}

void generation_close_log(struct generation *generation)
{
	log_free(generation->log);
	generation->log = NULL;
}

int generation_open_log(struct generation *generation)
{
	generation->log = generation_log_of(generation->conf);
	return generation->log == NULL ? -1 : 0;
}

void generation_close(struct generation *generation, const struct service *service)
{
	if (generation->conf == NULL)
		return;
	service->close(generation->shared);
	generation_forget(generation);
}
