#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "arena.h"
#include "command.h"
#include "error_pages.h"
#include "regular_file.h"

#define MODE 0755
#define FILE_MODE 0666 /* less the umask */

enum { DIRECTORY };

static int errors_write_file(const char *path, const char *text)
{
	const int fd = regular_file_open(path, O_WRONLY | O_CREAT | O_TRUNC, FILE_MODE);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	bool is_written;

	if (file == NULL)
		return ctl_fail("%s: %s", path, regular_file_error(errno));
	is_written = fputs(text, file) >= 0;
	if (fclose(file) != 0 || !is_written)
		return ctl_fail("%s: %s", path, strerror(errno));
	return EXIT_SUCCESS;
}

/* Adds to *n_files. */
static int errors_write_page(struct ctl *ctl, const struct error_page *page,
	const struct error_occasion *occasion, const char *directory, size_t *n_files)
{
	struct error_page_form forms[ERROR_PAGE_FORMS_MAX];
	size_t n = error_page_write(ctl, page, occasion->err, forms);
	int status = EXIT_SUCCESS;

	for (size_t i = 0; i < n && status == EXIT_SUCCESS; i++)
		status = errors_write_file(arena_printf(ctl->arena, "%s/%s.%s", directory,
						   page->name, forms[i].ending),
			forms[i].text);
	*n_files += n;
	return status;
}

static int make_directory(const char *path)
{
	if (mkdir(path, MODE) != 0 && errno != EEXIST)
		return ctl_fail("%s: %s", path, strerror(errno));
	return EXIT_SUCCESS;
}

static int errors_write_occasion(
	struct ctl *ctl, const struct error_occasion *occasion, const char *parent, size_t *n_files)
{
	const char *directory = arena_printf(ctl->arena, "%s/%s", parent, occasion->name);
	const struct error_page *page = error_pages_list(ctl);
	int status = make_directory(directory);

	for (; page->name != NULL && status == EXIT_SUCCESS; page++)
		status = errors_write_page(ctl, page, occasion, directory, n_files);
	return status;
}

static int errors_export(struct ctl *ctl, const struct argument *arguments)
{
	const struct error_occasion *occasion = error_occasions;
	const char *directory = arguments[DIRECTORY].text;
	int status = make_directory(directory);
	size_t n_files = 0;

	for (; occasion->name != NULL && status == EXIT_SUCCESS; occasion++)
		status = errors_write_occasion(ctl, occasion, directory, &n_files);
	if (status == EXIT_SUCCESS)
		printf("Wrote %zu files below %s.\n", n_files, directory);
	return status;
}

const struct command command_errors_export = {
	.name = "errors export",
	.arguments = "DIRECTORY",
	.summary = "Writes the error pages of a web server",
	.details =
		"A web server sends an error page when it cannot ask the program. Each dialect\n"
		"has one, as has an endpoint that words its errors in another way; \"wxuserctl\n"
		"routes\" says which path has which. The files are in bad_request, busy and\n"
		"too_large below DIRECTORY. The texts are in the language of [http] messages, and\n"
		"Chinese if that is auto. \"make install\" has written them in Chinese.\n",
	.needs = NEEDS_CONF,
	.run = errors_export,
};
