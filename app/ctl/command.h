/*
 * The commands of wxuserctl. NOUN.c holds the commands of a noun, operation.c those of the running
 * program. main.c finds the command, reads its arguments and opens what it needs.
 *
 * To add one: in app/ctl/NOUN.c a function and below it a struct command, and a line in
 * commands.def; a new file also needs a line in local.mk. Then "make documents", and its cases
 * in tests/stack/test_ctl.py.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "arguments.h"
#include "ctl.h"

struct command {
	const char *name;      /* its words: "tenant add" */
	const char *arguments; /* as arguments_read() takes them */
	const char *summary;   /* one line, for the list of commands */
	const char *details;   /* sentences for its own --help, each line with '\n'; NULL: none */
	unsigned needs;        /* a set of enum ctl_needs */
	/* arguments in the order of .arguments. The exit status. */
	int (*run)(struct ctl *ctl, const struct argument *arguments);
};

#define COMMAND(name) extern const struct command command_##name;
#include "commands.def"
#undef COMMAND

/* All of them, in that order; the last is NULL. */
extern const struct command *const commands[];

#endif
