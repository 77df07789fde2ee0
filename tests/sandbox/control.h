/*
 * The sandbox's own side, /sandbox/: what makes apps, codes and faults, and tells what was called.
 * JSON with exact names; a mistake is told in words.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include "sandbox_endpoint.h"

struct arena;
struct sandbox_app;

extern const struct dialect control_dialect;

/* An API's path as it is kept, whether it was given with its leading slash or not; NULL stays. */
const char *control_path(struct arena *arena, const char *path);

/* Finds the named app, or, with NULL, the first that was made. */
enum err control_find_app(struct request *req, const char *appid, struct sandbox_app *app_r);

/* Of a worker, which has one request at a time: what delivers a push. */
void push_open(void);
void push_close(void);
int push_fd(void *state);
void push_resume(void *state);

#define CONTROL(its_method, its_path, its_summary, its_run, ...)                                \
	{                                                                                       \
		.endpoint = SANDBOX_ENDPOINT(                                                      \
			control_dialect, its_method, its_path, its_summary, __VA_ARGS__),       \
		.run = its_run,                                                                 \
	}

#endif
