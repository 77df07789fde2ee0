#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "cell.h"
#include "clock.h"
#include "date.h"
#include "fold.h"
#include "mobile.h"
#include "str.h"
#include "user_fields.h"
#include "words.h"

#define NAME_MAX_CHARS 64
#define AVATAR_MAX_CHARS 512
#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define NO_SOURCE "-"
#define SECOND_DIGITS 10
#define MS_DIGITS 13
#define INSTANT_SIZE (CLOCK_SECOND_SIZE + sizeof(".123456Z"))

const struct csv_column user_columns[] = {
	[FIELD_OPENID] = {"openid", "微信openid|小程序openid|公众号openid", .is_required = true,
		.is_personal = true, .id = FIELD_OPENID},
	[FIELD_UNIONID] = {"unionid", "微信unionid", .is_personal = true, .id = FIELD_UNIONID},
	[FIELD_EXTERNAL_ID] = {"externalId",
		"用户编号|会员编号|用户ID|会员ID|编号|用戶編號|會員編號|id|uid|user id",
		.id = FIELD_EXTERNAL_ID},
	[FIELD_EXTERNAL_SOURCE] = {"externalSource", "来源系统|來源系統",
		.id = FIELD_EXTERNAL_SOURCE},
	[FIELD_NAME] = {"name", "昵称|微信昵称|姓名|用户名|名称|暱稱|nickname|nick name",
		.is_personal = true, .id = FIELD_NAME},
	[FIELD_AVATAR] = {"avatar", "头像|头像地址|微信头像|頭像|avatar url|headimgurl",
		.is_personal = true, .id = FIELD_AVATAR},
	[FIELD_PHONE] = {"phone",
		"手机号|手机号码|手机|电话|联系电话|绑定手机|手機號|手機號碼|手機|電話|mobile|"
		"mobile phone|phone number|tel",
		.is_personal = true, .id = FIELD_PHONE},
	[FIELD_PHONE_CONFIRMED] = {"phoneConfirmed",
		"手机号已验证|手机已验证|已验证手机|手機號已驗證|phone verified|mobile confirmed",
		.id = FIELD_PHONE_CONFIRMED},
	[FIELD_GENDER] = {"gender", "性别|性別|sex", .id = FIELD_GENDER},
	[FIELD_LANGUAGE] = {"language", "语言|語言", .id = FIELD_LANGUAGE},
	[FIELD_COUNTRY] = {"country", "国家|國家", .id = FIELD_COUNTRY},
	[FIELD_PROVINCE] = {"province", "省份|省", .id = FIELD_PROVINCE},
	[FIELD_CITY] = {"city", "城市|市", .id = FIELD_CITY},
	[FIELD_CREATED_AT] = {"createdAt",
		"注册时间|创建时间|加入时间|註冊時間|創建時間|create time|register date",
		.id = FIELD_CREATED_AT},
	[FIELD_LAST_LOGIN_AT] = {"lastLoginAt",
		"最后登录时间|最近登录时间|最后登录|最後登錄時間|last login|login date",
		.id = FIELD_LAST_LOGIN_AT},
	[FIELD_DISABLED] = {"disabled", "停用|已停用|禁用|已禁用|封禁|blocked|banned",
		.id = FIELD_DISABLED},
	[N_USER_FIELDS] = {NULL},
};

/* ---- Reading. */

static const char *const confirmed_words[] = {
	[0] = "false|no|n|0|否|未验证|未認證|未驗證|未认证|未绑定",
	[1] = "true|yes|y|1|是|已验证|已认证|已驗證|已認證|已绑定",
};

static const char *const disabled_words[] = {
	[0] = "false|no|n|0|否|正常|启用|未停用|啟用",
	[1] = "true|yes|y|1|是|停用|已停用|禁用|已禁用|封禁|已封禁",
};

/* Seconds or milliseconds since 1970; 0: it is neither. */
static int64_t instant_of_digits(const char *text)
{
	const size_t size = strlen(text);
	int64_t number;

	if (strspn(text, DIGITS) != size || !str_parse_int64(text, &number))
		return 0;
	if (size == SECOND_DIGITS)
		return number * CLOCK_SECOND_US;
	return size == MS_DIGITS ? number * 1000 : 0;
}

/* Databases write 0 or 0000-00-00 00:00:00 for a time that they do not have. */
static bool is_no_time(const char *text)
{
	return strspn(text, "0-: .") == strlen(text);
}

