/*
 * For tests of what is wiped.
 */
#ifndef IN_HEAP_H
#define IN_HEAP_H

/* Returns how often the text stands in this process's heap, in use or freed. */
unsigned n_in_heap(const char *text);

#endif
