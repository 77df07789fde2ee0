#include <inttypes.h>

#include "command.h"
#include "key_verify.h"

/* Prints the columns and counts their wrong values. */
static int64_t print_columns(const struct verified_column *columns, size_t n_columns)
{
	int64_t n_wrong = 0;

	for (size_t i = 0; i < n_columns; i++) {
		n_wrong += columns[i].n_wrong;
		printf("%10" PRId64 " %10" PRId64 " %10" PRId64 " %10" PRId64 "  %s.%s\n",
			columns[i].n_values, columns[i].n_wrong, columns[i].wrong_id,
			columns[i].n_lost, columns[i].table, columns[i].name);
	}
	return n_wrong;
}

static int verify(struct ctl *ctl, const struct argument *arguments)
{
	struct verified_column *columns;
	int64_t n_closed = 0, n_wrong = 0;
	size_t n;
	enum err err;

	(void)arguments;
	printf("%10s %10s %10s %10s  COLUMN\n", "VALUES", "WRONG", "FIRST", "LOST");
	err = key_verify_sealed(ctl->db, VERIFY_ALL, &columns, &n);
	if (err == ERR_NONE) {
		n_closed = print_columns(columns, n);
		err = key_verify_hashed(ctl->db, VERIFY_ALL, &columns, &n);
	}
	if (err != ERR_NONE)
		return ctl_status(err, "");
	n_wrong = print_columns(columns, n);
	if (n_wrong > 0)
		ctl_fail("another key has hashed %" PRId64 " phones, by which nobody is found "
			 "until they are stored again",
			n_wrong);
	if (n_closed > 0)
		ctl_fail("no key opens %" PRId64 " values; if a backup has another sealing.keys, "
			 "add its lines to the file",
			n_closed);
	return n_wrong + n_closed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct command command_keys_verify = {
	.name = "keys verify",
	.arguments = "",
	.summary = "Opens every sealed value and hashes every phone, and counts what is wrong",
	.details = "One line a column: how many values it has, how many are wrong, the\n"
		   "primary key of the first of these, and how many were sealed with a key that\n"
		   "its file says is lost. A sealed value is wrong when no key opens it: it was\n"
		   "sealed with a key that [keys] sealing does not have, or is damaged. Where two\n"
		   "keys have had one number the file takes the lines of both, and one of a\n"
		   "higher number:\n"
		   "printf '2 %s\\n' \"$(openssl rand -base64 32)\" >>sealing.keys\n"
		   "A hash is wrong when it was made under another look-up key.\n"
		   "Exit status 1 when anything is wrong. Nothing is changed.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = verify,
};
