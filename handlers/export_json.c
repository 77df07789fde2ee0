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

#define LEFT_OUT(what, why, why_zh)                                                             \
	{                                                                                       \
		{"what", what, false}, {"why", why, false}, { "why_zh", why_zh, false }         \
	}

/* What an export does not have. */
static const struct exported_value left_out[][3] = {
	LEFT_OUT("the audit",
		"Its entries about the person name those who acted, and are kept as proof; who "
		"runs the service reads them.",
		"审计：其中关于本人的记录也写明是谁做的，作为证据保留，由服务的运行者查阅。"),
	LEFT_OUT("log files",
		"They have ids and masked values, not under the person's name, for as long as the "
		"web server and the service keep them.",
		"日志文件：只有编号和打码的值，不按本人保存，到期删除。"),
	LEFT_OUT("credentials, hashes and keys", "Whoever has them could act as the person.",
		"凭证、哈希和密钥：拿到的人可以冒充本人。"),
	LEFT_OUT("what identifies others, and a member whom another account is bound to, too",
		"It is their data.", "能认出他人的内容，以及还绑定了别的账号的会员：那是他人的数据。"),
	LEFT_OUT("the tenant's own notes, unless its setting export_internal is on",
		"They are the tenant's, which answers for them.",
		"租户自己的备注，除非打开了设置 export_internal：由租户负责答复。"),
};

static void write_left_out(struct export_writer *writer)
{
	write_table(writer, "left_out");
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
		const struct exported_row row = {left_out[i], 3};

		write_row(writer, &row);
	}
}

enum err export_json(
	struct db *db, const struct person *person, const char *actor, struct buf *buf)
{
	struct export_writer writer = {.buf = buf};
	const struct export_reader reader = {
		.table = write_table, .row = write_row, .ctx = &writer,
	};
	enum err err = person_export(db, person, actor, &reader);

	if (err != ERR_NONE)
		return err;
	write_left_out(&writer);
	buf_append_str(buf, "]}");
	return ERR_NONE;
}
