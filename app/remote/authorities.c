#include <glob.h>
#include <limits.h>
#include <stdio.h>

#include "authorities.h"
#include "str.h"

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

struct authorities authorities_choose(const char *ca_file, const struct authorities *of_system)
{
	if (!str_is_empty(ca_file))
		return (struct authorities){.file = ca_file};
	if (of_system->directory != NULL && has_hashed_names(of_system->directory))
		return (struct authorities){.directory = of_system->directory};
	return (struct authorities){.file = of_system->file};
}
