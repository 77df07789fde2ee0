/*
 * The vendors' request models that the recorded vectors were made with, for the tests of the
 * readers.
 */
#ifndef MODELS_H
#define MODELS_H

#include "shape.h"

extern const struct shape member_req_shape;   /* shop createmember */
extern const struct shape id_shape;           /* shop get */
extern const struct shape open_id_shape;      /* shop getbyopenid */
extern const struct shape ids_shape;          /* shop getlist */
extern const struct shape resident_ww_shape;  /* city SaveWXUserInfo */

#endif
