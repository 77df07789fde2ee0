/*
 * The dialect city: Web API 2 in JSON and forms. A rule's outcome comes with HTTP 200 in
 * {Data, Ret, ErrCode, Msg, SeqId, InfoMsg}. Ret is the kind of outcome, ErrCode the exact one.
 * After a failure Data is null and Msg is not empty. SeqId is the request's number on this host,
 * which is also in the log. What the framework refuses before authentication (404, 405, 413, 415)
 * is HttpError.
 */
#ifndef CITY_DIALECT_H
#define CITY_DIALECT_H

#include "endpoint.h"
#include "region.h"

extern const struct dialect city_dialect;

/* The message of SaveWXUserInfo, and a part of its answer. */
struct city_resident {
	int64_t id;
	const char *open_id, *name, *mobile_phone, *id_card;
	int64_t rid;
	const char *rnames, *head_portrait, *ctime, *verify_code;
};

extern const struct shape city_resident_shape;

/* A role in a community, with the resident who has it. */
struct city_member {
	const char *role_type_desc, *gname;
	int64_t umid;
	const char *user_id, *mobile_phone, *name;
	int64_t gid;
	const char *corp_id;
	int32_t rl, orl, business_type, ut;
	struct division regions[REGION_N_LEVELS];
	int64_t org_id;
	const char *org_name;
	int32_t role_type;
	const void *resident; /* struct city_resident */
	struct int32_list dutys;
	struct int64_list role_ids;
};

struct city_memberships {
	struct object_list members; /* struct city_member */
};

extern const struct shape city_memberships_shape;

#endif
