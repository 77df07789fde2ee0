#include <inttypes.h>

#include "cell.h"
#include "community.h"
#include "community_columns.h"
#include "csv.h"
#include "csv_write.h"
#include "str.h"

#define NAME_MAX_CHARS 64
#define LEVEL_MAX REGION_N_LEVELS

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

const struct csv_column community_columns[] = {
	[NAME] = {"name", "名称|社区|社区名称|小组|小组名称|名稱|社區|社區名稱", .is_required = true},
	[REGION_CODE] = {"regionCode", "区划代码|行政区划代码|地区代码|区域代码|區劃代碼|行政區劃代碼"},
	[REGION_LEVEL] = {"regionLevel", "区划级别|地区级别|区域级别|區劃級別"},
	[ORGANISATION] = {"organisation", "机构|机构名称|组织|单位|單位|機構|機構名稱|organization"},
	[ORGANISATION_LEVEL] = {"organisationLevel",
		"机构级别|组织级别|单位级别|機構級別|organization level"},
	[BUSINESS_TYPE] = {"businessType", "业务类型|業務類型"},
	[UNIT_TYPE] = {"unitType", "单位类型|机构类型|單位類型|機構類型"},
	[N_COLUMNS] = {NULL},
};

static bool read_number(struct arena *arena, const char *text, int32_t least, int32_t most,
	int32_t *number_r)
{
	*number_r = COMMUNITY_KEEP;
	if (str_is_empty(text))
		return true;
	return str_parse_int32(cell_plain(arena, text), number_r) && *number_r >= least &&
		*number_r <= most;
}

static const char *read_texts(const struct csv_record *record, struct arena *arena,
	struct community *community)
{
	const char *const *values = record->values;

	community->name = values[NAME];
	community->organisation = values[ORGANISATION];
	if (str_is_empty(values[NAME]) || str_n_chars(values[NAME]) > NAME_MAX_CHARS)
		return csv_record_complain(record, arena, NAME, "has over 64 characters");
	if (values[ORGANISATION] != NULL && str_n_chars(values[ORGANISATION]) > NAME_MAX_CHARS)
		return csv_record_complain(record, arena, ORGANISATION, "has over 64 characters");
	return NULL;
}

static const char *read_numbers(const struct csv_record *record, struct arena *arena,
	struct community *community)
{
	static const char not_a_level[] = "is not a number from 0 to 5";
	const char *const *values = record->values;

	if (!read_number(arena, values[REGION_LEVEL], 0, LEVEL_MAX, &community->region_level))
		return csv_record_complain(record, arena, REGION_LEVEL, not_a_level);
	if (!read_number(arena, values[ORGANISATION_LEVEL], 0, LEVEL_MAX,
		    &community->organisation_level))
		return csv_record_complain(record, arena, ORGANISATION_LEVEL, not_a_level);
	if (!read_number(arena, values[BUSINESS_TYPE], 0, INT32_MAX, &community->business_type))
		return csv_record_complain(record, arena, BUSINESS_TYPE, "is not a number from 0");
	if (!read_number(arena, values[UNIT_TYPE], 1, INT32_MAX, &community->unit_type))
		return csv_record_complain(record, arena, UNIT_TYPE, "is not a number from 1");
	if (!str_is_empty(values[REGION_CODE]) &&
		!str_parse_int64(cell_plain(arena, values[REGION_CODE]), &community->region_code))
		return csv_record_complain(record, arena, REGION_CODE, "is not a number");
	return NULL;
}

const char *community_columns_read(const struct csv_record *record, struct arena *arena,
	struct community *community_r)
{
	const char *error;

	*community_r = (struct community){0};
	error = read_texts(record, arena, community_r);
	return error != NULL ? error : read_numbers(record, arena, community_r);
}

const char *community_columns_no_region(const struct csv_record *record, struct arena *arena)
{
	return csv_record_complain(record, arena, REGION_CODE, "is no known division");
}

#define NUMBER_SIZE sizeof("-9223372036854775808")

/* What is not said is empty. */
static const char *number_text(int64_t number, int64_t unsaid, char text_r[NUMBER_SIZE])
{
	snprintf(text_r, NUMBER_SIZE, "%" PRId64, number);
	return number == unsaid ? "" : text_r;
}

void community_columns_write(FILE *out, const struct community *community)
{
	char texts[N_COLUMNS][NUMBER_SIZE];
	const char *const values[N_COLUMNS] = {
		[NAME] = community->name,
		[REGION_CODE] = number_text(community->region_code, 0, texts[REGION_CODE]),
		[REGION_LEVEL] = number_text(
			community->region_level, COMMUNITY_KEEP, texts[REGION_LEVEL]),
		[ORGANISATION] = community->organisation,
		[ORGANISATION_LEVEL] = number_text(community->organisation_level, COMMUNITY_KEEP,
			texts[ORGANISATION_LEVEL]),
		[BUSINESS_TYPE] = number_text(
			community->business_type, COMMUNITY_KEEP, texts[BUSINESS_TYPE]),
		[UNIT_TYPE] = number_text(
			community->unit_type, COMMUNITY_KEEP, texts[UNIT_TYPE]),
	};

	csv_write(out, values, N_COLUMNS);
}
