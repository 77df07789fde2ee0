#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "arena.h"
#include "command.h"
#include "refusals.h"

#define MODE 0755

enum { DIRECTORY };

static int write_refusal_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	bool is_written;

	if (file == NULL)
		return ctl_fail("%s: %s", path, strerror(errno));
	is_written = fputs(text, file) >= 0;
	if (fclose(file) != 0 || !is_written)
		return ctl_fail("%s: %s", path, strerror(errno));
	return EXIT_SUCCESS;
}

/* Adds to *n_files. */
static int write_refusal(struct ctl *ctl, const struct refusal *refusal,
	const struct refusal_occasion *occasion, const char *directory, size_t *n_files)
{
	struct refusal_form forms[REFUSAL_FORMS_MAX];
	size_t n = refusal_write(ctl, refusal, occasion->err, forms);
	int status = EXIT_SUCCESS;

	for (size_t i = 0; i < n && status == EXIT_SUCCESS; i++)
		status = write_refusal_file(arena_printf(ctl->arena, "%s/%s.%s", directory,
						    refusal->name, forms[i].ending),
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

static int write_occasion(struct ctl *ctl, const struct refusal_occasion *occasion,
	const char *parent, size_t *n_files)
{
	const char *directory = arena_printf(ctl->arena, "%s/%s", parent, occasion->name);
	const struct refusal *refusal = refusals_list(ctl);
	int status = make_directory(directory);

	for (; refusal->name != NULL && status == EXIT_SUCCESS; refusal++)
		status = write_refusal(ctl, refusal, occasion, directory, n_files);
	return status;
}

static int errors_export(struct ctl *ctl, const struct argument *arguments)
{
	const struct refusal_occasion *occasion = refusal_occasions;
	const char *directory = arguments[DIRECTORY].text;
	int status = make_directory(directory);
	size_t n_files = 0;

	for (; occasion->name != NULL && status == EXIT_SUCCESS; occasion++)
		status = write_occasion(ctl, occasion, directory, &n_files);
	if (status == EXIT_SUCCESS)
		printf("Wrote %zu files below %s.\n", n_files, directory);
	return status;
}

const struct command command_errors_export = {
	.name = "errors export",
	.arguments = "DIRECTORY",
	.summary = "Writes what the web server answers where it cannot ask the program",
	.details =
		"Writes a file for each form of refusal that a dialect or an endpoint has, in\n"
		"bad_request, busy and too_large below DIRECTORY. \"wxuserctl routes\" says which\n"
		"path has which. The texts are in the language of [http] messages, and Chinese if\n"
		"that is auto. \"make install\" has written them in Chinese.\n",
	.needs = NEEDS_CONF,
	.run = errors_export,
};
