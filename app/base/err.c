#include "err.h"

const char *err_name(enum err err)
{
	static const char *const names[] = {
#define ERR_NAME(name, meaning) [ERR_##name] = #name,
		ERR_LIST(ERR_NAME)
#undef ERR_NAME
	};

	return names[err];
}
