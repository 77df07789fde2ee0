#include "region_code.h"

static const int64_t least[REGION_N_LEVELS + 1] = {1, 10, 1000, 100000, 100000000, 100000000000};

int region_level(int64_t code)
{
	for (int level = 1; level <= REGION_N_LEVELS; level++) {
		if (code >= least[level] && code / 10 < least[level])
			return level;
	}
	return 0;
}

int64_t region_at_level(int64_t code, int level)
{
	int own = region_level(code);

	return own < level ? 0 : code / (least[own] / least[level]);
}
