#include <inttypes.h>

#include "command.h"
#include "sealed.h"

static int verify(struct ctl *ctl, const struct argument *arguments)
{
	struct sealed_column *columns;
	size_t n;
	int64_t n_closed = 0;
	enum err err = sealed_try(ctl->db, SEALED_ALL, &columns, &n);

	(void)arguments;
	if (err != ERR_NONE)
		return ctl_status(err, "");
	printf("%10s %10s %10s  COLUMN\n", "VALUES", "CLOSED", "FIRST");
	for (size_t i = 0; i < n; i++) {
		n_closed += columns[i].n_closed;
		printf("%10" PRId64 " %10" PRId64 " %10" PRId64 "  %s.%s\n", columns[i].n_values,
			columns[i].n_closed, columns[i].closed_id, columns[i].table,
			columns[i].name);
	}
	if (n_closed == 0)
		return EXIT_SUCCESS;
	return ctl_fail("no key opens %" PRId64
			" values; if a backup has another sealing.keys, add "
			"its lines to the file",
		n_closed);
}

const struct command command_keys_verify = {
	.name = "keys verify",
	.arguments = "",
	.summary = "Opens every sealed value, and counts those that no key opens",
	.details = "One line a column: how many values it has, how many stay closed, and the\n"
		   "primary key of the first of these. They were sealed with a key that\n"
		   "[keys] sealing does not have, or are damaged. Where two keys have had one\n"
		   "number the file takes the lines of both, and one of a higher number:\n"
		   "printf '2 %s\\n' \"$(openssl rand -base64 32)\" >>sealing.keys\n"
		   "Exit status 1 when any stays closed. Nothing is changed.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = verify,
};
