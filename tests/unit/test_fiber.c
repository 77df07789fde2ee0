#include "unit.h"

#include <signal.h>
#include <stdbool.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "fiber.h"

#define N_FIBERS 2000
#define N_WAITS 3
#define PAGE ((size_t)sysconf(_SC_PAGESIZE))

/* What happened, a letter each. */
static char happened[64];

static void note(char letter)
{
	happened[strlen(happened)] = letter;
}

static int set_up(void **state)
{
	(void)state;
	memset(happened, 0, sizeof(happened));
	return 0;
}

/* ---- Order. */

struct letters {
	struct fiber *fiber;
	const char *text; /* one is noted after each wait */
};

static void spell(void *ctx)
{
	struct letters *letters = ctx;

	letters->fiber = fiber_current();
	for (const char *letter = letters->text; *letter != '\0'; letter++) {
		note(*letter);
		fiber_wait();
	}
	letters->fiber = NULL;
}

static void fibers_take_turns(void **state)
{
	struct letters small = {.text = "abc"}, large = {.text = "XY"};

	(void)state;
	fiber_start(spell, &small);
	note('.');
	fiber_start(spell, &large);
	fiber_resume(large.fiber);
	fiber_resume(small.fiber);
	fiber_resume(large.fiber);
	assert_null(large.fiber);
	fiber_resume(small.fiber);
	fiber_resume(small.fiber);
	assert_null(small.fiber);
	assert_string_equal(happened, "a.XYbc");
}

static void start_inner(void *ctx)
{
	note('(');
	fiber_start(spell, ctx);
	note(')');
	fiber_wait();
	note('!');
}

static void remember_and_start_inner(void *ctx)
{
	struct letters *outer = ctx;
	struct letters inner = {.text = "i"};

	outer->fiber = fiber_current();
	start_inner(&inner);
	fiber_resume(inner.fiber);
	assert_null(inner.fiber);
	assert_ptr_equal(fiber_current(), outer->fiber);
	note('.');
}

static void fiber_starts_and_resumes_another(void **state)
{
	struct letters outer = {0};

	(void)state;
	fiber_start(remember_and_start_inner, &outer);
	note('-');
	fiber_resume(outer.fiber);
	assert_string_equal(happened, "(i)-!.");
	assert_null(fiber_current());
}

static void note_switch(void *ctx)
{
	const struct letters *letters = ctx;

	note(letters == NULL ? '|' : *letters->text);
}

static void switches_are_told(void **state)
{
	struct letters small = {.text = "a"}, large = {.text = "X"};

	(void)state;
	fiber_on_switch(note_switch);
	fiber_start(spell, &small);
	fiber_start(spell, &large);
	fiber_resume(small.fiber);
	fiber_resume(large.fiber);
	fiber_on_switch(NULL);
	assert_string_equal(happened, "aa|XX|a|X|");
}

/* ---- Many of them, with jumps of their own. */

struct jumper {
	struct fiber *fiber;
	unsigned number, n_jumps;
};

static sigjmp_buf *jump_here;

static void __attribute__((noinline)) jump_from(unsigned depth)
{
	volatile char frame[256];

	memset((char *)frame, (int)depth, sizeof(frame));
	if (depth == 0)
		siglongjmp(*jump_here, 1);
	jump_from(depth - 1);
	assert_int_equal(frame[0], (char)depth);
}

static void jump_and_wait(void *ctx)
{
	struct jumper *jumper = ctx;
	volatile unsigned mine = jumper->number;

	jumper->fiber = fiber_current();
	for (unsigned i = 0; i < N_WAITS; i++) {
		sigjmp_buf here;

		if (sigsetjmp(here, 0) == 0) {
			fiber_wait();
			jump_here = &here;
			jump_from(mine % 32);
		}
		jumper->n_jumps++;
		assert_int_equal(mine, jumper->number);
	}
	jumper->fiber = NULL;
}

static void thousands_wait_and_jump(void **state)
{
	static struct jumper jumpers[N_FIBERS];

	(void)state;
	for (unsigned i = 0; i < N_FIBERS; i++) {
		jumpers[i].number = i;
		fiber_start(jump_and_wait, &jumpers[i]);
	}
	for (unsigned turn = 0; turn < N_WAITS; turn++) {
		for (unsigned i = 0; i < N_FIBERS; i++)
			fiber_resume(jumpers[i * 7 % N_FIBERS].fiber);
	}
	for (unsigned i = 0; i < N_FIBERS; i++) {
		assert_null(jumpers[i].fiber);
		assert_int_equal(jumpers[i].n_jumps, N_WAITS);
	}
}

/* ---- An arena that is exhausted inside a fiber, within what forbids waiting. */

struct worker {
	struct fiber *fiber;
	sigjmp_buf exhausted;
	bool was_exhausted;
};

