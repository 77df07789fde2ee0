/*
 * The WeChat user that a request of the Admin API names.
 */
#ifndef ADMIN_FOUND_H
#define ADMIN_FOUND_H

#include "err.h"

struct found_user;
struct person;
struct request;

/* Finds the user of the path, who is the caller's tenant's, and counts the look-up
 * (limit_note_rows()). Returns ERR_NOT_FOUND. */
enum err admin_found(struct request *req, struct found_user *user_r);
/* Returns the person of the user. */
struct person admin_found_person(const struct found_user *user);

#endif
