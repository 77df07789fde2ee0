/*
 * What takes a path as a whole: it is made beside it, as PATH.new, and renamed when it is ready, so
 * that nobody ever finds half of it, or none where there was one.
 */
#ifndef DRAFT_H
#define DRAFT_H

#include <limits.h>

#define DRAFT_SUFFIX ".new"
#define DRAFT_PATH_SIZE (PATH_MAX + sizeof(DRAFT_SUFFIX))

/* Where to make it. */
void draft_name(const char *path, char draft_r[DRAFT_PATH_SIZE]);
/* -1: errno. */
int draft_publish(const char *path);

#endif
