/*
 * One who has connected to the status socket: says a line of words, is told what they ask for, one
 * after the other, and is hung up on. Nobody is waited for: who is slow to speak or to listen is
 * gone on with at the master's next look, and given up after some seconds.
 */
#ifndef INQUIRY_H
#define INQUIRY_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

struct inquiry {
	int fd; /* -1: nobody */
	int64_t until_us;
	char words[128];
	size_t n_heard;
	bool is_heard;
	struct buf text;
	size_t n_sent;
};

struct teller {
	/* Appends what a word asks for; "" when nothing was asked. */
	void (*tell)(const void *ctx, const char *word, struct buf *text);
	const void *ctx;
};

/* fd is its own from now on. */
void inquiry_begin(struct inquiry *inquiry, int fd);
/* As far as it goes without waiting; ends it when all is told. */
void inquiry_go_on(struct inquiry *inquiry, const struct teller *teller);
void inquiry_end(struct inquiry *inquiry);

#endif
