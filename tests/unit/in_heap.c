#include "unit.h"

#include "in_heap.h"

unsigned n_in_heap(const char *text)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512], *begin, *end;
	unsigned n = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (strstr(line, "[heap]") == NULL ||
			sscanf(line, "%p-%p", (void **)&begin, (void **)&end) != 2)
			continue;
		while ((begin = memmem(begin, (size_t)(end - begin), text, strlen(text))) != NULL) {
			begin++;
			n++;
		}
	}
	fclose(maps);
	return n;
}
