#include "check.h"
#include "job.h"
#include "clock.h"
#include "ctl.h"
#include "str.h"

/* Workers look once a minute, cron perhaps once an hour. */
#define LATE_US (2 * 3600 * CLOCK_SECOND_US)

struct counts {
	struct check *check;
	int n_said;
};

/* What was never done may be of a service that has not begun. */
static void look(void *ctx, const struct job_state *state)
{
	struct counts *counts = ctx;
	char at[CTL_INSTANT_SIZE];

	if (state->failed_us != 0) {
		check_say(counts->check, CHECK_WARN,
			"job %s: failed %s; say: wxuserctl jobs run %s", state->name,
			ctl_instant(state->failed_us, at), state->name);
		counts->n_said++;
	} else if (state->ended_us != 0 && str_is_empty(state->holder) &&
		   state->now_us - state->due_us > LATE_US) {
		check_say(counts->check, CHECK_WARN,
			"job %s: due since %s; where no worker runs, let cron say: wxuserctl jobs "
			"run",
			state->name, ctl_instant(state->due_us, at));
		counts->n_said++;
	}
}

void check_jobs(struct check *check)
{
	struct counts counts = {.check = check};

	if (job_list(check->ctl->db, look, &counts) != ERR_NONE)
		check_say(check, CHECK_FAIL, "jobs: cannot be read (see above)");
	else if (counts.n_said == 0)
		check_say(check, CHECK_OK, "jobs: none is late");
}
