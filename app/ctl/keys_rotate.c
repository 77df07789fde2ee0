#include <errno.h>
#include <inttypes.h>
#include <limits.h>

#include "arena.h"
#include "command.h"
#include "conf.h"
#include "db.h"
#include "key_check.h"
#include "key_entry.h"
#include "key_reseal.h"
#include "key_rotation.h"
#include "key_states.h"
#include "keys_lookup.h"
#include "listing.h"
#include "lookup_hosts.h"
#include "progress.h"
#include "secret.h"
#include "v1/admin_host.h"

enum { KIND, NUMBER, GIVE_UP = 1, DRY_RUN };

#define ROTATING "sealing|lookup|audit"
static const enum secret_key_kind rotating[] = {
	SECRET_KEY_SEALING, SECRET_KEY_LOOKUP, SECRET_KEY_AUDIT,
};

/* ---- keys add. */

/* Finds the key of the highest number that the database has ever known, those of the file among
 * them. */
static enum err find_last(struct ctl *ctl, enum secret_key_kind kind, struct known_key *last_r)
{
	const struct known_key *known;
	size_t n;
	enum err err = key_check_known(ctl->db, &known, &n);

	for (size_t i = 0; i < n && err == ERR_NONE; i++)
		if (known[i].kind == (int32_t)kind)
			*last_r = known[i];
	return err;
}

static int fail_as_not_in_use(struct ctl *ctl, enum secret_key_kind kind, uint16_t number)
{
	const char *path = secret_key_path(ctl->conf, kind);

	if (secret_keys_have(ctl->keys, kind, number))
		return ctl_fail(
			"%s has key %d, which is not in use yet; run: wxuserctl keys rotate %s",
			path, number, key_kind_name(kind));
	return ctl_fail(
		"another host has key %d, which is not in use yet; copy %s from there. If no host "
		"has it any more, give it up: printf '\\n%d lost\\n%d hkdf %%s\\n' "
		"\"$(openssl rand -base64 32)\" >>%s; then copy the file to each host, and run "
		"there: wxuserctl reload",
		number, path, number, number + 1, path);
}

/* A number is never given to another key. */
static int add_after(struct ctl *ctl, enum secret_key_kind kind, int32_t last)
{
	const char *path = secret_key_path(ctl->conf, kind);
	enum err err;

	if (last == UINT16_MAX || secret_key_file_add(path, (uint16_t)(last + 1)) != 0)
		return ctl_fail("%s: %s", path, strerror(last == UINT16_MAX ? EOVERFLOW : errno));
	err = key_entry_write_alone(ctl->db, "keys.add", kind, last + 1);
	if (err != ERR_NONE)
		return ctl_status(err, "");
	printf("Key %d is in %s, and not in use yet.\n"
	       "Back the file up and copy it to each host. When all hosts are upgraded and have "
	       "the "
	       "file, run \"wxuserctl reload\" on each, then on one of them: wxuserctl keys rotate "
	       "%s\n",
		last + 1, path, key_kind_name(kind));
	return EXIT_SUCCESS;
}

static int add_key(struct ctl *ctl, const struct argument *arguments)
{
	const enum secret_key_kind kind = rotating[arguments[KIND].number];
	struct known_key last = {0};
	const char *reason = "";
	enum err err;

	if (ctl_open_as_service(ctl) != 0)
		return EXIT_FAILURE;
	err = find_last(ctl, kind, &last);
	if (err == ERR_NONE && kind == SECRET_KEY_LOOKUP)
		err = lookup_hosts_may_add(ctl->db, &reason);
	if (err != ERR_NONE)
		return ctl_status(err, reason);
	if (!last.is_retired && last.number > secret_key_number(ctl->keys, kind))
		return fail_as_not_in_use(ctl, kind, (uint16_t)last.number);
	return add_after(ctl, kind, last.number);
}

/* ---- keys rotate. */

static void show_progress(void *ctx, const struct reseal *reseal)
{
	struct progress *progress = ctx;

	if (progress->total == 0)
		progress_begin(progress, "values", reseal->n_total);
	progress_show(
		progress, reseal->n_done < progress->total ? reseal->n_done : progress->total);
}

