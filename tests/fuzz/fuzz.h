/*
 * What the fuzzers share. fuzz.c runs the target once for each file that it is given, and is
 * without main() where libFuzzer brings its own:
 *
 *	clang -DLIBFUZZER -fsanitize=fuzzer,address,undefined …    fuzzes
 *	fuzz_json FILE…                                            replays
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Text that is not as its field allows is a BUG. */
void fuzz_check_strings(const struct shape *shape, const void *model);

#endif
