/*
 * Whether this host can serve: what /readyz and the Admin API tell.
 */
#ifndef READINESS_H
#define READINESS_H

#include <stdbool.h>
#include <stdint.h>

#include "breaker.h"
#include "shape.h"

struct request;

struct readiness {
	const char *status;
	const char *database;
	const char *database_host, *database_state;
	const char *wechat;
	bool is_sandbox;
	int32_t wechat_success_age_s; /* -1: none since the start */
	/* The address of this host that WeChat refused within the last hour because an app's IP
	 * whitelist lacks it; NULL: none. */
	const char *wechat_refuses_address;
	bool is_ready;
	char address[WHITELIST_ADDRESS_SIZE]; /* of wechat_refuses_address */
};

/* For operators, and for strangers. */
extern const struct shape readiness_shape, readiness_stranger_shape;

/* Looks at the database. */
void readiness_find(struct request *req, struct readiness *readiness_r);

#endif
