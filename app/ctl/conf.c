#include "command.h"
#include "conf_key.h"

static int conf_sample(struct ctl *ctl, const struct argument *arguments)
{
	(void)ctl;
	(void)arguments;
	conf_write_sample(stdout);
	return EXIT_SUCCESS;
}

const struct command command_conf_sample = {
	.name = "conf sample",
	.arguments = "",
	.summary = "Prints a configuration with every key, its default and its meaning",
	.run = conf_sample,
};
