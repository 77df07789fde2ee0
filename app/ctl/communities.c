#include <inttypes.h>

#include "cell.h"
#include "command.h"
#include "community.h"
#include "csv.h"
#include "export.h"
#include "import.h"
#include "str.h"
#include "tenant.h"

#define NAME_MAX_CHARS 64
#define LEVEL_MAX REGION_N_LEVELS
#define NUMBER_SIZE sizeof("-9223372036854775808")

enum {
	NAME,
	REGION_CODE,
	REGION_LEVEL,
	ORGANISATION,
	ORGANISATION_LEVEL,
	BUSINESS_TYPE,
	UNIT_TYPE,
	N_COLUMNS,
};

enum { TENANT, SKIP_BAD, DRY_RUN, FILES };

/*
 * A community as a line of a file.
 *
 *	name              1 to 64 characters; the one column that must be there
 *	regionCode        of a known division, in any of its forms; empty: of no one place
 *	regionLevel       0 all, 1 province … 5 village
 *	organisation      up to 64 characters; empty: none
 *	organisationLevel as regionLevel, but of the organisation, as the two below
 *	businessType      a number from 0
 *	unitType          a number from 1
 *
 * A column that is not there, or a number that is empty, leaves what is stored.
 */
static const struct csv_column community_columns[] = {
	[NAME] = {"name", "名称|社区|社区名称|小组|小组名称|名稱|社區|社區名稱",
		.is_required = true},
	[REGION_CODE] = {"regionCode",
		"区划代码|行政区划代码|地区代码|区域代码|區劃代碼|行政區劃代碼"},
	[REGION_LEVEL] = {"regionLevel", "区划级别|地区级别|区域级别|區劃級別"},
	[ORGANISATION] = {"organisation",
		"机构|机构名称|组织|单位|單位|機構|機構名稱|organization"},
	[ORGANISATION_LEVEL] = {"organisationLevel",
		"机构级别|组织级别|单位级别|機構級別|organization level"},
	[BUSINESS_TYPE] = {"businessType", "业务类型|業務類型"},
	[UNIT_TYPE] = {"unitType", "单位类型|机构类型|單位類型|機構類型"},
	[N_COLUMNS] = {NULL},
};

static bool read_community_number(
	struct arena *arena, const char *text, int32_t least, int32_t most, int32_t *number_r)
{
	*number_r = COMMUNITY_KEEP;
	if (str_is_empty(text))
		return true;
	return str_parse_int32(cell_plain(arena, text), number_r) && *number_r >= least &&
		*number_r <= most;
}

static const char *take_texts(
	const struct csv_record *record, struct arena *arena, struct community *community)
{
	const char *const *values = record->values;
	const char *problem;

	community->name = values[NAME];
	community->organisation = values[ORGANISATION];
	problem = csv_column_check_name(record, arena, NAME, NAME_MAX_CHARS);
	return problem != NULL || str_is_empty(values[ORGANISATION])
		? problem
		: csv_column_check_name(record, arena, ORGANISATION, NAME_MAX_CHARS);
}

static const char *take_numbers(
	const struct csv_record *record, struct arena *arena, struct community *community)
{
	static const char not_a_level[] = "is not a number from 0 to 5";
	const char *const *values = record->values;

	if (!read_community_number(
		    arena, values[REGION_LEVEL], 0, LEVEL_MAX, &community->region_level))
		return csv_column_complain(record, arena, REGION_LEVEL, not_a_level);
	if (!read_community_number(arena, values[ORGANISATION_LEVEL], 0, LEVEL_MAX,
		    &community->organisation_level))
		return csv_column_complain(record, arena, ORGANISATION_LEVEL, not_a_level);
	if (!read_community_number(
		    arena, values[BUSINESS_TYPE], 0, INT32_MAX, &community->business_type))
		return csv_column_complain(record, arena, BUSINESS_TYPE, "is not a number from 0");
	if (!read_community_number(arena, values[UNIT_TYPE], 1, INT32_MAX, &community->unit_type))
		return csv_column_complain(record, arena, UNIT_TYPE, "is not a number from 1");
	if (!str_is_empty(values[REGION_CODE]) &&
		!str_parse_int64(cell_plain(arena, values[REGION_CODE]), &community->region_code))
		return csv_column_complain(record, arena, REGION_CODE, "is not a number");
	return NULL;
}

static const char *community_from_record(
	const struct csv_record *record, struct arena *arena, struct community *community_r)
{
	const char *error;

	*community_r = (struct community){0};
	error = take_texts(record, arena, community_r);
	return error != NULL ? error : take_numbers(record, arena, community_r);
}

/* An unset number becomes empty. */
static const char *number_text(int64_t number, int64_t unset, char text_r[NUMBER_SIZE])
{
	snprintf(text_r, NUMBER_SIZE, "%" PRId64, number);
	return number == unset ? "" : text_r;
}

