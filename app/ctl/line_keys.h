/*
 * Which line of a file was the first with a key that no two of its lines may share, for files of
 * many lines: 16 bytes each, whatever the keys' size. Two keys are taken for one when 64 bits of
 * their SHA-256 are.
 */
#ifndef LINE_KEYS_H
#define LINE_KEYS_H

struct line_keys;

/* The caller frees it. */
struct line_keys *line_keys_new(void);
void line_keys_free(struct line_keys *keys);
/* The first line, from 1, that was put with this key: this one, unless there was another. */
long line_keys_put(struct line_keys *keys, const char *key, long line);
/* 0: none was. */
long line_keys_find(const struct line_keys *keys, const char *key);

#endif
