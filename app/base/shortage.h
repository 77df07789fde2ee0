/*
 * Why a system call has failed: for want of something that comes back, so that whoever asked may
 * try again.
 */
#ifndef SHORTAGE_H
#define SHORTAGE_H

#include <stdbool.h>

/* Whether an errno stands for a descriptor, memory or room on a disk that is used up. */
bool shortage_is_meant(int error);

#endif
