#include <stdio.h>

#include "arena.h"
#include "command_run.h"
#include "database.h"
#include "db.h"

void command_run(const struct command *command, const struct argument *arguments,
	struct fuzz_input *rows)
{
	struct ctl ctl = {.arena = arena_new(64 << 20), .conf = fuzz_conf()};
	FILE *out = stdout, *err = stderr;
	static FILE *null;

	if (null == NULL)
		null = fopen("/dev/null", "w");
	database_answer(rows);
	ctl.db = database_open(ctl.arena);
	stdout = stderr = null;
	command->run(&ctl, arguments);
	stdout = out;
	stderr = err;
	db_free(ctl.db);
	arena_free(ctl.arena);
}
