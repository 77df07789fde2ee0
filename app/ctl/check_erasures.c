#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "conf.h"
#include "ctl.h"
#include "erasure_replay.h"

/* Returns whether the service can append to the file. */
static bool check_file(struct check *check, const char *path)
{
	const int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return true;
	}
	check_report(check, CHECK_FAIL, "erasures: %s: %s; %s", path, strerror(errno),
		errno == ENOENT ? ERASURE_IMPORT "; where nobody was erased, run: wxuserctl keys "
						 "create"
				: "the service must be able to read and write it");
	return false;
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
		check_report(check, CHECK_OK, "erasures: %zu in %s, all of the database's %zu",
			comparison->erasures.list.n, path, comparison->n_rows);
}

static void check_comparison(
	struct check *check, const char *path, const struct erasure_comparison *comparison)
{
	const struct bad_lines *broken = &comparison->erasures.broken;
	const char *problem;

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
