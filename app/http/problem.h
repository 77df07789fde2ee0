/*
 * Paths of no vendor's dialect (health probes, unknown paths): RFC 9457 problem documents.
 */
#ifndef PROBLEM_H
#define PROBLEM_H

#include "endpoint.h"

extern const struct dialect problem_dialect;

#endif
