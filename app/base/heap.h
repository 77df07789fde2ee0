/*
 * Memory of what outlives a request: zeroed, given back by free(). An exhausted heap aborts the
 * process.
 */
#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>

void *heap_alloc(size_t size);
#define heap_new_of(type) ((type *)heap_alloc(sizeof(type)))

#endif
