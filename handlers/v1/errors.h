/*
 * The codes of /v1: for each error its status, its code, and in two languages what is wrong and
 * what to do about it. Codes are added within /v1; none is removed or changes its meaning.
 */
#ifndef V1_ERRORS_H
#define V1_ERRORS_H

#include "endpoint.h"

/* Of a member of a message. */
#define V1_CODE_VALUE "value"
#define V1_CODE_READ_ONLY "read_only"

extern const struct dialect_error v1_errors[ERR_N];
enum {
	V1_CREDENTIAL_MISSING, /* the request presents nothing */
	V1_READ_ONLY,          /* a member may not be written */
	V1_N_FURTHER_ERRORS
};
extern const struct further_error v1_further_errors[V1_N_FURTHER_ERRORS + 1];

#endif