/* 13/3/2021: no month is the first number, which stands where a year has four digits. */
static bool begins_with_day(const char *text)
{
	const size_t n = strspn(text, DIGITS);

	return n > 0 && n <= 2 && text[n] != '\0' && strchr("/.-", text[n]) != NULL &&
		strtol(text, NULL, 10) > 12;
}

static const char *instant_problem(const char *text, int64_t instant_us)
{
	if (cell_is_excel_day(text))
		return "is a day as Excel counts them; format the column as a date, such as "
		       "2024-05-01, and export again";
	if (begins_with_day(text))
		return "has the day before the month; export the column as 2024-05-01 08:30:00";
	return instant_us > 0
		? "is in the future; without a zone a time is in UTC+8: correct it, add its zone "
		  "as in 2024-05-01T08:30:00Z, or leave it empty"
		: "is no time since 1970; write it as 2024-05-01 08:30:00, or leave it empty";
}

/* NULL, or what is wrong. */
static const char *read_instant(
	struct arena *arena, const struct csv_record *record, int column, int64_t *instant_us_r)
{
	const char *text = record->values[column], *day, *problem = NULL;
	struct date date;

	*instant_us_r = 0;
	if (str_is_empty(text) || is_no_time(text))
		return NULL;
	*instant_us_r = instant_of_digits(cell_plain(arena, text));
	day = cell_day(arena, text);
	if (*instant_us_r == 0 && date_parse_xsd(text, &date)) {
		*instant_us_r = date_to_instant(&date);
	} else if (*instant_us_r == 0 && date_parse_invariant(day, &date)) {
		*instant_us_r = date_to_instant(&date);
		problem = cell_day_problem(day);
	}
	if (problem == NULL && (*instant_us_r <= 0 || *instant_us_r > clock_now_us()))
		problem = instant_problem(cell_plain(arena, text), *instant_us_r);
	return problem == NULL ? NULL : csv_column_complain(record, arena, column, problem);
}

static const char *read_external_ids(
	struct arena *arena, const struct csv_record *record, struct user_import_row *row)
{
	const char *text = record->values[FIELD_EXTERNAL_ID];
	size_t n = 0;

	if (str_is_empty(text))
		return NULL;
	if (cell_loss(text) != NULL)
		return csv_column_complain(record, arena, FIELD_EXTERNAL_ID, "");
	text = cell_after_apostrophes(text);
	for (size_t size; *text != '\0'; text += size + strspn(text + size, " ")) {
		size = strcspn(text, " ");
		if (n == USER_IMPORT_IDS_MAX)
			return csv_column_complain(
				record, arena, FIELD_EXTERNAL_ID, "has over 8 ids; leave 8");
		row->external_ids[n] = arena_strndup(arena, text, size);
		if (!fold_is_plain(row->external_ids[n++], USER_IMPORT_ID_CHARS_MAX))
			return csv_column_complain(record, arena, FIELD_EXTERNAL_ID,
				"is not 1 to 128 characters without controls; correct it, or leave "
				"it empty");
	}
	return NULL;
}

bool user_fields_is_source(const char *name)
{
	const size_t size = strlen(name);

	return size > 0 && size <= USER_IMPORT_SOURCE_MAX && strcmp(name, NO_SOURCE) != 0 &&
		strspn(name, DIGITS LETTERS "-._") == size;
}

static const char *read_sources(
	struct arena *arena, const struct csv_record *record, struct user_import_row *row)
{
	const char *text = record->values[FIELD_EXTERNAL_SOURCE];
	size_t n = 0, n_ids = 0;

	if (str_is_empty(text))
		return NULL;
	while (n_ids < USER_IMPORT_IDS_MAX && row->external_ids[n_ids] != NULL)
		n_ids++;
	text = cell_after_apostrophes(text);
	for (size_t size; *text != '\0' && n < n_ids; text += size + strspn(text + size, " ")) {
		const char *source;

		size = strcspn(text, " ");
		source = arena_strndup(arena, text, size);
		if (strcmp(source, NO_SOURCE) != 0 && !user_fields_is_source(source))
			break;
		row->sources[n++] = strcmp(source, NO_SOURCE) == 0 ? NULL : source;
	}
	if (*text == '\0' && n == n_ids)
		return NULL;
	return csv_column_complain(record, arena, FIELD_EXTERNAL_SOURCE,
		"is not a name for each id; a name is 1 to 32 letters, digits, - . or _, and - "
		"stands for none");
}

/* WeChat's ids are no number: such a column is another one. Nor are they what programs write for
 * none, by which all users would be one. */
