/*
 * The dialect of paths that are no vendor's: health probes, metrics, unknown paths. Its errors are
 * the problem documents of RFC 9457.
 */
#ifndef PROBLEM_H
#define PROBLEM_H

#include "endpoint.h"

extern const struct dialect problem_dialect;

#endif
