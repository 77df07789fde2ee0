/*
 * A file whose first line is a password or the like.
 */
#ifndef SECRET_FILE_H
#define SECRET_FILE_H

#include "place.h"

#define SECRET_FILE_SIZE 256 /* of the line, with '\0' */

/* NULL: this process may read it, and nobody but its owner and group. Else what is wrong and the
 * line to say, in text_r. */
const char *secret_file_find_offence(const char *path, char text_r[PLACE_TEXT_SIZE]);

#endif
