/*
 * Checks what the effective user may do with a path, and says what an operator can do about it.
 *
 * The checks return NULL if nothing is wrong. Else they return text_r, which then holds the problem
 * and a command that solves it.
 */
#ifndef PERMISSION_H
#define PERMISSION_H

#include <limits.h>
#include <stdbool.h>

#define PERMISSION_TEXT_SIZE (3 * PATH_MAX)

/* Returns whether access(2) with mode would succeed for the effective user; errno is set if not. */
bool permission_allows(const char *path, int mode);

/* Checks whether this process may make files in the directory. owner is who shall own it if it is
 * missing; "" stands for the user of this process. */
const char *permission_check_directory(
	const char *directory, const char *owner, char text_r[PERMISSION_TEXT_SIZE]);
/* Says that a directory is read-only for whom, as a unit of systemd makes it, and how to let the
 * unit write there. */
const char *permission_describe_read_only(
	const char *directory, const char *whom, char text_r[PERMISSION_TEXT_SIZE]);
/* Checks whether this process may read the program's own file at path, if there is one. */
const char *permission_check_file(const char *path, char text_r[PERMISSION_TEXT_SIZE]);
/* Checks whether this process may enter every directory on the way to path. */
const char *permission_check_parents(const char *path, char text_r[PERMISSION_TEXT_SIZE]);

/* Checks that the file is not still at old, its place by default in an earlier release. owner is
 * as above. */
const char *permission_check_moved(
	const char *path, const char *old, const char *owner, char text_r[PERMISSION_TEXT_SIZE]);

struct stat;

/* Checks that nobody but root and the file's owner may write to the file, which is at path, or
 * exchange it or a link that leads to it. Root trusts no other user: the file, its directory and
 * each one above are root's. What is no regular file, as a pipe, is root's or this process's
 * user's. user is server.user, whose group the text lets read the file, or "". */
const char *permission_check_writers(const char *path, const struct stat *file, const char *user,
	char text_r[PERMISSION_TEXT_SIZE]);
/* Checks that not everybody may read the file. */
const char *permission_check_readers(const char *path, const struct stat *file, const char *user,
	char text_r[PERMISSION_TEXT_SIZE]);

/* Returns whether the path is root's and named after the program. Only then a text may ask to give
 * it to the program's user: what belongs to others must stay theirs. */
bool permission_may_be_given(const char *path);
/* Writes the directory of the file at path, as dirname(1) does. */
void permission_directory_of(const char *path, char directory_r[PATH_MAX]);

#endif
