/*
 * The dialect v1, wxuser's own API: JSON in snake_case, times in UTC (RFC 3339), ids as integers,
 * accounts as GUIDs. A success answers the bare object, or 204; a failure is a problem document
 * (RFC 9457) with a code.
 */
#ifndef V1_DIALECT_H
#define V1_DIALECT_H

#include "endpoint.h"

extern const struct dialect v1_dialect;

#endif
