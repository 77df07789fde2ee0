#include <string.h>

#include "arena.h"
#include "buf.h"
#include "shell.h"

#define PLAIN_CHARS                                                                             \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@:=,%"

const char *shell_word(struct arena *arena, const char *text)
{
	struct buf word = {.arena = arena};

	if (*text != '\0' && text[strspn(text, PLAIN_CHARS)] == '\0')
		return text;
	buf_append_char(&word, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			buf_append_str(&word, "'\\'");
		buf_append_char(&word, *text);
	}
	buf_append_str(&word, "'");
	return word.data;
}

const char *shell_line(struct arena *arena, char *const *words)
{
	struct buf line = {.arena = arena};

	buf_append_str(&line, "wxuserctl");
	for (; *words != NULL; words++)
		buf_printf(&line, " %s", shell_word(arena, *words));
	return line.data;
}
