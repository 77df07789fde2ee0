/*
 * Memory for what outlives a request. It is zeroed and freed by free(). The process aborts if the
 * heap is exhausted.
 */
#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>

void *heap_alloc(size_t size);
#define heap_new_of(type) ((type *)heap_alloc(sizeof(type)))

#endif
