#include <inttypes.h>

#include "arena.h"
#include "command.h"
#include "hashed.h"
#include "sealed.h"

static void print_row(const struct sealed_column *column, const char *name)
{
	printf("%10" PRId64 " %10" PRId64 " %10" PRId64 " %10" PRId64 "  %s\n", column->n_values,
		column->n_closed, column->closed_id, column->n_lost, name);
}

static enum err verify_sealed(struct ctl *ctl, int64_t *n_closed_r)
{
	struct sealed_column *columns;
	size_t n;
	enum err err = sealed_try(ctl->db, SEALED_ALL, &columns, &n);

	*n_closed_r = 0;
	for (size_t i = 0; err == ERR_NONE && i < n; i++) {
		*n_closed_r += columns[i].n_closed;
		print_row(&columns[i],
			arena_printf(ctl->arena, "%s.%s", columns[i].table, columns[i].name));
	}
	return err;
}

static enum err verify_hashed(struct ctl *ctl, int64_t *n_wrong_r)
{
	struct hashed_column columns[HASHED_N];
	enum err err = hashed_try(ctl->db, true, columns);

	*n_wrong_r = 0;
	for (size_t i = 0; err == ERR_NONE && i < HASHED_N; i++) {
		const struct sealed_column column = {
			.n_values = columns[i].n_values,
			.n_closed = columns[i].n_wrong,
			.closed_id = columns[i].wrong_id,
		};

		*n_wrong_r += column.n_closed;
		print_row(&column, columns[i].name);
	}
	return err;
}

static int verify(struct ctl *ctl, const struct argument *arguments)
{
	int64_t n_closed, n_wrong;
	enum err err;

	(void)arguments;
	printf("%10s %10s %10s %10s  COLUMN\n", "VALUES", "WRONG", "FIRST", "LOST");
	err = verify_sealed(ctl, &n_closed);
	if (err == ERR_NONE)
		err = verify_hashed(ctl, &n_wrong);
	if (err != ERR_NONE)
		return ctl_status(err, "");
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
