/*
 * Writes XML byte for byte as DataContractSerializer does: a root without declaration, no
 * indentation, <X></X> for an empty string, <X i:nil="true" /> for null, enums by name. Only & < >
 * are escaped. Control characters, which XML 1.0 cannot contain, are dropped.
 */
#ifndef XML_WRITER_H
#define XML_WRITER_H

#include "shape.h"

/* The namespace of the attributes nil and type. */
#define XML_INSTANCE_NAMESPACE "http://www.w3.org/2001/XMLSchema-instance"

struct buf;

/* Appends the message of an object shape that has xml_root and xml_namespace. If model is NULL, the
 * root is null. */
void xml_write(struct buf *buf, const struct shape *shape, const void *model);
/* Appends the text between two tags. */
void xml_write_text(struct buf *buf, const char *text);

#endif
