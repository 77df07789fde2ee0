/* A command of wxuserctl, as a target runs it. */
#ifndef COMMAND_RUN_H
#define COMMAND_RUN_H

#include "command.h"
#include "fuzz.h"

/* Runs the command, which prints nothing; the database answers from rows. */
void command_run(const struct command *command, const struct argument *arguments,
	struct fuzz_input *rows);

#endif
