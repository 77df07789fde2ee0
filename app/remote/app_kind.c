#include <string.h>

#include "app_kind.h"

static const char *const names[] = {
	[APP_MINI] = "mini", [APP_OFFICIAL] = "official", [APP_MOBILE] = "mobile",
	[APP_WEB] = "web",
};

const char *app_kind_name(enum app_kind kind)
{
	return names[kind];
}

bool app_kind_find(const char *name, enum app_kind *kind_r)
{
	for (enum app_kind kind = APP_MINI; kind <= APP_WEB; kind++)
		if (strcmp(name, names[kind]) == 0) {
			*kind_r = kind;
			return true;
		}
	return false;
}

bool app_kind_has_token(enum app_kind kind)
{
	return kind == APP_MINI || kind == APP_OFFICIAL;
}
