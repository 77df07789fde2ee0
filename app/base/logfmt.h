/*
 * The values of logfmt, key=value …: they are written so that no value can forge a key or a line.
 */
#ifndef LOGFMT_H
#define LOGFMT_H

#include <stddef.h>

struct buf;

/* Returns the size of as many whole characters of the text as fit into most bytes. */
size_t logfmt_cut(const char *text, size_t most);
/* Appends the first size bytes of value: as they are if no reader can mistake them, else in quotes
 * with controls escaped. If value is longer, "..." stands before the last quote. */
void logfmt_append(struct buf *buf, const char *value, size_t size);

#endif
