#include "command.h"

const struct command *const commands[] = {
#define COMMAND(name, actions) &command_##name,
#include "commands.def"
#undef COMMAND
	NULL,
};
