#include "buf.h"
#include "export_json.h"
#include "json_writer.h"
#include "person_export.h"

struct export_writer {
	struct buf *buf;
	bool has_table, has_row; /* of the table */
};

static void write_table(void *ctx, const char *name)
{
	struct export_writer *writer = ctx;

	buf_append_str(writer->buf, writer->has_table ? "]," : "{");
	json_write_string(writer->buf, name);
	buf_append_str(writer->buf, ":[");
	writer->has_table = true;
	writer->has_row = false;
}

static void write_values(struct buf *buf, const struct exported_row *row)
{
	for (size_t i = 0; i < row->n_values; i++) {
		const struct exported_value *value = &row->values[i];

		buf_append_char(buf, i == 0 ? '{' : ',');
		json_write_string(buf, value->name);
		buf_append_char(buf, ':');
		if (value->is_bare && value->text != NULL)
			buf_append_str(buf, value->text);
		else
			json_write_string(buf, value->text);
	}
	buf_append_char(buf, '}');
}

static void write_row(void *ctx, const struct exported_row *row)
{
	struct export_writer *writer = ctx;

	if (writer->has_row)
		buf_append_char(writer->buf, ',');
	write_values(writer->buf, row);
	writer->has_row = true;
}

enum err export_json(
	struct db *db, const struct person *person, const char *actor, struct buf *buf)
{
	struct export_writer writer = {.buf = buf};
	const struct export_reader reader = {
		.table = write_table, .row = write_row, .ctx = &writer,
	};
	enum err err = person_export(db, person, actor, &reader);

	if (err == ERR_NONE)
		buf_append_str(buf, "]}");
	return err;
}
