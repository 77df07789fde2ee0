#include <termios.h>
#include <unistd.h>

#include "ask.h"
#include "fold.h"

static bool read_line(char *line_r, int size)
{
	if (fgets(line_r, size, stdin) == NULL)
		return false;
	line_r[strcspn(line_r, "\r\n")] = '\0';
	fold_trim_here(line_r);
	return true;
}

/* Ctrl-C arrives as a character, so that it cannot leave the terminal without echo. */
bool ask_secret(const char *name, char *line_r, int size)
{
	struct termios usual, quiet;
	bool is_read;

	if (tcgetattr(STDIN_FILENO, &usual) != 0)
		return read_line(line_r, size);
	quiet = usual;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	fprintf(stderr, "%s (is not shown): ", name);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	is_read = read_line(line_r, size);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual);
	fputc('\n', stderr);
	return is_read;
}
