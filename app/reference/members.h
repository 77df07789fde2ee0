/*
 * The members of messages as tables, in the form of the originals' documents: name, description,
 * type, additional information.
 */
#ifndef MEMBERS_H
#define MEMBERS_H

#include <stdio.h>

#include "endpoint.h"

struct arena;

/* Writes the members of a request, and of the types within. */
void members_write_request(FILE *out, struct arena *arena, const struct endpoint *endpoint);
/* Writes those of an answer: the envelope, what is in it, and the types within. */
void members_write_answer(FILE *out, const struct endpoint *endpoint);
/* Writes those of the dialect's refusal, an error without envelope. */
void members_write_refusal(FILE *out, const struct dialect *dialect);
/* Writes a set of enum header. */
void members_write_headers(FILE *out, unsigned headers);

#endif
