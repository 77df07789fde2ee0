/*
 * Ids of rows and accounts in requests and answers of the Admin API.
 */
#ifndef ADMIN_ID_H
#define ADMIN_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "uuid.h"

struct account_ref;
struct request;

/* Reads the path's parameter, as request_path_id() does, as an id of 64 bits. */
bool admin_path_id(const struct request *req, int64_t *id_r);
/* Finds the caller's tenant's account of an id as a text. Returns ERR_USER_UNKNOWN. */
enum err admin_account_find(struct request *req, const char *id, struct account_ref *ref_r);
/* Returns an account's id as a text in the arena; NULL if it is nil. */
const char *admin_uuid(struct request *req, struct uuid id);

#endif
