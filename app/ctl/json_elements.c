#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "buf.h"
#include "heap.h"
#include "json_elements.h"

struct json_elements {
	FILE *file;
	struct buf text; /* of one element */
	long number;
};

/* The next character that is no blank. */
static int next_solid(FILE *file)
{
	int c;

	do
		c = getc(file);
	while (c == ' ' || c == '\t' || c == '\n' || c == '\r');
	return c;
}

static bool begins_array(FILE *file)
{
	int c = next_solid(file);

	if (c == 0xef && getc(file) == 0xbb && getc(file) == 0xbf)
		c = next_solid(file);
	return c == '[';
}

struct json_elements *json_elements_open(const char *path)
{
	FILE *file = fopen(path, "re");
	struct json_elements *elements;

	if (file == NULL)
		return NULL;
	if (!begins_array(file)) {
		fclose(file);
		return NULL;
	}
	elements = heap_new_of(struct json_elements);
	elements->file = file;
	return elements;
}

void json_elements_close(struct json_elements *elements)
{
	buf_release(&elements->text);
	fclose(elements->file);
	free(elements);
}

long json_elements_number(const struct json_elements *elements)
{
	return elements->number;
}

int64_t json_elements_offset(const struct json_elements *elements)
{
	return ftello(elements->file);
}

/* Takes an element's text up to the comma or bracket behind it; what the text is worth, Jansson
 * says. */
static const char *scan(struct json_elements *elements)
{
	struct buf *text = &elements->text;
	bool is_in_string = false, is_escaped = false;
	int depth = 0;

	buf_reset(text);
	for (;;) {
		int c = getc(elements->file);

		if (c == EOF)
			return "the file ends within it";
		if (!is_in_string && depth == 0 && (c == ',' || c == ']')) {
			ungetc(c, elements->file);
			return NULL;
		}
		if (text->size == JSON_ELEMENT_SIZE_MAX)
			return "it is too long";
		buf_append_char(text, (char)c);
		if (c == '"' && !is_escaped)
			is_in_string = !is_in_string;
		else if (!is_in_string)
			depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		is_escaped = c == '\\' && is_in_string && !is_escaped;
	}
}

/* Whether there is one more. */
static bool find_next(struct json_elements *elements, const char **error_r)
{
	FILE *file = elements->file;
	int c = next_solid(file);

	if (c == ']') {
		if (next_solid(file) != EOF)
			*error_r = "something follows the array";
		return false;
	}
	/* Behind an element it is the comma at which that ended. */
	if (elements->number == 0)
		ungetc(c, file);
	return true;
}

json_t *json_elements_read(struct json_elements *elements, const char **error_r)
{
	json_error_t error;
	json_t *element = NULL;

	*error_r = NULL;
	if (!find_next(elements, error_r))
		return NULL;
	elements->number++;
	*error_r = scan(elements);
	if (ferror(elements->file))
		*error_r = strerror(errno);
	if (*error_r != NULL)
		return NULL;
	element = json_loadb(elements->text.data, elements->text.size,
		JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
	if (element == NULL)
		*error_r = "it is no JSON";
	return element;
}
