/*
 * The last line of a file, which a crash or a full disk may have left incomplete.
 */
#ifndef LAST_LINE_H
#define LAST_LINE_H

#include <stdbool.h>

/* Returns whether the file does not end with a line break. fd must be open for reading, too. */
bool last_line_is_incomplete(int fd);
/* Makes the last byte of an incomplete line a line break, for which there is room on a full disk.
 * Returns false if fd is no file, or one that the process may not read and write. */
bool last_line_complete(int fd);

#endif
