#include <inttypes.h>

#include "community.h"
#include "community_columns.h"
#include "csv.h"
#include "fold.h"
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

const char *const community_columns[] = {
	[NAME] = "name",
	[REGION_CODE] = "regionCode",
	[REGION_LEVEL] = "regionLevel",
	[ORGANISATION] = "organisation",
	[ORGANISATION_LEVEL] = "organisationLevel",
	[BUSINESS_TYPE] = "businessType",
	[UNIT_TYPE] = "unitType",
	[N_COLUMNS] = NULL,
};

static bool read_number(const char *text, int32_t least, int32_t most, int32_t *number_r)
{
	*number_r = COMMUNITY_KEEP;
	if (str_is_empty(text))
		return true;
	return str_parse_int32(text, number_r) && *number_r >= least && *number_r <= most;
}

const char *community_columns_read(
	const struct csv_record *record, struct community *community_r)
{
	const char *const *values = record->values;

	*community_r = (struct community){
		.name = values[NAME],
		.organisation = values[ORGANISATION],
	};
	if (fold_is_blank(values[NAME]) || str_n_chars(values[NAME]) > NAME_MAX_CHARS)
		return "name has not 1 to 64 characters";
	if (values[ORGANISATION] != NULL && str_n_chars(values[ORGANISATION]) > NAME_MAX_CHARS)
		return "organisation has over 64 characters";
	if (!read_number(values[REGION_LEVEL], 0, LEVEL_MAX, &community_r->region_level))
		return "regionLevel is not a number from 0 to 5";
	if (!read_number(values[ORGANISATION_LEVEL], 0, LEVEL_MAX,
		    &community_r->organisation_level))
		return "organisationLevel is not a number from 0 to 5";
	if (!read_number(values[BUSINESS_TYPE], 0, INT32_MAX, &community_r->business_type))
		return "businessType is not a number from 0";
	if (!read_number(values[UNIT_TYPE], 1, INT32_MAX, &community_r->unit_type))
		return "unitType is not a number from 1";
	if (!str_is_empty(values[REGION_CODE]) &&
		!str_parse_int64(values[REGION_CODE], &community_r->region_code))
		return "regionCode is not a number";
	return NULL;
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
