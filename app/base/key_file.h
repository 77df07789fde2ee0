/*
 * Reads a file of keys, for secret_keys.c alone, and says what to do if it cannot be read.
 */
#ifndef KEY_FILE_H
#define KEY_FILE_H

#include <stddef.h>

struct conf;

struct key_file {
	const struct conf *conf;
	const char *path;
	const char *loss; /* what is lost with the file: "what it sealed opens with it only" */
	int keys_max;
	char *error; /* receives what is wrong */
	size_t error_size;
};

/* Reads the whole file, which only its owner may read, as text that ends with NUL. Returns -1 with
 * the reason in file->error if it cannot be read or does not fit. */
int key_file_read(const struct key_file *file, char *text_r, size_t text_size);
/* Writes the path and what is wrong to file->error. Returns -1. */
int key_file_refuse(const struct key_file *file, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
