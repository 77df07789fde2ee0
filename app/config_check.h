/*
 * What is wrong in a configuration that conf.c has read, as far as that can be seen without the
 * database: values that would only fail later, in a user's hands.
 */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

struct conf;

/* By the user who will serve with it. Warns of what is dangerous. -1: logged all that is wrong. */
int config_check(const struct conf *conf);

#endif
