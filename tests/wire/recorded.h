/*
 * A request as the vectors record it: {"method","url","headers","body_b64"}.
 */
#ifndef RECORDED_H
#define RECORDED_H

#include <jansson.h>

#include "bind.h"

struct recorded {
	const char *method;
	const char *scheme, *authority, *target; /* of the URL; without fragment */
	const char *path;  /* decoded */
	const char *query; /* raw; NULL: none */
	struct body body;
	const json_t *headers;
};

/* What is in recorded_r lives as long as arena and request. False: the object is something else. */
bool recorded_read(struct arena *arena, const json_t *request, struct recorded *recorded_r);
/* In any case of letters; NULL: absent or empty. */
const char *recorded_header(const struct recorded *recorded, const char *name);

#endif
