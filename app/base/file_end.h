/*
 * Whether a file of lines was left in the middle of one, by a crash or a full disk, so that the
 * next line must begin with a line break.
 */
#ifndef FILE_END_H
#define FILE_END_H

#include <stdbool.h>

/* Looks twice, with a pause, where it seems so. false also where nothing can be read: of a pipe, or
 * a file that is open for writing only. */
bool file_end_is_cut(int fd);

#endif
