/*
 * Whether a directory can take new files, and a file be read, and what to say where not.
 */
#ifndef PLACE_H
#define PLACE_H

#include <limits.h>
#include <stdbool.h>

#define PLACE_TEXT_SIZE (3 * PATH_MAX)

/* Whether the effective user may, with R_OK and the like. false: errno. */
bool place_allows(const char *path, int mode);

/* NULL: this process may make files there. Else why not and the line to say, in text_r. owner: who
 * shall have a directory that is missing; "": who this process is. */
const char *place_find_problem(
	const char *directory, const char *owner, char text_r[PLACE_TEXT_SIZE]);
/* NULL: this process may read the program's own file of that path, or it is not there. Else why not
 * and the line to say, in text_r. */
const char *place_find_denial(const char *path, char text_r[PLACE_TEXT_SIZE]);
/* NULL: this process may enter every directory on the way to path. Else what to do, in text_r. */
const char *place_find_closed(const char *path, char text_r[PLACE_TEXT_SIZE]);
/* Whether it is called after the program and still root's, so that it may be given to the program's
 * user: what others have must not change hands. */
bool place_is_own(const char *path);
/* The directory of a file. */
void place_of(const char *path, char directory_r[PATH_MAX]);

#endif
