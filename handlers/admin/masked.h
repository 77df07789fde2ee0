/*
 * Personal data as the Admin API shows them unless a request asks for more, which is audited.
 */
#ifndef ADMIN_MASKED_H
#define ADMIN_MASKED_H

struct request;

/* Returns 138****0001, by str_mask(); NULL and "" stay. */
const char *admin_masked(struct request *req, const char *text);
/* Returns the first character of a name and two stars, 张**. */
const char *admin_masked_name(struct request *req, const char *name);

#endif