static bool is_wechat_id(struct arena *arena, const char *text)
{
	static const char *const none[] = {[0] = "null|none|nil|undefined|nan|false|true"};
	int32_t number;

	return text != NULL && str_is_openid(text) && strspn(text, DIGITS) < strlen(text) &&
		!WORDS_FIND(none, cell_plain(arena, text), &number);
}

static const char *id_of_cell(const char *value)
{
	return value == NULL ? NULL : cell_after_apostrophes(value);
}

static const char *read_wechat_ids(
	struct arena *arena, const struct csv_record *record, struct user_import_row *row)
{
	const char *const *values = record->values;
	const char *openid = id_of_cell(values[FIELD_OPENID]);
	const char *unionid = id_of_cell(values[FIELD_UNIONID]);

	if (!is_wechat_id(arena, openid))
		return csv_column_complain(record, arena, FIELD_OPENID,
			"is not an openid; export the column that has WeChat's, or name it with "
			"--map openid=COLUMN");
	if (!str_is_empty(unionid) && !is_wechat_id(arena, unionid))
		return csv_column_complain(record, arena, FIELD_UNIONID,
			"is not a unionid; correct it, or leave it empty");
	row->openid = openid;
	row->unionid = str_is_empty(unionid) ? NULL : unionid;
	return NULL;
}

static const char *read_texts(
	struct arena *arena, const struct csv_record *record, struct user_import_row *row)
{
	const struct {
		int field;
		const char **text;
		size_t chars_max;
		const char *problem;
	} texts[] = {
		{FIELD_NAME, &row->profile.name, NAME_MAX_CHARS,
			"has over 64 characters; shorten it"},
		{FIELD_AVATAR, &row->profile.avatar, AVATAR_MAX_CHARS,
			"has over 512 characters; shorten it"},
		{FIELD_LANGUAGE, &row->profile.language, NAME_MAX_CHARS,
			"has over 64 characters; shorten it"},
		{FIELD_COUNTRY, &row->profile.country, NAME_MAX_CHARS,
			"has over 64 characters; shorten it"},
		{FIELD_PROVINCE, &row->profile.province, NAME_MAX_CHARS,
			"has over 64 characters; shorten it"},
		{FIELD_CITY, &row->profile.city, NAME_MAX_CHARS,
			"has over 64 characters; shorten it"},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *text = record->values[texts[i].field];

		if (text != NULL && str_n_chars(text) > texts[i].chars_max)
			return csv_column_complain(record, arena, texts[i].field, texts[i].problem);
		*texts[i].text = text;
	}
	return NULL;
}

static const char *read_phone(
	struct arena *arena, const struct csv_record *record, struct user_import_row *row)
{
	const char *text = record->values[FIELD_PHONE];
	char phone[MOBILE_ANYWHERE_SIZE];

	if (str_is_empty(text))
		return NULL;
	if (!mobile_normalise_anywhere(cell_plain(arena, text), phone))
		return csv_column_complain(record, arena, FIELD_PHONE,
			"is not a mobile number; correct it, or leave it empty");
	row->profile.phone = arena_strdup(arena, phone);
	return NULL;
}

/* A word says that it was confirmed at some time: not after the last login, or else not after the
 * registration. */
static const char *read_confirmation(
	struct arena *arena, const struct csv_record *record, struct user_import_row *row)
{
	const char *text = record->values[FIELD_PHONE_CONFIRMED];
	int32_t is_confirmed;

	if (str_is_empty(text) || row->profile.phone == NULL)
		return NULL;
	if (!WORDS_FIND(confirmed_words, cell_plain(arena, text), &is_confirmed))
		return read_instant(arena, record, FIELD_PHONE_CONFIRMED, &row->confirmed_us);
	if (is_confirmed)
		row->confirmed_us = row->seen_us != 0 ? row->seen_us
			: row->created_us != 0        ? row->created_us
						      : clock_now_us();
	row->is_undated = is_confirmed && row->seen_us == 0 && row->created_us == 0;
	return NULL;
}

static const char *read_disabled(
	struct arena *arena, const struct csv_record *record, struct user_import_row *row)
{
	const char *text = record->values[FIELD_DISABLED];
	int32_t is_disabled = 0;

	if (!str_is_empty(text) &&
		!WORDS_FIND(disabled_words, cell_plain(arena, text), &is_disabled))
		return csv_column_complain(record, arena, FIELD_DISABLED,
			"is neither true (是) nor false (否); correct it, or leave it empty");
	row->is_disabled = is_disabled != 0;
	return NULL;
}

