/*
 * What the targets share: an input, its arena, a configuration, and a machine that behaves the same
 * each time. Its clock stands still but for pauses, which take no time, and an hour passes between
 * two inputs; its random bytes are a sequence.
 *
 * A target calls BUG() if what it has read is not as the header of its reader says. With clang's
 * libFuzzer (configure --enable-fuzzing) it is a program that fuzzes, without it one that runs the
 * target once for each file that it is given. tests/fuzz/run.sh builds and runs the former.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct arena;
struct conf;
struct secret_keys;
struct shape;

#define FUZZ_NOW_S 1790000000 /* what clock_now_us() says; in September 2026 */

/* The target; called for each input. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What is left of an input. What is taken beyond its end is zero, or empty. */
struct fuzz_input {
	const uint8_t *bytes;
	size_t size;
};

/* Begins an input: its arena is empty, and the log is checked and dropped. */
struct arena *fuzz_begin(struct fuzz_input *input, const uint8_t *bytes, size_t size);
unsigned fuzz_take_byte(struct fuzz_input *input);
/* Takes a number below n. */
unsigned fuzz_take_below(struct fuzz_input *input, unsigned n);
/* Takes a line without its LF, as text that ends at its first NUL. */
char *fuzz_take_line(struct fuzz_input *input);
/* Takes what stands before a line "%%", and that line; without one, all that is left. */
struct fuzz_input fuzz_take_part(struct fuzz_input *input);
/* Copies what is left to memory whose end ASan watches, until the next input. */
const char *fuzz_copy(const struct fuzz_input *input);

/* The path of a file of mode 0600 with these bytes, which the next call for the place overwrites.
 * The descriptor is at the end of what was written. */
enum fuzz_place {
	FUZZ_FILE,
	FUZZ_FILE_AGAIN,
	FUZZ_FILE_SECOND,
	FUZZ_FILE_THIRD,
	FUZZ_LOG,
	FUZZ_SEALING,
	FUZZ_LOOKUP,
	FUZZ_ERASURE,
	FUZZ_AUDIT,
	FUZZ_PLACES
};
const char *fuzz_file(enum fuzz_place place, const void *bytes, size_t size);
int fuzz_file_fd(enum fuzz_place place);

/* The defaults, with an SMS gateway and files of keys; the target may change it. */
struct conf *fuzz_conf(void);
const struct secret_keys *fuzz_keys(void);

/* A string that is no UTF-8 or longer than its field allows is a BUG. */
void fuzz_check_strings(const struct shape *shape, const void *model);
void fuzz_check_text(const char *what, const char *text);
/* Whether the bytes are JSON as Jansson reads it, whatever their numbers. */
bool fuzz_is_json(const char *bytes, size_t size);

#endif
