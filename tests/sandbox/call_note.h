/*
 * The calls of WeChat's APIs and of the gateways, and what each was answered, for /sandbox/calls.
 */
#ifndef CALL_NOTE_H
#define CALL_NOTE_H

#include <stdint.h>

struct api_call;
struct request;

/* Notes a call before it is answered. Returns its number. */
int64_t call_note_begin(struct request *req, const struct api_call *call);
/* Adds the answer, without the secrets in it. */
void call_note_end(struct request *req, int64_t id);

#endif