static void print_community(const struct community *community)
{
	char texts[N_COLUMNS][NUMBER_SIZE];
	const char *const values[N_COLUMNS] = {
		[NAME] = community->name,
		[REGION_CODE] = number_text(community->region_code, 0, texts[REGION_CODE]),
		[REGION_LEVEL] =
			number_text(community->region_level, COMMUNITY_KEEP, texts[REGION_LEVEL]),
		[ORGANISATION] = community->organisation,
		[ORGANISATION_LEVEL] = number_text(
			community->organisation_level, COMMUNITY_KEEP, texts[ORGANISATION_LEVEL]),
		[BUSINESS_TYPE] =
			number_text(community->business_type, COMMUNITY_KEEP, texts[BUSINESS_TYPE]),
		[UNIT_TYPE] = number_text(community->unit_type, COMMUNITY_KEEP, texts[UNIT_TYPE]),
	};

	csv_write(stdout, values, N_COLUMNS);
}

/* ---- The commands. */

static enum err print_communities(
	const struct export *export, struct db *db, int64_t *last_id, size_t *n_r)
{
	struct community_list list;
	enum err err = community_list(db, export->tenant_id, *last_id, &list);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; i < list.n_communities; i++) {
		print_community(&list.communities[i]);
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
		.write_page = print_communities,
	};
	enum err err = tenant_check(ctl->db, export.tenant_id);

	return err == ERR_NONE ? export_run(ctl, &export) : ctl_status(err, CTL_NO_TENANT);
}

struct communities_import {
	struct db *db;
	int32_t tenant_id;
};

static const char *read_community_line(
	struct import *import, const struct csv_record *record, struct arena *arena, void *row_r)
{
	struct communities_import *context = import->ctx;
	struct community *community = row_r;
	const char *error = community_from_record(record, arena, community);
	struct region region;
	enum err err;

	if (error != NULL || community->region_code == 0)
		return error;
	err = region_find(context->db, community->region_code, &region);
	if (err == ERR_REGION_UNKNOWN)
		return csv_column_complain(record, arena, REGION_CODE,
			"is no known division; correct it, or first: wxuserctl regions import");
	import->err = err;
	community->region_code = region.code;
	return NULL;
}

/* Valid until the next call. */
static const char *key_of_community(const void *row)
{
	static char code[sizeof("-9223372036854775808")];
	const struct community *community = row;

	snprintf(code, sizeof(code), "%" PRId64, community->region_code);
	return community->region_code == 0 ? community->name : code;
}

static enum err import_part(struct import *import, struct db *db, void *rows, size_t n_rows)
{
	const struct communities_import *context = import->ctx;
	struct community_import part = {
		.tenant_id = context->tenant_id,
		.communities = rows,
		.n_communities = n_rows,
		.is_dry_run = import->is_dry_run,
	};
	enum err err = community_import(db, &part);

	if (err == ERR_NONE)
		import_count(import, n_rows, part.n_added, part.n_changed);
	return err;
}

static enum err check_communities(struct import *import, struct db *db, void *rows,
	const long *places, size_t n_rows)
{
	(void)places;
	return import->is_dry_run ? import_part(import, db, rows, n_rows) : ERR_NONE;
}

static int import_communities(struct ctl *ctl, const struct argument *arguments)
{
	struct communities_import context = {.db = ctl->db, .tenant_id = arguments[TENANT].number};
	struct import import = {
		.columns = community_columns,
		.skips_bad = arguments[SKIP_BAD].text != NULL,
		.is_dry_run = arguments[DRY_RUN].text != NULL,
		.row_size = sizeof(struct community),
		.read = read_community_line,
		.key = key_of_community,
		.key_name = "community",
		.check = check_communities,
		.apply = import_part,
		.reason = CTL_NO_TENANT,
		.things = "communities",
		.changed = "changed",
		.ctx = &context,
	};
	enum err err = tenant_check(ctl->db, context.tenant_id);

	if (err != ERR_NONE)
		return ctl_status(err, CTL_NO_TENANT);
	import_take_files(&import, arguments + FILES);
	return import_run(ctl, &import);
}

const struct command command_communities_export = {
	.name = "communities export",
	.arguments = "--tenant ID",
	.summary = "Prints a tenant's communities and their organisations as CSV",
	.details =
		"\"wxuserctl communities export --tenant 1 >communities.csv\" writes a file for\n"
		"communities import: UTF-8 with a byte order mark, so that spreadsheets know\n"
		"it.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = export_communities,
};

const struct command command_communities_import = {
	.name = "communities import",
	.arguments = "--tenant ID [--skip-bad] [--dry-run] FILE...",
	.summary = "Adds or updates a tenant's communities from a CSV file",
	.details =
		"FILE is CSV as a spreadsheet saves it: UTF-8, GB18030 or UTF-16, with commas,\n"
		"semicolons or tabs, or an object of JSON a line. Below a title, if any, a\n"
		"line names the columns: name (名称), which is required, regionCode\n"
		"(区划代码), regionLevel (区划级别, 0 to 5), organisation (机构),\n"
		"organisationLevel (机构级别, 0 to 5), businessType (业务类型), unitType\n"
		"(单位类型). A line is the community of its regionCode or,\n"
		"without one, that of its name. If there is none, the community is created, and\n"
		"so is the organisation. An absent column and an empty number change nothing;\n"
		"an empty organisation removes it. Nobody's memberships change.\n" IMPORT_DETAILS,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = import_communities,
};
