/*
 * Checks a configuration that conf_load() has read, as far as that is possible without the
 * database: values that would only fail later, at a request.
 */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include "permission.h"

struct conf;

/* Must be called as the user that will serve. Logs a warning of dangerous values. Returns -1 and
 * logs all that is wrong if the configuration cannot be used. */
int config_check(const struct conf *conf);

/* Returns NULL if no earlier release has left the log of erasures elsewhere, else what is wrong and
 * a command that solves it, in text_r. */
const char *config_find_old_erasure_log(const struct conf *conf, char text_r[PERMISSION_TEXT_SIZE]);

#endif
