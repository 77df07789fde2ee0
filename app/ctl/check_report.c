#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "check_report.h"
#include "v1/admin_host.h"

static void print_report(const void *row)
{
	const struct admin_check *report = row;

	printf("%-4s ", strcmp(report->verdict, "fail") == 0 ? "FAIL" : report->verdict);
	if (report->host != NULL)
		printf("database %s: ", report->host);
	puts(report->text);
	fflush(stdout);
}

static const char *report_text(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text;
	int size;

	va_copy(again, args);
	size = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (size < 0)
		return "";
	text = arena_alloc(arena, (size_t)size + 1);
	vsnprintf(text, (size_t)size + 1, format, args);
	return text;
}

void check_report_begin(struct check *check)
{
	check->listing = (struct listing){
		.ctl = check->ctl, .shape = &admin_check_shape, .print = print_report,
	};
}

void check_report(struct check *check, enum check_verdict verdict, const char *format, ...)
{
	static const char *const names[] = {
		[CHECK_OK] = "ok",
		[CHECK_WARN] = "warn",
		[CHECK_FAIL] = "fail",
	};
	struct admin_check report = {.verdict = names[verdict], .host = check->host};
	va_list args;

	if (check->host != NULL && verdict == CHECK_OK)
		return;
	check->n_failed += verdict == CHECK_FAIL;
	va_start(args, format);
	report.text = report_text(check->ctl->arena, format, args);
	va_end(args);
	listing_add(&check->listing, &report);
}

int check_report_end(struct check *check)
{
	const int status = listing_end(&check->listing, ERR_NONE, "");

	return check->n_failed == 0 ? status : EXIT_FAILURE;
}
