/*
 * Messages that are a parameter or a list, as the endpoints of the shop have them to themselves.
 */
#ifndef MODELS_H
#define MODELS_H

#include "shape.h"

extern const struct shape id_shape;      /* get */
extern const struct shape open_id_shape; /* getbyopenid */
extern const struct shape ids_shape;     /* getlist */

#endif
