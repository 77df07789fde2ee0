#include "command.h"
#include "erasure.h"

static int replay(struct ctl *ctl, const struct argument *arguments)
{
	size_t n_erased;
	enum err err = erasure_replay(ctl->db, &n_erased);

	(void)arguments;
	printf("%zu erased\n", n_erased);
	return ctl_status(err, "");
}

const struct command command_erasures_replay = {
	.name = "erasures replay",
	.arguments = "",
	.summary = "Erases again who came back with a restored backup",
	.details = "Reads [keys] erasures. Users stored after their erasure stay.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = replay,
};