static int reseal_values(struct ctl *ctl)
{
	struct progress progress = {0};
	struct reseal reseal = {
		.wait = keys_lookup_print_wait, .progress = show_progress, .ctx = &progress,
	};
	const enum err err = key_reseal_run(ctl->db, &reseal);

	progress_end(&progress);
	if (err != ERR_NONE)
		return ctl_status(err, "");
	printf("%" PRId64 " values were sealed again.\n", reseal.n_done - reseal.n_closed);
	if (reseal.n_closed > 0)
		return ctl_fail("no key opens %" PRId64 " values; see: wxuserctl keys verify",
			reseal.n_closed);
	return EXIT_SUCCESS;
}

static int rotate_keys(struct ctl *ctl, const struct argument *arguments)
{
	const enum secret_key_kind kind = rotating[arguments[KIND].number];
	const char *reason = "";
	enum err err;

	if (kind == SECRET_KEY_LOOKUP)
		return keys_lookup_rotate(
			ctl, arguments[GIVE_UP].number, arguments[DRY_RUN].text != NULL);
	if (arguments[GIVE_UP].text != NULL || arguments[DRY_RUN].text != NULL)
		return ctl_fail_usage("--give-up and --dry-run are for the look-up key");
	err = key_rotation_begin(ctl->db, kind, &reason);
	if (err != ERR_NONE)
		return ctl_status(err, reason);
	printf("Key %d of %s is in use. The service of each host follows within a minute; one that "
	       "is not upgraded, or has not got the file, cannot open what is sealed from now "
	       "on.\n",
		secret_key_number(ctl->keys, kind), secret_key_path(ctl->conf, kind));
	fflush(stdout);
	return kind == SECRET_KEY_SEALING ? reseal_values(ctl) : EXIT_SUCCESS;
}

/* ---- keys status. */

#define HASHED_ROWS_COUNTED 10000

static const char *state_name(const struct key_state *key)
{
	if (key->is_retired)
		return "retired";
	if (key->is_lost)
		return "lost";
	if (key->is_in_use)
		return "in use";
	if (key->step == LOOKUP_STEP_HASHED)
		return "begun";
	return key->used_us == 0 ? "new" : "old";
}

static void print_key(const void *row)
{
	const struct admin_key_state *key = row;
	char since[CTL_INSTANT_SIZE] = "-";

	if (key->used_us != 0)
		ctl_instant(key->used_us, since);
	printf("%-8s %6d  %-8s %9s%s  %s\n", key->file, key->number, key->state,
		key->values == NULL ? "-" : key->values, key->has_more ? "+" : " ", since);
}

static void show_key(void *ctx, const struct key_state *key)
{
	struct listing *listing = ctx;
	const struct admin_key_state shown = {
		.file = key_kind_name(key->kind),
		.number = key->number,
		.state = state_name(key),
		.values = key->n_values < 0 ? NULL
					    : arena_printf(listing->ctl->arena, "%" PRId64,
						      key->n_values + key->n_entries),
		.has_more = key->n_values >= 0 && key->has_more,
		.used_us = key->used_us,
	};

	listing_add(listing, &shown);
}

static int show_keys(struct ctl *ctl, const struct argument *arguments)
{
	struct listing listing = {
		.ctl = ctl,
		.heading = "FILE     NUMBER  STATE        VALUES  IN USE FROM (UTC+8)",
		.shape = &admin_key_state_shape,
		.print = print_key,
	};
	const struct key_states_wanted wanted = {
		.kinds = UINT_MAX, .n_rows_most = HASHED_ROWS_COUNTED,
	};

	(void)arguments;
	return listing_end(&listing, key_states_each(ctl->db, &wanted, show_key, &listing), "");
}

/* ---- keys drop. */

