#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "authorities.h"

static bool has_hashed_names(const char *directory)
{
	char pattern[PATH_MAX];
	glob_t found;
	bool has;

	snprintf(pattern, sizeof(pattern), "%s/*.0", directory);
	has = glob(pattern, GLOB_NOSORT, NULL, &found) == 0;
	globfree(&found);
	return has;
}

struct authorities authorities_choose(const struct authorities *of_system)
{
	if (of_system->directory != NULL && has_hashed_names(of_system->directory))
		return (struct authorities){.directory = of_system->directory};
	return (struct authorities){.file = of_system->file};
}
