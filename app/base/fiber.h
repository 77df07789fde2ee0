/*
 * Fibers: functions with a stack each that take turns in one thread. A fiber runs until it waits
 * or ends; the code that started or resumed it then goes on. So nothing changes while a fiber
 * runs, and everything that it shares may have changed when fiber_wait() returns.
 *
 * A stack has FIBER_STACK_SIZE bytes with a guard page below, takes memory only for the pages that
 * were used, and serves the next fiber when its fiber has ended. It is never given back, so there
 * are as many as fibers once lived at a time. A struct fiber is valid until its function returns.
 * Signal masks are not part of a switch.
 */
#ifndef FIBER_H
#define FIBER_H

#ifdef HAVE_SANITIZERS /* which make frames larger */
#define FIBER_STACK_SIZE ((size_t)1024 * 1024)
#else
#define FIBER_STACK_SIZE ((size_t)256 * 1024)
#endif

struct fiber;

/* Runs fn on a fiber. Returns when it waits for the first time, or has ended. */
void fiber_start(void (*fn)(void *ctx), void *ctx);
/* Returns the running fiber, or NULL outside of any. */
struct fiber *fiber_current(void);
/* Returns when the running fiber is resumed. */
void fiber_wait(void);
/* Lets a fiber that waits go on. Returns when it waits again, or has ended. */
void fiber_resume(struct fiber *fiber);

/* Makes it a BUG() to wait from here to fiber_allow_waiting(), for the running fiber, or outside of
 * fibers. The calls nest. A fiber that ends takes its own ban along. */
void fiber_forbid_waiting(void);
void fiber_allow_waiting(void);
/* BUG() if waiting is forbidden. fiber_wait() checks it; code that waits outside of fibers calls
 * this. */
void fiber_check_waiting(void);

/* Calls fn at each switch, before the other side goes on, with the ctx of the fiber that goes on,
 * or NULL outside. What belongs to the running fiber can thus stand in a variable. */
void fiber_on_switch(void (*fn)(void *ctx));

#endif
