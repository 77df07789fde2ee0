#include "command.h"
#include "community.h"
#include "community_columns.h"
#include "export.h"
#include "tenant.h"

enum { TENANT };

static enum err write_page(struct db *db, int32_t tenant_id, int64_t *last_id, size_t *n_r)
{
	struct community_list list;
	enum err err = community_list(db, tenant_id, *last_id, &list);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; i < list.n_communities; i++) {
		community_columns_write(stdout, &list.communities[i]);
		*last_id = list.communities[i].id;
	}
	*n_r = list.n_communities;
	return ERR_NONE;
}

static int export_communities(struct ctl *ctl, const struct argument *arguments)
{
	const struct export export = {
		.tenant_id = arguments[TENANT].number,
		.columns = community_columns,
		.write_page = write_page,
	};
	enum err err = tenant_check(ctl->db, export.tenant_id);

	return err == ERR_NONE ? export_run(ctl, &export) : ctl_status(err, CTL_NO_TENANT);
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
