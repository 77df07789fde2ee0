#include <stdlib.h>
#include <string.h>

#include "both_texts.h"
#include "buf.h"
#include "column.h"
#include "err.h"
#include "heap.h"
#include "secret.h"

/* The statements that have a FOUND_BY. */
#define TEXTS_MAX 32

struct both_texts {
	struct both_text {
		const char *one;
		struct buf both;
	} texts[TEXTS_MAX];
	size_t n;
};

bool both_texts_needed(const struct secret_keys *keys, const struct column *params)
{
	if (keys == NULL || !secret_keys_are_two(keys) || params == NULL)
		return false;
	while (params->kind != COLUMN_END_OF_TABLE && params->kind != COLUMN_FOUND_BY)
		params++;
	return params->kind == COLUMN_FOUND_BY;
}

/* Appends what goes before a parameter and the parameter, its operator being for a list. */
static void add_both(struct buf *both, const char *text, size_t size)
{
	static const struct operator {
		const char *one, *list;
	} operators[] = {{" <> ", " NOT IN "}, {" = ", " IN "}};

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		const size_t n = strlen(operators[i].one);

		if (size < n || memcmp(text + size - n, operators[i].one, n) != 0)
			continue;
		buf_append(both, text, size - n);
		buf_append_str(both, operators[i].list);
		buf_append_str(both, "(?, ?)");
		return;
	}
	BUG("a FOUND_BY is not compared: %.*s?", (int)size, text);
}

static void write_both(struct buf *both, const char *text, const struct column *param)
{
	for (const char *mark; (mark = strchr(text, '?')) != NULL; text = mark + 1, param++) {
		param += param->kind == COLUMN_TENANT;
		if (param->kind == COLUMN_FOUND_BY)
			add_both(both, text, (size_t)(mark - text));
		else
			buf_append(both, text, (size_t)(mark - text) + 1);
	}
	buf_append(both, text, strlen(text) + 1);
}

const char *both_texts_find(
	struct both_texts **texts, const char *text, const struct column *params)
{
	struct both_texts *known = *texts;
	struct both_text *found;

	if (known == NULL)
		known = *texts = heap_new_of(struct both_texts);
	for (size_t i = 0; i < known->n; i++)
		if (known->texts[i].one == text)
			return known->texts[i].both.data;
	if (known->n == TEXTS_MAX)
		BUG("more than %d statements have a FOUND_BY", TEXTS_MAX);
	found = &known->texts[known->n++];
	found->one = text;
	write_both(&found->both, text, params);
	return found->both.data;
}

void both_texts_free(struct both_texts *texts)
{
	for (size_t i = 0; texts != NULL && i < texts->n; i++)
		buf_release(&texts->texts[i].both);
	free(texts);
}
