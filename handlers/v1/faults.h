/*
 * The members of a message that are wrong, as a problem document of /v1 lists them.
 */
#ifndef V1_FAULTS_H
#define V1_FAULTS_H

#include "err.h"
#include "shape.h"

struct request;

struct v1_fault {
	const char *pointer, *code, *detail;
};

extern const struct shape v1_fault_shape;

/* Returns the faults, of struct v1_fault, if the request failed by ERR_PARAMETER, else none. */
struct object_list v1_faults_of(struct request *req);
/* Checks a text of one line: returns what is wrong with it, or NULL. */
const struct text *v1_check_line(const char *text);
/* Checks a name that administrators give and read: returns NULL, or which character of it cannot be
 * seen. The text is valid until the next call. */
const struct text *v1_check_plain_name(const char *name);
/* Refuses a member of the message that only the rule could judge. Returns ERR_PARAMETER. */
enum err v1_refuse_member(struct request *req, const char *field, struct text text);

/* Why a request that finds somebody by one of its members is refused. */
extern const struct text v1_one_to_find_by;

#endif
