#include "arena.h"
#include "command.h"
#include "community.h"
#include "community_columns.h"
#include "csv.h"
#include "tenant.h"

#define MEMORY_MAX (16 << 20)

enum { TENANT };

static enum err write_all(struct db *db, int32_t tenant_id, struct arena *arena)
{
	struct community_list list;
	int64_t last_id = 0;

	do {
		enum err err;

		arena_reset(arena);
		err = community_list(db, tenant_id, last_id, &list);
		if (err != ERR_NONE)
			return err;
		for (size_t i = 0; i < list.n_communities; i++) {
			community_columns_write(stdout, &list.communities[i]);
			last_id = list.communities[i].id;
		}
	} while (list.n_communities > 0);
	return ERR_NONE;
}

static int export_communities(struct ctl *ctl, const struct argument *arguments)
{
	int32_t tenant_id = arguments[TENANT].number;
	enum err err = tenant_check(ctl->db, tenant_id);
	struct arena *arena;

	if (err != ERR_NONE)
		return ctl_fail_db(err, "there is no such tenant; see: wxuserctl tenant list");
	arena = arena_new(MEMORY_MAX);
	db_set_arena(ctl->db, arena);
	csv_write_columns(stdout, community_columns);
	err = write_all(ctl->db, tenant_id, arena);
	db_set_arena(ctl->db, ctl->arena);
	arena_free(arena);
	return err == ERR_NONE ? EXIT_SUCCESS : ctl_fail_db(err, "");
}

const struct command command_communities_export = {
	.name = "communities export",
	.arguments = "--tenant ID",
	.summary = "Prints a tenant's communities and their organisations as CSV",
	.details = "\"wxuserctl communities export --tenant 1 >communities.csv\" makes a file for\n"
		   "communities import: UTF-8 with a mark, so that spreadsheets know it.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = export_communities,
};
