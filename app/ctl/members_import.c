#include "arena.h"
#include "command.h"
#include "import.h"
#include "line_keys.h"
#include "member_columns.h"
#include "member_roll.h"

enum { TENANT, SKIP_BAD, FILE_NAME };

static const char *read_line(const struct import *import, const struct csv_record *record,
	struct arena *arena, void *row_r)
{
	struct member_line *line = row_r;

	(void)import;
	return member_columns_read(record, arena, &line->member);
}

/* Cards that are void may share their phone. */
static const char *key_of(const void *row)
{
	const struct member *member = &((const struct member_line *)row)->member;

	return member->card_state == CARD_VOID ? NULL : member->phone;
}

/* A void card's phone that no other line of the file has is the live card's of today. */
static enum err apply(struct import *import, struct db *db, void *rows, size_t n_rows)
{
	const int32_t *tenant_id = import->ctx;
	struct member_line *lines = rows;
	const struct member_roll roll = {
		.tenant_id = *tenant_id,
		.lines = lines,
		.n_lines = n_rows,
	};

	for (struct member_line *line = lines; line < lines + n_rows; line++)
		line->voids_live = line_keys_find(import->keys, line->member.phone) == 0;
	return member_roll_apply(db, &roll);
}

static int import_members(struct ctl *ctl, const struct argument *arguments)
{
	int32_t tenant_id = arguments[TENANT].number;
	struct import import = {
		.path = arguments[FILE_NAME].text,
		.columns = member_columns,
		.skips_bad = arguments[SKIP_BAD].text != NULL,
		.row_size = sizeof(struct member_line),
		.read = read_line,
		.key = key_of,
		.key_name = "phone",
		.apply = apply,
		.refusal = CTL_NO_TENANT,
		.ctx = &tenant_id,
	};

	return import_run(ctl, &import);
}

const struct command command_members_import = {
	.name = "members import",
	.arguments = "--tenant ID [--skip-bad] FILE",
	.summary = "Brings a tenant's members from a CSV file, or up to date",
	.details = "The file is UTF-8 or GB18030. Its first line names the columns, of which\n"
		   "phone must be there: name, phone, sex (0 to 9), birthday, idCard, address,\n"
		   "cardState (valid, lost, void, unusable). The member with a line's phone is\n"
		   "changed; without one a new one is made. A column that is not there changes\n"
		   "nothing, an empty value clears what is stored. A line with cardState void\n"
		   "makes the member's card void, unless another line has the phone. Who is\n"
		   "bound to a member stays so.\n"
		   "A bad line is told with its number, and then nothing is applied; --skip-bad\n"
		   "leaves bad lines out.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = import_members,
};
