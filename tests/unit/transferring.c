#include "unit.h"

#include <poll.h>

#include "fiber.h"
#include "scratch.h"
#include "transferring.h"
#include "transfers.h"

#define N_CONNECTIONS_MAX 64
#define PATIENCE_MS 60000

struct transfers *test_transfers;

int transferring_set_up(void **state)
{
	test_transfers = transfers_new(N_CONNECTIONS_MAX);
	return scratch_set_up(state);
}

int transferring_tear_down(void **state)
{
	transfers_free(test_transfers);
	return scratch_tear_down(state);
}

void transferring_run(const unsigned *n_left)
{
	while (*n_left > 0) {
		struct pollfd input = {.fd = transfers_fd(test_transfers), .events = POLLIN};

		assert_int_equal(poll(&input, 1, PATIENCE_MS), 1);
		transfers_run(test_transfers);
	}
}

struct test {
	void (*run)(void **state);
	unsigned n_left;
};

static void test_on_fiber(void *ctx)
{
	struct test *test = ctx;

	test->run(NULL);
	test->n_left = 0;
}

void transferring_on_fiber(void **state)
{
	struct test test = {.run = *(void (**)(void **))state, .n_left = 1};

	fiber_start(test_on_fiber, &test);
	transferring_run(&test.n_left);
}
