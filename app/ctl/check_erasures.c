#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "conf.h"
#include "ctl.h"
#include "erasure_replay.h"
#include "regular_file.h"
#include "tombstone.h"

static bool count_row(void *ctx, const struct tombstone_row *row)
{
	(void)row;
	++*(size_t *)ctx;
	return true;
}

/* A database that was not restored has all that the file had. */
static void report_no_file(struct check *check, const char *path)
{
	const char *missing = strerror(ENOENT);
	size_t n_rows = 0;

	if (tombstone_each(check->ctl->db, 0, count_row, &n_rows) != ERR_NONE)
		check_report(check, CHECK_FAIL, "erasures: cannot be compared (see above)");
	else if (n_rows == 0)
		check_report(check, CHECK_FAIL,
			"erasures: %s: %s; " ERASURE_IMPORT "; where nobody was erased, run: "
			"wxuserctl keys create",
			path, missing);
	else
		check_report(check, CHECK_FAIL,
			"erasures: %s: %s; if the database was restored from a backup, "
			ERASURE_IMPORT "; if not, a service that runs makes the file within two "
			"minutes, from the database's %zu, and so does: wxuserctl jobs run",
			path, missing, n_rows);
}

/* Returns whether the service can append to the file. */
static bool check_file(struct check *check, const char *path)
{
	const int fd = regular_file_open(path, O_RDWR, 0);

	if (fd >= 0)
		close(fd);
	else if (errno == ENOENT)
		report_no_file(check, path);
	else
		check_report(check, CHECK_FAIL,
			"erasures: %s: %s; the service must be able to read and write it", path,
			regular_file_error(errno));
	return fd >= 0;
}

static void report_no_difference(
	struct check *check, const char *path, const struct erasure_comparison *comparison)
{
	const size_t n_logged = comparison->erasures.list.n;

	if (n_logged == comparison->n_rows)
		check_report(check, CHECK_OK, "erasures: %zu in %s, all of the database's %zu",
			n_logged, path, comparison->n_rows);
	else
		check_report(check, CHECK_OK,
			"erasures: %zu in %s, %zu in the database; the service appends those of "
			"other hosts within two minutes",
			n_logged, path, comparison->n_rows);
}

static void check_difference(
	struct check *check, const char *path, const struct erasure_comparison *comparison)
{
	if (comparison->n_not_stored > 0)
		check_report(check, CHECK_FAIL,
			"erasures: the database lacks %zu of %zu in %s, as after a restore, which "
			"brings the persons back; run: wxuserctl erasures replay",
			comparison->n_not_stored, comparison->erasures.list.n, path);
	if (comparison->n_not_logged > 0)
		check_report(check, CHECK_WARN,
			"erasures: %s lacks %zu of %zu in the database; run: wxuserctl jobs run",
			path, comparison->n_not_logged, comparison->n_rows);
	if (comparison->n_not_stored + comparison->n_not_logged == 0)
		report_no_difference(check, path, comparison);
}

static void check_comparison(
	struct check *check, const char *path, const struct erasure_comparison *comparison)
{
	const struct erasure_bad_lines *broken = &comparison->erasures.broken;
	const char *problem;

	if (comparison->lacks_known)
		check_report(check, CHECK_FAIL, "erasures: " ERASURE_KNOWN_LACKING, path,
			check->conf->server_state_directory);
	if (broken->n > 0)
		check_report(check, CHECK_WARN,
			"erasures: %s: %zu lines are none of an erasure, as line %zu", path,
			broken->n, broken->first);
	if (erasure_find_problem(check->ctl->db, comparison, &problem) != ERR_NONE)
		check_report(check, CHECK_FAIL, "erasures: cannot be compared (see above)");
	else if (problem != NULL)
		check_report(check, CHECK_WARN, "erasures: %s", problem);
	else
		check_difference(check, path, comparison);
}

void check_erasures(struct check *check)
{
	const char *path = check->conf->keys_erasure_log;
	struct erasure_comparison comparison;

	if (!check_file(check, path))
		return;
	if (erasure_compare(check->ctl->db, &comparison) == ERR_NONE)
		check_comparison(check, path, &comparison);
	else
		check_report(check, CHECK_FAIL, "erasures: cannot be compared (see above)");
	erasure_comparison_free(&comparison);
}
