/*
 * Whether a directory can take new files, and what to say where it cannot.
 */
#ifndef PLACE_H
#define PLACE_H

#include <limits.h>
#include <stdbool.h>

#define PLACE_TEXT_SIZE (3 * PATH_MAX)

/* NULL: this process may make files there. Else why not and the line to say, in text_r. owner: who
 * shall have a directory that is missing; "": who this process is. */
const char *place_find_offence(
	const char *directory, const char *owner, char text_r[PLACE_TEXT_SIZE]);
/* Whether it is called after the program, so that it may be given to its user: what others have
 * too must not change hands. */
bool place_is_own(const char *path);
/* The directory of a file. */
void place_of(const char *path, char directory_r[PATH_MAX]);

#endif
