/*
 * Opens files that the configuration or a command names. Such a name may be that of a pipe, which
 * would keep the process waiting for its other end for ever, so only a regular file is opened.
 */
#ifndef REGULAR_FILE_H
#define REGULAR_FILE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* Opens a file as open(2) does, and waits for nobody. Links are followed. Returns the descriptor,
 * which no program gets that this one starts, or -1 with errno: EISDIR of a directory, ENXIO of
 * what else is no regular file. */
int regular_file_open(const char *path, int flags, mode_t mode);
/* The same for reading alone, as a stream, which the caller closes. Returns NULL with errno. */
FILE *regular_file_read(const char *path);
/* Whether a library that opens the file itself may wait: it is there, and neither a regular file
 * nor a directory. */
bool regular_file_is_other(const char *path);
/* Returns the text of such an errno. */
const char *regular_file_error(int error);

#endif
