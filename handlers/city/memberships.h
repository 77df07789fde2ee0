/*
 * What was saved as SaveWXUserInfo answers it: a person's memberships, the resident in each. Phone
 * and identity number are masked where city.mask_output is set; a verify code is never told.
 */
#ifndef CITY_MEMBERSHIPS_H
#define CITY_MEMBERSHIPS_H

#include "city/dialect.h"

struct saved_resident;

struct city_memberships city_memberships_from(
	struct request *req, const char *openid, const struct saved_resident *saved);

#endif
