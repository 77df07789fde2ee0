/*
 * The dialect v1, wxuser's own API: JSON in snake_case, times in UTC (RFC 3339), ids as integers,
 * accounts as GUIDs. A success answers the bare object, or 204; a failure is a problem document
 * (RFC 9457) with a code.
 */
#ifndef V1_DIALECT_H
#define V1_DIALECT_H

#include "endpoint.h"

struct request;

extern const struct dialect v1_dialect;

/* What the Admin API has in common with /v1: form, success, and failure. */
#define V1_PROBLEM_TYPE "application/problem+json"
#define V1_FORM                                                                                 \
	.is_case_sensitive = true, .takes_head = true, .takes_options = true,                   \
	.formats = FORMAT_STRICT_JSON, .flavour = JSON_EXACT,                                   \
	.answers = ANSWER_PLAIN | ANSWER_EMPTY, .retry_after_s = 5,                             \
	.refusal = &v1_problem_shape, .refusal_type = V1_PROBLEM_TYPE, .answer = v1_answer
extern const struct shape v1_problem_shape;
void v1_answer(struct request *req);
/* Writes the problem document of the request's failure, by what error says. */
void v1_refuse_with(struct request *req, const struct dialect_error *error);

/* The export of a person's data, for the reference: export_json() writes it. */
extern const struct shape v1_export_shape;

/* What failed beside a success, as a client is told: the code, and what to do next. */
struct v1_failure {
	const char *code, *detail;
	int32_t retry_after_s; /* 0: not known */
};
extern const struct shape v1_failure_shape;
/* req->retry_after_s is then told, and no longer the request's. */
struct v1_failure v1_failure_of(struct request *req, enum err err);

#endif
