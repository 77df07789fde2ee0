/*
 * In place of libcurl: the answers of WeChat and the SMS gateway come from the input. It has the
 * functions of app/remote/transport.h, so that a program which links it has no libcurl's.
 */
#ifndef OUTSIDE_H
#define OUTSIDE_H

#include "fuzz.h"

/* From now on each exchange takes its answer from the input, which must outlive them: a byte for
 * the outcome, a byte for the status, and what stands before a line "%%". */
void outside_answer(struct fuzz_input *input);
/* The exchanges since then. */
unsigned outside_n_asked(void);

#endif
