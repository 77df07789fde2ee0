#include "command.h"

const struct command *const commands[] = {
#define COMMAND(name, actions) &command_##name,
#include "commands.def"
#undef COMMAND
	NULL,
};

#define CHANGES_NOTHING ""
static const char *const actions_of[] = {
#define COMMAND(name, actions) actions,
#include "commands.def"
#undef COMMAND
};

bool command_changes_nothing(const struct command *command)
{
	size_t i = 0;

	while (commands[i] != command)
		i++;
	return *actions_of[i] == '\0';
}
