/*
 * The pages of /help/: an index, a page for each endpoint, and the errors. They need no script.
 */
#ifndef PAGES_H
#define PAGES_H

struct arena;
struct samples;

/* Writes them into a directory that is there. Exits if it cannot. */
void pages_write(struct arena *arena, const struct samples *samples, const char *directory);

#endif
