/*
 * The commands of wxuserctl. app/ctl/NOUN.c has the commands of a noun, app/ctl/operation.c those
 * for the running program; a command of several parts has files of its own (check, top). main.c
 * finds the command, reads its arguments and opens what it needs.
 *
 * To add the command "NOUN VERB":
 *
 *  1. In db/ENTITY.c write the rule: what may be changed, the statements, and one transaction for
 *     all of it. If it changes a credential, a setting or a person's data, it calls audit_write()
 *     in that transaction, with an action such as "account.disable".
 *  2. In app/ctl/NOUN.c write a function that calls the rule and prints what came of it: rows by
 *     app/ctl/listing.h, an act by ctl_done(). Below it write a struct command, called
 *     command_NOUN_VERB. If the file is new, add it to
 *     app/ctl/local.mk.
 *  3. In app/ctl/commands.def add a line COMMAND(NOUN_VERB, …) that names these actions, at its
 *     place in the list of commands.
 *  4. Run "make documents", which adds it to the manual.
 *  5. In tests/stack/test_ctl.py add its name to VERBS, at the same place as in commands.def. Add
 *     to NOTHING_FOUND a call that names something that is not there, or, if the command names
 *     nothing, add its name to NAME_NOTHING. Then test what it does.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>

#include "arguments.h"
#include "ctl.h"

struct arena;

#define COMMAND_JSON "--json"

struct command {
	const char *name;      /* its words: "tenant add" */
	const char *arguments; /* its usage, as arguments_read() takes it */
	const char *summary;   /* one line without a full stop, for the list of commands */
	const char *details;   /* sentences for its --help, '\n' after each line; NULL: none */
	/* For the completion: the words that may stand at a place, behind as many words as that, if
	 * the usage has a name for them; NULL: none. May be NULL. */
	const char *(*words)(struct arena *arena, int place);
	bool has_json;         /* it takes COMMAND_JSON, too, and then prints by listing.h */
	/* What it reads from standard input, a sentence without a full stop that the error of an
	 * unexpected argument ends with; NULL: nothing that somebody may type as one. */
	const char *reads;
	unsigned needs;        /* a set of enum ctl_needs, open when run is called */
	/* arguments: in the order of the usage. Returns the exit status. */
	int (*run)(struct ctl *ctl, const struct argument *arguments);
};

#define COMMAND(name, actions) extern const struct command command_##name;
#include "commands.def"
#undef COMMAND

/* All commands in the order of commands.def, ending with NULL. */
extern const struct command *const commands[];

/* Whether commands.def says so. */
bool command_changes_nothing(const struct command *command);
/* Whether an action of it erases, removes, revokes or drops. */
bool command_takes_away(const struct command *command);

#endif
