#include "command.h"
#include "export.h"
#include "member.h"
#include "member_columns.h"

enum { TENANT };

static enum err write_page(struct db *db, int32_t tenant_id, int64_t *last_id, size_t *n_r)
{
	const struct member *members;
	enum err err = member_export_page(db, tenant_id, (int32_t)*last_id, &members, n_r);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; i < *n_r; i++) {
		member_columns_write(stdout, &members[i]);
		*last_id = members[i].id;
	}
	return ERR_NONE;
}

static int export_members(struct ctl *ctl, const struct argument *arguments)
{
	const struct export export = {
		.tenant_id = arguments[TENANT].number,
		.columns = member_columns,
		.write_page = write_page,
	};
	enum err err = member_export_begin(ctl->db, export.tenant_id);

	return err == ERR_NONE ? export_run(ctl, &export) : ctl_status(err, CTL_NO_TENANT);
}

const struct command command_members_export = {
	.name = "members export",
	.arguments = "--tenant ID",
	.summary = "Prints a tenant's members as CSV, with all that they said of themselves",
	.details =
		"\"wxuserctl members export --tenant 1 >members.csv\" makes a file for members\n"
		"import: UTF-8 with a mark, so that spreadsheets know it. A value that they would\n"
		"take for a formula, such as a phone with +, has an apostrophe before it, which\n"
		"members import takes away. Keep the file as you keep the database.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = export_members,
};