static int drop_key(struct ctl *ctl, const struct argument *arguments)
{
	const enum secret_key_kind kind = rotating[arguments[KIND].number];
	const int32_t number = arguments[NUMBER].number;
	const char *path = secret_key_path(ctl->conf, kind), *reason = "";
	enum err err;

	if (ctl_open_as_service(ctl) != 0)
		return EXIT_FAILURE;
	err = key_rotation_retire(ctl->db, kind, number, &reason);
	if (err != ERR_NONE)
		return ctl_status(err, reason);
	if (secret_key_file_drop(path, (uint16_t)number) != 0)
		return ctl_fail("%s: %s", path,
			errno == ENOENT ? "it has no line of this key" : strerror(errno));
	printf("Key %d is not in %s any more. Run this on each host, or copy the file there.\n",
		number, path);
	return EXIT_SUCCESS;
}

/* ---- The commands. */

const struct command command_keys_add = {
	.name = "keys add",
	.arguments = ROTATING,
	.summary = "Adds a new key to a key file, which is not in use yet",
	.details = "The first step of a rotation. Nothing is sealed or signed with the key before\n"
		   "\"wxuserctl keys rotate\". Each host needs it first: copy the file there, and "
		   "run\n"
		   "\"wxuserctl reload\".\n",
	.needs = NEEDS_CONF,
	.run = add_key,
};

const struct command command_keys_rotate = {
	.name = "keys rotate",
	.arguments = ROTATING " [--give-up N] [--dry-run]",
	.summary = "Takes the newest key into use in place of the older ones",
	.details =
		"Run it after all hosts are upgraded and have the file. It is refused while the\n"
		"service of a host that was seen in the last 10 minutes has not got the key; a\n"
		"host that is stopped, or runs an older release, is not seen, and cannot open\n"
		"what is sealed anew until it has the file. The service runs on:\n"
		"100 values are sealed at a time, with a pause after them as long as they took.\n"
		"It may be stopped at any moment; run again, it does the rest. Values that were\n"
		"stored in the first minute may still be sealed with the old key: run it again,\n"
		"and \"wxuserctl keys status\" counts none. One process at a time rotates, on\n"
		"whatever host; after one that was killed the next waits a minute. Entries of\n"
		"the audit keep the key that has signed them.\n"
		"The look-up key is replaced in three steps, which are told, and all hosts\n"
		"follow one before the next begins: hashes are added beside those of the old\n"
		"key; they take their place; codes expire that the old key has hashed. That\n"
		"takes 20 minutes and more. It is refused while the service of a host is of an\n"
		"older release. If no key is to be replaced, hashes by which nobody is found,\n"
		"since another look-up key has made them, are made anew.\n"
		"A confirmed phone that no user, resident or member has cannot be hashed anew,\n"
		"nor can a value that no key opens. Both keys stay in use because of these.\n"
		"--dry-run says how many there are and what it means to give them up. --give-up\n"
		"gives them up, unless there are more than N, and ends the rotation.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = rotate_keys,
};

const struct command command_keys_status = {
	.name = "keys status",
	.arguments = "",
	.summary = "Lists the keys, and counts what each has sealed, hashed or signed",
	.details =
		"STATE is new before \"wxuserctl keys rotate\", begun while hashes of a look-up\n"
		"key are added, in use, old while something may need it, retired after\n"
		"\"wxuserctl keys drop\", or lost, as the file says. VALUES of a look-up key are\n"
		"those in the first 10,000 rows of each table, with a + if there are more rows.\n",
	.has_json = true,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = show_keys,
};

const struct command command_keys_drop = {
	.name = "keys drop",
	.arguments = ROTATING " N",
	.summary = "Removes a key that nothing needs from its file",
	.details =
		"Refused while a value needs the key, and for 31 days after the next one was\n"
		"taken into use: a cursor of GET /v1/users/changes may be older. A backup from\n"
		"before needs the key, so keep the backup of the file as long. An undo of a\n"
		"merge may give back a confirmed phone that a dropped look-up key has hashed:\n"
		"it finds nobody until its person confirms it anew.\n",
	.needs = NEEDS_CONF,
	.run = drop_key,
};
