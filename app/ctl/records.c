#include <stdlib.h>

#include "csv.h"
#include "csv_text.h"
#include "heap.h"
#include "ndjson.h"
#include "records.h"

/* One of the two is NULL. */
struct records {
	struct csv *csv;
	struct ndjson *ndjson;
};

struct records *records_open(const char *path, const struct csv_column *columns, bool skips_others,
	struct arena *arena, const char **error_r)
{
	struct csv_text *text = csv_text_open(path, error_r);
	struct records *records;

	if (text == NULL)
		return NULL;
	records = heap_new_of(struct records);
	*error_r = NULL;
	if (ndjson_is_it(text, error_r))
		records->ndjson = ndjson_open(text, columns, skips_others, arena, error_r);
	else if (*error_r == NULL)
		records->csv = csv_open(text, columns, skips_others, arena, error_r);
	else
		csv_text_close(text);
	if (records->csv != NULL || records->ndjson != NULL)
		return records;
	free(records);
	return NULL;
}

void records_close(struct records *records)
{
	if (records->csv != NULL)
		csv_close(records->csv);
	else
		ndjson_close(records->ndjson);
	free(records);
}

int64_t records_offset(const struct records *records)
{
	return records->csv != NULL ? csv_offset(records->csv) : ndjson_offset(records->ndjson);
}

void records_rewind(struct records *records)
{
	if (records->csv != NULL)
		csv_rewind(records->csv);
	else
		ndjson_rewind(records->ndjson);
}

int records_read(struct records *records, struct arena *arena, struct csv_record *record_r)
{
	return records->csv != NULL ? csv_read(records->csv, arena, record_r)
				    : ndjson_read(records->ndjson, arena, record_r);
}

bool records_has_changed(const struct records *records)
{
	return records->csv != NULL ? csv_has_changed(records->csv)
				    : ndjson_has_changed(records->ndjson);
}
