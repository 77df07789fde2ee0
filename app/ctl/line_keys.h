/*
 * The line at which a key first occurs in a file no two of whose lines may share a key. It takes 16
 * bytes a line, whatever the size of the keys. Two keys count as one if the first 64 bits of their
 * SHA-256 are equal.
 */
#ifndef LINE_KEYS_H
#define LINE_KEYS_H

struct line_keys;

/* The caller frees it. */
struct line_keys *line_keys_new(void);
void line_keys_free(struct line_keys *keys);
/* Adds a key and its line, from 1. Returns the first line that was added with this key. */
long line_keys_put(struct line_keys *keys, const char *key, long line);
/* Returns the first line that was added with this key; 0: none was. */
long line_keys_find(const struct line_keys *keys, const char *key);

#endif
