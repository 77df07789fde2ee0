/*
 * The end of a file of lines, which a crash or a full disk may have left in the middle of one.
 */
#ifndef FILE_END_H
#define FILE_END_H

#include <stdbool.h>

/* fd is open for reading, too. */
bool file_end_is_cut(int fd);
/* Ends a line that was cut: its last byte, for which there is room, becomes a line break. false:
 * this is no file, or not one that the process may read and write. */
bool file_end_mend(int fd);

#endif
