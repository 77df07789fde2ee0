#include "unit.h"

#include "conf.h"
#include "endpoint.h"
#include "problem.h"
#include "request.h"
#include "route.h"
#include "scratch.h"
#include "service.h"

static struct dialect loose; /* case does not matter */
static const struct endpoint thing = {.dialect = &problem_dialect, .method = "GET",
				     .path = "strict/{name}"},
			     own = {.dialect = &problem_dialect, .method = "GET", .path = "own"},
			     other = {.dialect = &loose, .method = "GET", .path = "loose/{name}"},
			     loose_own = {.dialect = &loose, .method = "GET", .path = "loose"};
static const struct endpoint *const endpoints[] = {&thing, &own, &other, &loose_own, NULL};
static const struct dialect *const dialects[] = {&problem_dialect, NULL};
static const struct service service = {
	.name = "test", .endpoints = endpoints, .dialects = dialects};

static bool is_found(const char *path, const char *target)
{
	struct conf conf = {.server_base_path = ""};
	struct request req = {
		.arena = arena, .conf = &conf, .method = "GET", .path = path, .target = target};
	const enum err err = route(&service, &req);

	assert_true(err == (req.endpoint == NULL ? ERR_NOT_FOUND : ERR_NONE));
	return req.endpoint != NULL;
}

/* A web server passes on the path decoded and resolved, beside the target as it was sent. */
static void a_path_has_the_spelling_that_is_declared(void **state)
{
	static const struct {
		const char *path, *target;
		bool is_found;
	} cases[] = {
		{"/own", "/own", true},
		{"/own", "/own?/../%2f.", true},
		{"/own", "/base/own", true},
		{"/own", "/%6Fwn", false},
		{"/loose", "/loose", true},
		{"/loose", "/%6Coose", true},
		{"/strict/a", "/strict%2Fa", false},
		{"/strict/a", "/strict%2fa", false},
		{"/loose/a", "/loose%2Fa", false},
		{"/loose/a", "/loose/x/../a", false},
		{"/loose/a", "/loose/./a", false},
		{"/loose/a", "/loose/a/.", false},
		{"/loose/a", "/loose/a/b/..", false},
		{"/loose/a", "/loose/a/b/..?x", false},
		{"/loose/a", "/../loose/a", false},
		{"/loose/a", "/loose/x/%2e%2e/a", false},
		{"/loose/a", "/loose/x/.%2E/a", false},
		{"/loose/a\\b", "/loose/a%5cb", false},
		{"/loose/a.b", "/loose/a%2eb", false},
		{"/strict/a.b", "/strict/a.b?.", true},
		{"/strict/a..b", "/strict/a..b", true},
		{"/strict/..b", "/strict/..b", true},
		{"/strict/b..", "/strict/b..", true},
		{"/strict/.b", "/strict/.b", true},
		{"/loose/a b", "/loose/a%20b", true},
		{"/strict/a b", "/strict/a%20b", false},
		{"/strict//a", "/strict//a", false},
		{"/own;x", "/own;x", false},
		{"/own\\", "/own\\", false},
	};

	(void)state;
	loose = problem_dialect;
	loose.is_case_sensitive = false;
	for (size_t i = 0; i < N_OF(cases); i++)
		if (is_found(cases[i].path, cases[i].target) != cases[i].is_found)
			fail_msg("%s", cases[i].target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_path_has_the_spelling_that_is_declared,
			scratch_set_up, scratch_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
