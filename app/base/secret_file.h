/*
 * A file whose first line is a secret, such as a password.
 */
#ifndef SECRET_FILE_H
#define SECRET_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "permission.h"

#define SECRET_FILE_SIZE 256 /* of the line with its NUL */

/* Copies the secret: the first line of the file at path, or text if path is empty. The file is read
 * each time, so it can be changed while the program runs. Returns false if the file cannot be read,
 * if it is no regular file, if it gives rights to others than its owner and group, or if the secret
 * is too long; errno then says whether it was for want of a descriptor (shortage.h). */
bool secret_file_read(const char *text, const char *path, char *secret_r, size_t size);
/* Returns NULL if secret_file_read() can use the file, else what is wrong and a command that solves
 * it, in text_r. */
const char *secret_file_find_problem(const char *path, char text_r[PERMISSION_TEXT_SIZE]);

#endif
