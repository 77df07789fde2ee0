/*
 * A page of the manual in Markdown: what a tenant may set for itself (db/setting.def).
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdio.h>

struct arena;

void settings_write(struct arena *arena, bool is_zh, FILE *out);

#endif
