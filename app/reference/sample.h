/*
 * The samples of the reference. They are cases of tests/cases, so that the tests hold them true: a
 * case is a sample if its folder has a file "sample", with its title in Chinese and in English on a
 * line each. Its first request and response are shown. What is different in each run of a case is
 * filled in with values that look like real ones; credentials stand for themselves.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stddef.h>

#include "shape.h"

struct arena;
struct endpoint;

struct sample {
	const struct endpoint *endpoint;
	const char *name; /* of the case: "known" */
	struct text title;
	/* What there is before, and the request with its holes, as tests/stack/case.py describes
	 * them. NULL: the case has none. */
	const char *given;
	struct {
		const char *target, *credential, *appid, *body;
	} open;
	const char *target;
	const char *credential;       /* as it is sent after "Bearer "; NULL: none */
	const char *appid; /* the header X-WX-AppId; NULL: not sent */
	/* The header Accept; NULL: none is needed. Clients send one that lets the service choose,
	 * so an answer that is no JSON is asked for. */
	const char *accept;
	const char *type, *body;      /* of the request; NULL: no body */
	const char *status; /* of the answer, a number */
	const char *answer_type;      /* as it is sent, with its charset; NULL: not said */
	const char *answer;
};

struct samples {
	const struct sample *items; /* in the order of the cases' names */
	size_t n_items;
};

/* Reads those of a directory like tests/cases. Exits if one is not well-formed. */
struct samples samples_read(struct arena *arena, const char *directory);

#endif
