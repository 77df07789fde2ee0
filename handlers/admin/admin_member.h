/*
 * The member that a request of the Admin API names.
 */
#ifndef ADMIN_MEMBER_H
#define ADMIN_MEMBER_H

#include "err.h"

struct member;
struct request;

/* Finds the member of the path, which is the caller's tenant's, and counts the look-up
 * (limit_note_rows()). Returns ERR_NOT_FOUND. */
enum err admin_member_find(struct request *req, struct member *member_r);

#endif
