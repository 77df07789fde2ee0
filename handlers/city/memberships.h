/*
 * The answer of SaveWXUserInfo: the memberships of a person, each with the saved resident. Phone
 * and identity number are masked if city.mask_output is set. The verify code is always null.
 */
#ifndef CITY_MEMBERSHIPS_H
#define CITY_MEMBERSHIPS_H

#include "city/dialect.h"

struct saved_resident;

/* The members are in the request's arena. */
struct city_memberships city_memberships_from(
	struct request *req, const char *openid, const struct saved_resident *saved);

#endif
