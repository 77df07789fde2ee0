/*
 * Who runs wxuserctl, as the audit tells it.
 */
#ifndef OPERATOR_H
#define OPERATOR_H

#include "audit.h"

struct arena;

/* Finds the user of the operating system who has started this process, and the host. It is called
 * before ctl_open(), which may become another user. What sudo says of its caller stands beside it
 * as "SUDO_USER alice": who is root may have set it. Texts are in the arena. */
struct audit_origin operator_origin(struct arena *arena);

#endif
