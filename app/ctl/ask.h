/*
 * Reads secrets from standard input, from a terminal without echo. Arguments would show them to
 * other users.
 */
#ifndef ASK_H
#define ASK_H

#include <stdbool.h>

/* Reads a line without its end and without blanks around it. Returns false at the end of input. */
bool ask_secret(const char *name, char *line_r, int size);

#define ASK_APP_SECRET_MAX 128
/* Reads an AppSecret. Returns EXIT_FAILURE and prints the reason if there is none or the line
 * cannot be one. */
int ask_app_secret(char line_r[ASK_APP_SECRET_MAX + 3]);

#endif
