#include <stdbool.h>

#include "cell.h"
#include "csv_column.h"
#include "csv_write.h"
#include "str.h"

static void write_value(FILE *out, const char *value)
{
	bool is_quoted = strpbrk(value, ",\"\r\n") != NULL;

	if (is_quoted)
		putc('"', out);
	if (cell_needs_guard(value))
		putc('\'', out);
	for (; *value != '\0'; value++) {
		if (*value == '"')
			putc('"', out);
		putc(*value, out);
	}
	if (is_quoted)
		putc('"', out);
}

void csv_write(FILE *out, const char *const *values, size_t n_values)
{
	for (size_t i = 0; i < n_values; i++) {
		if (i > 0)
			putc(',', out);
		write_value(out, values[i]);
	}
	fputs("\r\n", out);
}

void csv_write_columns(FILE *out, const struct csv_column *columns)
{
	const char *names[CSV_COLUMNS_MAX];
	size_t n = 0;

	for (; columns[n].name != NULL; n++)
		names[n] = columns[n].name;
	fputs(STR_BYTE_ORDER_MARK, out);
	csv_write(out, names, n);
}
