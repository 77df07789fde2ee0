/*
 * For tests that call servers: the struct transfers by which they wait, and a macro that runs a
 * test twice, outside of fibers and on one.
 */
#ifndef TRANSFERRING_H
#define TRANSFERRING_H

struct transfers;

extern struct transfers *test_transfers;

/* For cmocka's group set-up and tear-down; with what scratch.h has. */
int transferring_set_up(void **state);
int transferring_tear_down(void **state);

/* Resumes fibers until *n_left is 0. */
void transferring_run(const unsigned *n_left);
/* Runs the test that is the state on a fiber. */
void transferring_on_fiber(void **state);

#define TEST_TWICE(test)                                                                        \
	cmocka_unit_test(test),                                                                 \
	{                                                                                       \
		#test " on a fiber", transferring_on_fiber, NULL, NULL, (void *)(test)          \
	}

#endif
