/*
 * Secrets come from standard input, from a terminal without echo: other users see arguments.
 */
#ifndef ASK_H
#define ASK_H

#include <stdbool.h>

/* A line without its end and without blanks around it. False: there is none. */
bool ask_secret(const char *name, char *line_r, int size);

#define ASK_APP_SECRET_MAX 128
/* EXIT_FAILURE: there is none, or what is there can be none; said. */
int ask_app_secret(char line_r[ASK_APP_SECRET_MAX + 3]);

#endif
