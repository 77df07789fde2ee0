/*
 * Checks a configuration that conf_load() has read, as far as that is possible without the
 * database: values that would only fail later, at a request.
 */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

struct conf;

/* Must be called as the user that will serve. Logs a warning of dangerous values. Returns -1 and
 * logs all that is wrong if the configuration cannot be used. */
int config_check(const struct conf *conf);

#endif
