/*
 * XML out, byte for byte as DataContractSerializer writes it: one root without declaration, no
 * indentation, <X></X> for an empty string, <X i:nil="true" /> for null, enums by name, only & <
 * > escaped; control characters, which XML 1.0 cannot hold, are left out.
 */
#ifndef XML_WRITER_H
#define XML_WRITER_H

#include "shape.h"

/* Of nil and type, which a reader sees to, too. */
#define XML_INSTANCE_NAMESPACE "http://www.w3.org/2001/XMLSchema-instance"

struct buf;

/* A whole message of an object shape with xml_root and xml_namespace; model NULL: a null root. */
void xml_write(struct buf *buf, const struct shape *shape, const void *model);
/* Text between two tags. */
void xml_write_text(struct buf *buf, const char *text);

#endif
