/*
 * A copy of the lines that an import leaves out of a file, byte for byte and below the file's
 * heading, so that they can be corrected there and imported by themselves.
 *
 * The copy of users.csv is users.csv.bad, or users.csv.bad2 if that exists, readable by its owner
 * alone. It is made with the first line.
 */
#ifndef BAD_LINES_H
#define BAD_LINES_H

#include <stdint.h>

struct arena;
struct bad_lines;

/* heading_size: the bytes of the file before its first record. The path must live until the caller
 * frees it. */
struct bad_lines *bad_lines_new(const char *path, int64_t heading_size);
/* lines may be NULL. */
void bad_lines_free(struct bad_lines *lines);
/* Copies the bytes of the file from begin to end. NULL, or what is wrong, in the arena. */
const char *bad_lines_add(struct bad_lines *lines, struct arena *arena, int64_t begin, int64_t end);
/* The copy's path; NULL: no line was added, or lines is NULL. It lives as long as lines. */
const char *bad_lines_path(const struct bad_lines *lines);

#endif
