#include <fcntl.h>
#include <unistd.h>

#include "generation.h"
#include "listener.h"
#include "log.h"
#include "scoreboard.h"
#include "service.h"
#include "single.h"
#include "worker.h"

int single_run(const struct generation *generation, const struct service *service,
	const struct listener *listener, enum pool pool)
{
	struct worker_place place = {
		.conf = generation->conf,
		.log = generation->log,
		.shared = generation->shared,
		.service = service,
		.listener = listener,
		.handover = {.in = -1, .out = -1},
		.pool = pool,
	};
	int status;

	place.board = scoreboard_new(1, ledger_n_rows(service));
	if (place.board == NULL || fcntl(listener->fd, F_SETFD, FD_CLOEXEC) < 0) {
		log_error("cannot begin: %m");
		return EXIT_FAILURE;
	}
	place.slot = scoreboard_take(place.board, pool, generation->number);
	place.slot->pid = getpid();
	place.board->roll->n_wanted[pool] = 1;
	status = worker_run(&place);
	scoreboard_free(place.board);
	return status;
}
