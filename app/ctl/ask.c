#include <termios.h>
#include <unistd.h>

#include "ask.h"
#include "ctl.h"
#include "fold.h"

static bool ask_line(char *line_r, int size)
{
	if (fgets(line_r, size, stdin) == NULL)
		return false;
	line_r[strcspn(line_r, "\r\n")] = '\0';
	fold_trim_here(line_r);
	return true;
}

/* Ctrl-C arrives as a character, so that it cannot end the program while echo is off. */
bool ask_secret(const char *name, char *line_r, int size)
{
	struct termios usual, quiet;
	bool is_read;

	if (tcgetattr(STDIN_FILENO, &usual) != 0)
		return ask_line(line_r, size);
	quiet = usual;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	fprintf(stderr, "%s (is not shown): ", name);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	is_read = ask_line(line_r, size);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual);
	fputc('\n', stderr);
	return is_read;
}

static bool is_app_secret(const char *text)
{
	size_t size = strlen(text);

	for (const char *c = text; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return size > 0 && size <= ASK_APP_SECRET_MAX;
}

int ask_app_secret(char line_r[ASK_APP_SECRET_MAX + 3])
{
	if (ask_secret("AppSecret", line_r, ASK_APP_SECRET_MAX + 3) && is_app_secret(line_r))
		return EXIT_SUCCESS;
	return ctl_fail("standard input must hold the AppSecret: a line of 1 to %d letters, digits "
			"or signs",
		ASK_APP_SECRET_MAX);
}
