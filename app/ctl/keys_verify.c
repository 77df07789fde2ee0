#include <inttypes.h>

#include "command.h"
#include "key_verify.h"
#include "listing.h"
#include "lookup_columns.h"
#include "v1/admin_host.h"

static void print_column(const void *row)
{
	const struct verified_column *column = row;

	printf("%10" PRId64 " %10" PRId64 " %10" PRId64 " %10" PRId64 "  %s.%s\n",
		column->n_values, column->n_wrong, column->wrong_id, column->n_lost, column->table,
		column->name);
}

/* Adds the columns and counts their wrong values. */
static int64_t add_columns(
	struct listing *listing, const struct verified_column *columns, size_t n_columns)
{
	int64_t n_wrong = 0;

	for (size_t i = 0; i < n_columns; i++) {
		n_wrong += columns[i].n_wrong;
		listing_add(listing, &columns[i]);
	}
	return n_wrong;
}

static int verify_keys(struct ctl *ctl, const struct argument *arguments)
{
	struct listing listing = {
		.ctl = ctl,
		.heading = "    VALUES      WRONG      FIRST       LOST  COLUMN",
		.shape = &admin_verified_shape,
		.print = print_column,
	};
	struct verified_column *columns;
	int64_t n_closed = 0, n_wrong = 0;
	size_t n;
	enum err err = key_verify_sealed(ctl->db, VERIFY_ALL, &columns, &n);

	(void)arguments;
	if (err == ERR_NONE) {
		n_closed = add_columns(&listing, columns, n);
		err = lookup_columns_verify(ctl->db, &columns, &n);
	}
	if (err == ERR_NONE)
		n_wrong = add_columns(&listing, columns, n);
	if (listing_end(&listing, err, "") != EXIT_SUCCESS)
		return EXIT_FAILURE;
	if (n_wrong > 0)
		ctl_fail("another key has hashed %" PRId64 " phones or identity numbers, by which "
			 "nobody is found; to hash them anew, run: wxuserctl keys rotate lookup",
			n_wrong);
	if (n_closed > 0)
		ctl_fail("no key opens %" PRId64 " values; if a backup has another sealing.keys, "
			 "add its lines to the file; otherwise they are damaged, read as absent, "
			 "and are replaced when they are set anew; how to find and empty them says "
			 "\"Damaged values\" in docs/operation.md",
			n_closed);
	return n_wrong + n_closed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct command command_keys_verify = {
	.name = "keys verify",
	.arguments = "",
	.summary = "Opens every sealed value and makes every hash, and counts the wrong ones",
	.details =
		"Prints a line for each column: its values, how many are wrong, the primary key\n"
		"of the first of these, and how many were sealed with a key that its file\n"
		"declares lost. A sealed value is wrong if no key opens it: it was sealed with\n"
		"a key that [keys] sealing does not have, or is damaged; it locks nothing else,\n"
		"and reads as absent unless it is an app's secret. If two keys have had\n"
		"one number, the file takes the lines of both, and one with a higher number:\n"
		"printf '2 hkdf %s\\n' \"$(openssl rand -base64 32)\" >>sealing.keys\n"
		"A hash is wrong if look-ups do not find it, since it was made with a look-up key\n"
		"that is not in use, or that the file does not have: \"wxuserctl keys rotate\n"
		"lookup\" makes it anew. The exit status is 1 if anything is wrong. Nothing is\n"
		"changed.\n",
	.has_json = true,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = verify_keys,
};
