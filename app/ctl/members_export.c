#include "arena.h"
#include "command.h"
#include "csv.h"
#include "db.h"
#include "member_columns.h"
#include "member_roll.h"

#define MEMORY_MAX (16 << 20)

enum { TENANT };

static int write_all(struct db *db, int32_t tenant_id, struct arena *arena)
{
	const struct member *members;
	int32_t last_id = 0;
	size_t n;

	do {
		enum err err;

		arena_reset(arena);
		err = member_roll_page(db, tenant_id, last_id, &members, &n);
		if (err != ERR_NONE)
			return ctl_fail_db(err, "");
		for (size_t i = 0; i < n; i++)
			member_columns_write(stdout, &members[i]);
		if (n > 0)
			last_id = members[n - 1].id;
	} while (n > 0);
	return EXIT_SUCCESS;
}

static int export_members(struct ctl *ctl, const struct argument *arguments)
{
	int32_t tenant_id = arguments[TENANT].number;
	enum err err = member_roll_open(ctl->db, tenant_id);
	struct arena *arena;
	int status;

	if (err != ERR_NONE)
		return ctl_fail_db(err, "there is no such tenant; see: wxuserctl tenant list");
	arena = arena_new(MEMORY_MAX);
	db_set_arena(ctl->db, arena);
	csv_write_columns(stdout, member_columns);
	status = write_all(ctl->db, tenant_id, arena);
	db_set_arena(ctl->db, ctl->arena);
	arena_free(arena);
	return status;
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
