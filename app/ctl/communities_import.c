#include <inttypes.h>

#include "command.h"
#include "community.h"
#include "community_columns.h"
#include "import.h"
#include "tenant.h"

enum { TENANT, SKIP_BAD, FILE_NAME };

struct context {
	struct db *db;
	int32_t tenant_id;
	enum err err; /* of the database, while lines were read: then none is applied */
};

static const char *read_line(const struct import *import, const struct csv_record *record,
	struct arena *arena, void *row_r)
{
	struct context *context = import->ctx;
	struct community *community = row_r;
	const char *error = community_columns_read(record, arena, community);
	struct region region;
	int found;

	if (error != NULL || community->region_code == 0)
		return error;
	found = region_find(context->db, community->region_code, &region);
	if (found <= 0) {
		if (found < 0)
			context->err = db_err(context->db);
		return community_columns_no_region(record, arena);
	}
	community->region_code = region.code;
	return NULL;
}

/* Valid until the next call. */
static const char *key_of(const void *row)
{
	static char code[sizeof("-9223372036854775808")];
	const struct community *community = row;

	snprintf(code, sizeof(code), "%" PRId64, community->region_code);
	return community->region_code == 0 ? community->name : code;
}

static enum err apply(struct import *import, struct db *db, void *rows, size_t n_rows)
{
	const struct context *context = import->ctx;

	if (context->err != ERR_NONE)
		return context->err;
	return community_put(db, context->tenant_id, rows, n_rows);
}

static int import_communities(struct ctl *ctl, const struct argument *arguments)
{
	struct context context = {.db = ctl->db, .tenant_id = arguments[TENANT].number};
	struct import import = {
		.path = arguments[FILE_NAME].text,
		.columns = community_columns,
		.skips_bad = arguments[SKIP_BAD].text != NULL,
		.row_size = sizeof(struct community),
		.read = read_line,
		.key = key_of,
		.key_name = "community",
		.apply = apply,
		.refusal = CTL_NO_TENANT,
		.ctx = &context,
	};
	enum err err = tenant_check(ctl->db, context.tenant_id);

	return err == ERR_NONE ? import_run(ctl, &import) : ctl_status(err, CTL_NO_TENANT);
}

const struct command command_communities_import = {
	.name = "communities import",
	.arguments = "--tenant ID [--skip-bad] FILE",
	.summary = "Brings a tenant's communities from a CSV file, or up to date",
	.details =
		"FILE is CSV as a spreadsheet saves it: UTF-8, GB18030 or UTF-16, with commas,\n"
		"semicolons or tabs. Below a title, if any, a line names the columns, of which\n"
		"name must be there: name (名称), regionCode (区划代码), regionLevel (区划级别,\n"
		"0 to 5), organisation (机构), organisationLevel (机构级别, 0 to 5), businessType\n"
		"(业务类型), unitType (单位类型). A line is the community of\n"
		"its regionCode, or, without one, that of its name; where there is none it is\n"
		"made, and so is the organisation. A column that is not there and a number that\n"
		"is empty change nothing; an empty organisation takes it away.\n"
		"A bad line is told with its number, and then nothing is applied; --skip-bad\n"
		"leaves out bad lines. Nobody's memberships change.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = import_communities,
};
