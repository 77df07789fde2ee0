/*
 * The kinds of WeChat's apps, by the names that commands and /v1 use.
 */
#ifndef APP_KIND_H
#define APP_KIND_H

#include <stdbool.h>

#include "wechat.h"

/* "mini", "official", "mobile" or "web". */
const char *app_kind_name(enum app_kind kind);
/* Returns false if no kind has this name. */
bool app_kind_find(const char *name, enum app_kind *kind_r);

/* Whether an app of this kind has a token of its own for WeChat's API, for which WeChat wants the
 * AppSecret alone. */
bool app_kind_has_token(enum app_kind kind);

#endif
