/*
 * Users of the system by name, for texts that an operator reads.
 */
#ifndef USER_NAME_H
#define USER_NAME_H

#include <sys/types.h>

/* The number where there is no name. Valid until the next call. */
const char *user_name(uid_t uid);

#endif
