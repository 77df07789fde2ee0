#include "secret_purpose.h"

const struct secret_purpose_use secret_purpose_uses[SECRET_PURPOSES] = {
#define SECRET_PURPOSE(NAME, FILE, label_, protects_, rotates_)                                    \
	[SECRET_FOR_##NAME] = {                                                                    \
		.kind = SECRET_KEY_##FILE,                                                         \
		.label = label_,                                                                   \
		.protects = protects_,                                                             \
		.rotates = rotates_,                                                               \
	},
#include "secret_purpose.def"
#undef SECRET_PURPOSE
};