static const char *read_gender(
	struct arena *arena, const struct csv_record *record, struct user_import_row *row)
{
	const char *text = record->values[FIELD_GENDER];

	if (str_is_empty(text) || words_find_sex(cell_plain(arena, text), &row->profile.gender))
		return NULL;
	return csv_column_complain(record, arena, FIELD_GENDER,
		"is neither 男 nor 女 nor a number from 0 to 9; correct it, or leave it empty");
}

const char *user_fields_read(const struct csv_record *record, bool trusts_phones,
	struct arena *arena, struct user_import_row *row_r)
{
	const char *error;

	*row_r = (struct user_import_row){0};
	error = read_wechat_ids(arena, record, row_r);
	if (error == NULL)
		error = read_external_ids(arena, record, row_r);
	if (error == NULL)
		error = read_sources(arena, record, row_r);
	if (error == NULL)
		error = read_texts(arena, record, row_r);
	if (error == NULL)
		error = read_gender(arena, record, row_r);
	if (error == NULL)
		error = read_instant(arena, record, FIELD_CREATED_AT, &row_r->created_us);
	if (error == NULL)
		error = read_instant(arena, record, FIELD_LAST_LOGIN_AT, &row_r->seen_us);
	if (error == NULL)
		error = read_phone(arena, record, row_r);
	if (error == NULL)
		error = read_confirmation(arena, record, row_r);
	if (error == NULL)
		error = read_disabled(arena, record, row_r);
	if (!trusts_phones)
		row_r->confirmed_us = 0;
	return error;
}

/* ---- Writing. */

static const char *instant_text(struct arena *arena, int64_t instant_us)
{
	char *text, *end;
	struct civil civil;

	if (instant_us == 0)
		return "";
	text = arena_alloc(arena, INSTANT_SIZE);
	clock_to_civil(instant_us, 0, &civil);
	end = clock_put_second(text, &civil, 'T');
	*end++ = '.';
	end = str_put_digits(end, (unsigned)civil.microsecond, 6);
	*end++ = 'Z';
	*end = '\0';
	return text;
}

static const char *or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

static const char *external_ids_text(struct arena *arena, const char *const *ids)
{
	const char *text = or_empty(ids[0]);

	for (size_t i = 1; i < USER_IMPORT_IDS_MAX && ids[i] != NULL; i++)
		text = arena_printf(arena, "%s %s", text, ids[i]);
	return text;
}

/* Empty if no source is named. */
static const char *sources_text(struct arena *arena, const struct user_import_row *row)
{
	const char *text = "";
	bool is_named = false;

	for (size_t i = 0; i < USER_IMPORT_IDS_MAX && row->external_ids[i] != NULL; i++) {
		const bool has_name = !str_is_empty(row->sources[i]);

		text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : " ",
			has_name ? row->sources[i] : NO_SOURCE);
		is_named |= has_name;
	}
	return is_named ? text : "";
}

void user_fields_write(
	const struct user_import_row *row, struct arena *arena, const char *values_r[N_USER_FIELDS])
{
	const struct profile *profile = &row->profile;

	values_r[FIELD_OPENID] = row->openid;
	values_r[FIELD_UNIONID] = or_empty(row->unionid);
	values_r[FIELD_EXTERNAL_ID] = external_ids_text(arena, row->external_ids);
	values_r[FIELD_EXTERNAL_SOURCE] = sources_text(arena, row);
	values_r[FIELD_NAME] = or_empty(profile->name);
	values_r[FIELD_AVATAR] = or_empty(profile->avatar);
	values_r[FIELD_PHONE] = or_empty(profile->phone);
	values_r[FIELD_PHONE_CONFIRMED] = instant_text(arena, row->confirmed_us);
	values_r[FIELD_GENDER] = profile->gender == 1 ? "1" : profile->gender == 2 ? "2" : "";
	values_r[FIELD_LANGUAGE] = or_empty(profile->language);
	values_r[FIELD_COUNTRY] = or_empty(profile->country);
	values_r[FIELD_PROVINCE] = or_empty(profile->province);
	values_r[FIELD_CITY] = or_empty(profile->city);
	values_r[FIELD_CREATED_AT] = instant_text(arena, row->created_us);
	values_r[FIELD_LAST_LOGIN_AT] = instant_text(arena, row->seen_us);
	values_r[FIELD_DISABLED] = row->is_disabled ? "true" : "";
}
