#include "arena.h"
#include "command.h"
#include "import.h"
#include "line_keys.h"
#include "member.h"
#include "member_columns.h"
#include "tenant.h"

enum { TENANT, SKIP_BAD, FILE_NAME };

static const char *read_line(const struct import *import, const struct csv_record *record,
	struct arena *arena, void *row_r)
{
	struct member_import_row *row = row_r;

	(void)import;
	return member_columns_read(record, arena, &row->member);
}

/* Cards that are void may share their phone. */
static const char *key_of(const void *row)
{
	const struct member *member = &((const struct member_import_row *)row)->member;

	return member->card_state == CARD_VOID ? NULL : member->phone;
}

/* A void card's phone that no other line of the file has is the live card's of today. */
static enum err apply(struct import *import, struct db *db, void *rows, size_t n_rows)
{
	const int32_t *tenant_id = import->ctx;
	struct member_import_row *members = rows;
	struct member_import member_rows = {
		.tenant_id = *tenant_id,
		.rows = members,
		.n_rows = n_rows,
	};

	for (size_t i = 0; i < n_rows; i++)
		members[i].voids_live = line_keys_find(import->keys, members[i].member.phone) == 0;
	return member_import(db, &member_rows);
}

static int import_members(struct ctl *ctl, const struct argument *arguments)
{
	int32_t tenant_id = arguments[TENANT].number;
	struct import import = {
		.path = arguments[FILE_NAME].text,
		.columns = member_columns,
		.skips_bad = arguments[SKIP_BAD].text != NULL,
		.row_size = sizeof(struct member_import_row),
		.read = read_line,
		.key = key_of,
		.key_name = "phone",
		.apply = apply,
		.refusal = CTL_NO_TENANT,
		.ctx = &tenant_id,
	};
	enum err err = tenant_check(ctl->db, tenant_id);

	return err == ERR_NONE ? import_run(ctl, &import) : ctl_status(err, CTL_NO_TENANT);
}

const struct command command_members_import = {
	.name = "members import",
	.arguments = "--tenant ID [--skip-bad] FILE",
	.summary = "Brings a tenant's members from a CSV file, or up to date",
	.details = "FILE is CSV as a spreadsheet saves it: UTF-8, GB18030 or UTF-16, with commas,\n"
		   "semicolons or tabs. Below a title, if any, a line names the columns, of\n"
		   "which phone must be there: name (姓名), phone (手机号), sex (性别: 男, 女,\n"
		   "or 0 to 9), birthday (生日), idCard (身份证号), address (地址), cardState\n"
		   "(会员卡状态: valid or 正常, lost or 挂失, void or 作废, unusable or 停用).\n"
		   "The member with a line's phone is changed; without one a new one is made.\n"
		   "A column that is not there changes nothing, nor do those after the end of a\n"
		   "line; an empty value clears what is stored. Empty lines do not count. A line\n"
		   "with cardState void makes the member's card void, unless another line has\n"
		   "the phone. Who is bound to a member stays so.\n"
		   "A bad line is told with its number, and then nothing is applied; --skip-bad\n"
		   "leaves bad lines out.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = import_members,
};
