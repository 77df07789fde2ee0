/*
 * An arena for a group of tests.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

/* Set by scratch_set_up(). */
extern struct arena *arena;

/* For cmocka, of a group or of each test. */
int scratch_set_up(void **state);
int scratch_tear_down(void **state);

#endif
