#include "conf.h"
#include "generation.h"
#include "log.h"
#include "service.h"

static int open_log(const struct conf *conf)
{
	return log_open(conf->log_path, log_level_named(conf->log_level));
}

int generation_open(
	struct generation *generation, const struct service *service, const char *path)
{
	char error[512];
	struct conf *conf = conf_load(path, error, sizeof(error));

	if (conf == NULL) {
		log_error("%s", error);
		return -1;
	}
	if (open_log(conf) < 0) {
		log_error("log.path %s: %m", conf->log_path);
	} else if (service->open(conf, &generation->shared) == 0) {
		generation->conf = conf;
		return 0;
	}
	conf_free(conf);
	return -1;
}

void generation_close(struct generation *generation, const struct service *service)
{
	if (generation->conf == NULL)
		return;
	service->close(generation->shared);
	conf_free(generation->conf);
	*generation = (struct generation){0};
}

void generation_restore_log(const struct generation *generation)
{
	if (open_log(generation->conf) < 0)
		log_error("log.path %s: %m", generation->conf->log_path);
}
