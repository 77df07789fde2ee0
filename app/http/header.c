#include "header.h"

const struct field header_fields[HEADER_N] = {
#define HEADER_FIELD(id, name_, kind_, zh_, en_)                                                \
	[HEADER_##id] = {.name = name_, .kind = FIELD_##kind_, .text = {zh_, en_}},
	HEADER_LIST(HEADER_FIELD)
#undef HEADER_FIELD
};
