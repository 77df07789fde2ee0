#include <stdarg.h>
#include <stdio.h>

#include "check_report.h"

void check_report(struct check *check, enum check_verdict verdict, const char *format, ...)
{
	static const char *const names[] = {
		[CHECK_OK] = "ok",
		[CHECK_WARN] = "warn",
		[CHECK_FAIL] = "FAIL",
	};
	va_list args;

	if (check->host != NULL && verdict == CHECK_OK)
		return;
	check->n_failed += verdict == CHECK_FAIL;
	printf("%-4s ", names[verdict]);
	if (check->host != NULL)
		printf("database %s: ", check->host);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}
