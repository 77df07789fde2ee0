/*
 * The names of the system's users, for texts that an operator reads.
 */
#ifndef USER_NAME_H
#define USER_NAME_H

#include <sys/types.h>

/* Returns the name, or the number if the user has none. It is valid until the next call. */
const char *user_name(uid_t uid);

#endif
