/*
 * Ids of rows and accounts in requests and answers of the Admin API.
 */
#ifndef ADMIN_ID_H
#define ADMIN_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "uuid.h"

struct request;

/* Reads the path's parameter, as request_path_id() does, as an id of 64 bits. */
bool admin_path_id(const struct request *req, int64_t *id_r);
/* Returns an account's id as a text in the arena; NULL if it is nil. */
const char *admin_uuid(struct request *req, struct uuid id);

#endif
