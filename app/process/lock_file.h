/*
 * The lock file of a listening socket. A master alone holds it, to the end, so that it is free as
 * soon as the master has gone, however that came. What it says is which socket the last holder
 * made: workers that lost their master may still listen there, but it is the next master's to
 * replace.
 */
#ifndef LOCK_FILE_H
#define LOCK_FILE_H

#include <stdbool.h>

struct stat;

/* Its descriptor; -1: errno, EWOULDBLOCK when another holds it. */
int lock_file_take(const char *path);
void lock_file_write(int lock, const struct stat *made);
/* Whether it is the one that was written. */
bool lock_file_names(int lock, const struct stat *found);

#endif
