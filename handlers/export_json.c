#include "buf.h"
#include "export_json.h"
#include "json_writer.h"
#include "person_export.h"

struct export_writer {
	struct buf *buf;
	const char *table; /* of the row before; NULL: there was none */
};

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
	struct buf *buf = writer->buf;

	if (writer->table == row->table) {
		buf_append_char(buf, ',');
	} else {
		buf_append_str(buf, writer->table == NULL ? "{" : "],");
		json_write_string(buf, row->table);
		buf_append_str(buf, ":[");
		writer->table = row->table;
	}
	write_values(buf, row);
}

enum err export_json(
	struct db *db, const struct person *person, const char *actor, struct buf *buf)
{
	struct export_writer writer = {.buf = buf};
	enum err err = person_export(db, person, actor, write_row, &writer);

	/* Each person has a user at least. */
	if (err == ERR_NONE)
		buf_append_str(buf, "]}");
	return err;
}
