/*
 * The errors by which a login is refused, for administrators: what each means, how /v1 tells it,
 * and what to do.
 */
#ifndef LOGIN_ERRORS_H
#define LOGIN_ERRORS_H

#include <stdbool.h>
#include <stdio.h>

/* Writes docs/refusals.md, or docs/zh/refusals.md if is_zh. */
void login_errors_write(bool is_zh, FILE *out);

#endif
