/*
 * Requests to a service of the test's own, in this process: what its dialects make of them.
 */
#ifndef ASKING_H
#define ASKING_H

#include "request.h"

struct service;

struct asking {
	struct arena *arena;
	struct conf *conf;
	const char *type, *accept; /* of the next requests; type: JSON unless set */
	struct request req;        /* the last one, answered */
};

/* For cmocka: *state is a struct asking. All texts are English unless the environment says
 * otherwise. */
int asking_set_up(void **state);
int asking_tear_down(void **state);

/* POST */
void ask(struct asking *asking, const struct service *service, const char *path,
	const char *body);

#endif
