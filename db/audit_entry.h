/*
 * What an entry of the audit says.
 */
#ifndef AUDIT_ENTRY_H
#define AUDIT_ENTRY_H

#include <stdint.h>

/* The tenant_id of an entry of the installation. */
#define AUDIT_INSTALLATION 0

struct audit_entry {
	int32_t tenant_id;
	const char *action;  /* "key.add", "account.merge" */
	const char *actor;   /* "wxuserctl", "login"; NULL: that of the origin */
	const char *subject; /* what it was done to */
	const char *details; /* a JSON object */
};

/* Who acts, and from where. "": that is not known. */
struct audit_origin {
	const char *who; /* "key 7 back-office", "account UUID", "user root (0)"; "": a job, or
			  * somebody who has not logged in yet */
	const char *address; /* of the client, masked; or the host of wxuserctl */
	const char *request_id;
	const char *actor; /* "admin"; NULL: "wxuserctl" */
};

#endif
