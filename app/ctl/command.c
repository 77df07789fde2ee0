#include <string.h>

#include "command.h"

const struct command *const commands[] = {
#define COMMAND(name, actions) &command_##name,
#include "commands.def"
#undef COMMAND
	NULL,
};

#define CHANGES_NOTHING ""
static const char *const command_actions[] = {
#define COMMAND(name, actions) actions,
#include "commands.def"
#undef COMMAND
};

static const char *actions_of_command(const struct command *command)
{
	size_t i = 0;

	while (commands[i] != command)
		i++;
	return command_actions[i];
}

bool command_changes_nothing(const struct command *command)
{
	return *actions_of_command(command) == '\0';
}

bool command_takes_away(const struct command *command)
{
	static const char *const verbs[] = {".erase", ".remove", ".revoke", ".drop", ".delete"};
	const char *actions = actions_of_command(command);

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strstr(actions, verbs[i]) != NULL)
			return true;
	return false;
}
