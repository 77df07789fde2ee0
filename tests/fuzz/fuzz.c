#include "fuzz.h"

#include "err.h"
#include "str.h"

void fuzz_check_strings(const struct shape *shape, const void *model)
{
	const struct field *field = shape->fields;

	for (; field->kind != FIELD_END_OF_TABLE; field++) {
		const char *text = field->kind == FIELD_STR
			? *(const char *const *)((const char *)model + field->offset)
			: NULL;

		if (text == NULL)
			continue;
		if (!str_is_utf8(text, strlen(text)) || str_n_chars(text) > field->max)
			BUG("%s holds what no string may hold", field->name);
	}
}

#ifndef LIBFUZZER
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		static uint8_t bytes[1 << 20];
		FILE *file = fopen(argv[i], "rb");

		if (file == NULL) {
			perror(argv[i]);
			return 1;
		}
		LLVMFuzzerTestOneInput(bytes, fread(bytes, 1, sizeof(bytes), file));
		fclose(file);
	}
	return 0;
}
#endif