static void jump_out(void *ctx)
{
	struct worker *worker = ctx;

	siglongjmp(worker->exhausted, 1);
}

static void exhaust(void *ctx)
{
	struct worker *worker = ctx;
	struct arena *arena = arena_new(1 << 20);

	worker->fiber = fiber_current();
	arena_on_exhausted(arena, jump_out, worker);
	if (sigsetjmp(worker->exhausted, 0) == 0) {
		fiber_wait();
		fiber_forbid_waiting();
		for (;;)
			arena_alloc(arena, 1000);
	}
	worker->was_exhausted = true;
	arena_free(arena);
}

static void exhausted_arena_ends_its_fiber_alone(void **state)
{
	struct worker workers[2] = {{.fiber = NULL}, {.fiber = NULL}};
	struct letters next = {.text = "n"};

	(void)state;
	for (size_t i = 0; i < N_OF(workers); i++)
		fiber_start(exhaust, &workers[i]);
	fiber_resume(workers[0].fiber);
	assert_true(workers[0].was_exhausted);
	assert_false(workers[1].was_exhausted);
	fiber_start(spell, &next); /* waits, on the stack of the one that was forbidden to */
	fiber_resume(next.fiber);
	fiber_resume(workers[1].fiber);
	assert_true(workers[1].was_exhausted);
}

/* ---- Stacks. */

static void *place_of_stack;

static void tell_place(void *ctx)
{
	*(void **)ctx = __builtin_frame_address(0);
}

static void stacks_are_used_again(void **state)
{
	void *first, *second;

	(void)state;
	fiber_start(tell_place, &first);
	fiber_start(tell_place, &second);
	assert_ptr_equal(first, second);
}

/* Returns the lowest address of the stack on which the place is. */
static char *bottom_of(const void *place)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uintptr_t begin = 0, end = 0;
	char line[512];

	assert_non_null(maps);
	while (end <= (uintptr_t)place && fgets(line, sizeof(line), maps) != NULL)
		assert_int_equal(sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &begin, &end), 2);
	fclose(maps);
	return (char *)begin;
}

static void memory_is_taken_as_it_is_used(void **state)
{
	unsigned char is_resident;

	(void)state;
	fiber_start(tell_place, &place_of_stack);
	assert_int_equal(mincore(bottom_of(place_of_stack), PAGE, &is_resident), 0);
	assert_int_equal(is_resident & 1, 0);
}

/* ---- What ends the process. */

/* A signal then ends the process and says nothing. */
static void let_signals_end(void)
{
	const struct rlimit none = {0};

	setrlimit(RLIMIT_CORE, &none);
	signal(SIGSEGV, SIG_DFL);
	signal(SIGABRT, SIG_DFL);
	assert_non_null(freopen("/dev/null", "w", stderr));
}

/* Returns the signal that ends a process which does this. */
static int signal_of(void (*fn)(void *ctx))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		let_signals_end();
		fiber_start(fn, NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void write_below_the_stack(void *ctx)
{
	volatile char *bottom = bottom_of(__builtin_frame_address(0));

	(void)ctx;
	bottom[0] = 1;
	bottom[-1] = 1;
	_exit(0);
}

static void page_below_a_stack_is_guarded(void **state)
{
	(void)state;
	assert_int_equal(signal_of(write_below_the_stack), SIGSEGV);
}

static void wait_where_none_may(void *ctx)
{
	(void)ctx;
	fiber_forbid_waiting();
	fiber_forbid_waiting();
	fiber_allow_waiting();
	fiber_wait();
}

static void wait_after_a_ban(void *ctx)
{
	(void)ctx;
	fiber_forbid_waiting();
	fiber_allow_waiting();
	fiber_wait();
}

static void resume_itself(void *ctx)
{
	(void)ctx;
	fiber_resume(fiber_current());
}

static void forbidden_waits_abort(void **state)
{
	(void)state;
	assert_int_equal(signal_of(wait_where_none_may), SIGABRT);
	assert_int_equal(signal_of(wait_after_a_ban), 0);
}

static void only_fibers_that_wait_are_resumed(void **state)
{
	(void)state;
	assert_int_equal(signal_of(resume_itself), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(fibers_take_turns, set_up),
		cmocka_unit_test_setup(fiber_starts_and_resumes_another, set_up),
		cmocka_unit_test_setup(switches_are_told, set_up),
		cmocka_unit_test(thousands_wait_and_jump),
		cmocka_unit_test(exhausted_arena_ends_its_fiber_alone),
		cmocka_unit_test(stacks_are_used_again),
		cmocka_unit_test(memory_is_taken_as_it_is_used),
		cmocka_unit_test(page_below_a_stack_is_guarded),
		cmocka_unit_test(forbidden_waits_abort),
		cmocka_unit_test(only_fibers_that_wait_are_resumed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
