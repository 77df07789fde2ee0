#include <setjmp.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#ifdef HAVE_SANITIZERS
#include <sanitizer/common_interface_defs.h>
#endif

#include "err.h"
#include "fiber.h"
#include "heap.h"

struct fiber {
	void (*fn)(void *ctx);
	void *ctx;
	bool is_waiting;
	unsigned n_bans;       /* of waiting */
	struct fiber *resumer; /* goes on when this one waits or ends */
	struct fiber *next_idle;
	bool has_begun;
	ucontext_t beginning; /* the first place where it goes on */
	sigjmp_buf place;     /* the others */
	/* For AddressSanitizer. */
	const void *stack;
	size_t stack_size;
	void *fake_stack;
};

static struct fiber outside = {.has_begun = true}; /* the stack of the thread itself */
static struct fiber *current = &outside;
static struct fiber *left; /* switched to the current one */
static struct fiber *idle; /* ended: their stacks wait for the next */
static void (*on_switch)(void *ctx);

/* siglongjmp() as it is. The one that _FORTIFY_SOURCE puts in its place takes a jump to another
 * stack for a mistake. */
void fiber_jump(sigjmp_buf place, int value) __asm__("siglongjmp") __attribute__((noreturn));

/* ---- What AddressSanitizer must know: from where to where a stack is left and entered. */

#ifdef HAVE_SANITIZERS

static void tell_of_leaving(struct fiber *from, const struct fiber *to)
{
	__sanitizer_start_switch_fiber(&from->fake_stack, to->stack, to->stack_size);
}

static void tell_of_arriving(struct fiber *to)
{
	__sanitizer_finish_switch_fiber(to->fake_stack, &left->stack, &left->stack_size);
}

#else

static void tell_of_leaving(struct fiber *from, const struct fiber *to)
{
	(void)from, (void)to;
}

static void tell_of_arriving(struct fiber *to)
{
	(void)to;
}

#endif

/* ---- Switches. */

/* Returns when somebody switches to the current fiber again. To begin on a stack takes
 * setcontext(); from then on a jump does, which is no system call. */
static void fiber_switch(struct fiber *to)
{
	struct fiber *from = current;

	if (on_switch != NULL)
		on_switch(to->ctx);
	if (sigsetjmp(from->place, 0) == 0) {
		left = from;
		current = to;
		tell_of_leaving(from, to);
		if (to->has_begun)
			fiber_jump(to->place, 1);
		to->has_begun = true;
		setcontext(&to->beginning);
		BUG("setcontext: %m");
	}
	tell_of_arriving(from);
}

/* The bottom of each stack, which is never left. */
static void fiber_main(void)
{
	struct fiber *fiber = current;

	tell_of_arriving(fiber);
	for (;;) {
		fiber->fn(fiber->ctx);
		fiber->n_bans = 0;
		fiber->next_idle = idle;
		idle = fiber;
		fiber_switch(fiber->resumer);
	}
}

static void fiber_give_stack(struct fiber *fiber)
{
	size_t guard_size = (size_t)sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, guard_size + FIBER_STACK_SIZE, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	if (memory == MAP_FAILED ||
		mprotect(memory + guard_size, FIBER_STACK_SIZE, PROT_READ | PROT_WRITE) != 0)
		BUG("no memory for a stack: %m");
	fiber->stack = memory + guard_size;
	fiber->stack_size = FIBER_STACK_SIZE;
}

static struct fiber *fiber_new(void)
{
	struct fiber *fiber = heap_new_of(struct fiber);

	fiber_give_stack(fiber);
	getcontext(&fiber->beginning);
	fiber->beginning.uc_stack.ss_sp = (void *)fiber->stack;
	fiber->beginning.uc_stack.ss_size = fiber->stack_size;
	makecontext(&fiber->beginning, fiber_main, 0);
	return fiber;
}

static void fiber_run(struct fiber *fiber)
{
	fiber->resumer = current;
	fiber_switch(fiber);
}

void fiber_start(void (*fn)(void *ctx), void *ctx)
{
	struct fiber *fiber = idle;

	if (fiber == NULL)
		fiber = fiber_new();
	else
		idle = fiber->next_idle;
	fiber->fn = fn;
	fiber->ctx = ctx;
	fiber_run(fiber);
}

struct fiber *fiber_current(void)
{
	return current == &outside ? NULL : current;
}

void fiber_wait(void)
{
	if (current == &outside)
		BUG("no fiber waits here");
	fiber_check_waiting();
	current->is_waiting = true;
	fiber_switch(current->resumer);
}

void fiber_resume(struct fiber *fiber)
{
	if (!fiber->is_waiting)
		BUG("a fiber is resumed that does not wait");
	fiber->is_waiting = false;
	fiber_run(fiber);
}

void fiber_forbid_waiting(void)
{
	current->n_bans++;
}

void fiber_allow_waiting(void)
{
	current->n_bans--;
}

void fiber_check_waiting(void)
{
	if (current->n_bans > 0)
		BUG("a wait for the outside where none may be, as in a transaction");
}

void fiber_on_switch(void (*fn)(void *ctx))
{
	on_switch = fn;
}
