#include <stdio.h>

#include "draft.h"

void draft_name(const char *path, char draft_r[DRAFT_PATH_SIZE])
{
	snprintf(draft_r, DRAFT_PATH_SIZE, "%s" DRAFT_SUFFIX, path);
}

int draft_publish(const char *path)
{
	char draft[DRAFT_PATH_SIZE];

	draft_name(path, draft);
	return rename(draft, path);
}
