/*
 * A file whose first line is a password or the like.
 */
#ifndef SECRET_FILE_H
#define SECRET_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "permission.h"

#define SECRET_FILE_SIZE 256 /* of the line, with '\0' */

/* A secret that may stand in a file of its own, read each time, so that it can be changed while the
 * program runs: text, unless path is set. False: the file cannot be read, others than its group
 * may, or the secret is too long. */
bool secret_file_read(const char *text, const char *path, char *secret_r, size_t size);
/* NULL: this process may read it, and nobody but its owner and group. Else what is wrong and the
 * line to say, in text_r. */
const char *secret_file_find_problem(const char *path, char text_r[PERMISSION_TEXT_SIZE]);

#endif
