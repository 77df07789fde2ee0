#include "arena.h"
#include "cell.h"
#include "command.h"
#include "csv.h"
#include "date.h"
#include "export.h"
#include "import.h"
#include "line_keys.h"
#include "member.h"
#include "str.h"
#include "tenant.h"
#include "words.h"

#define NAME_MAX_CHARS 64
#define ADDRESS_MAX_CHARS 256
#define MIDNIGHT " 00:00:00"
#define DAY_SIZE (sizeof("1990-05-01") - 1)
#define DIGITS "0123456789"
#define ID_CARD_DIGITS 18
#define LOST_DIGITS "000"

enum { NAME, PHONE, SEX, BIRTHDAY, ID_CARD, ADDRESS, CARD_STATE, N_COLUMNS };

enum { TENANT, SKIP_BAD, DRY_RUN, FILES };

/*
 * A member as a line of a file.
 *
 *	name      up to 64 characters
 *	phone     a mobile number; the one column that must be there
 *	sex       0 to 9; 男 is 1, 女 is 2
 *	birthday  a day, or a day and a time, in UTC+8; one of two meanings, such as
 *	          03/04/1990 or 1-May-25, is refused
 *	idCard    the number of an identity card
 *	address   up to 256 characters
 *	cardState valid, lost, void or unusable, or the Chinese word
 *
 * A column that is not there leaves what is stored, an empty value clears it; an empty cardState
 * leaves it, too, and so does a line that ends before a column.
 */
static const struct csv_column member_columns[] = {
	[NAME] = {"name",
		"姓名|会员姓名|客户姓名|顾客姓名|真实姓名|会员名称|客户名称|名字|會員姓名|客戶姓名",
		.is_personal = true},
	[PHONE] = {"phone",
		"手机号|手机号码|手机|电话|电话号码|联系电话|联系方式|移动电话|会员手机|会员手机号|"
		"会员电话|手機號|手機號碼|手機|電話|電話號碼|聯繫電話|聯絡電話|行動電話|mobile|"
		"mobile phone|mobile number|phone number|cellphone|tel|telephone",
		.is_required = true, .is_personal = true},
	[SEX] = {"sex", "性别|會員性別|性別|会员性别|gender"},
	[BIRTHDAY] = {"birthday",
		"生日|出生日期|出生年月日|会员生日|會員生日|birth date|date of birth",
		.is_personal = true},
	[ID_CARD] = {"idCard",
		"身份证号|身份证号码|身份证|证件号码|证件号|身份證號|身份證號碼|身份證|證件號碼|"
		"id card number|id number|id no",
		.is_personal = true},
	[ADDRESS] = {"address",
		"地址|住址|联系地址|家庭住址|家庭地址|详细地址|聯繫地址|聯絡地址|詳細地址",
		.is_personal = true},
	[CARD_STATE] = {"cardState", "会员卡状态|卡状态|会员状态|状态|會員卡狀態|卡狀態|狀態"},
	[N_COLUMNS] = {NULL},
};

/* Words for each number, with '|' between. */
static const char *const card_words[] = {
	[CARD_VALID] = "valid|正常|有效|启用|啟用",
	[CARD_LOST] = "lost|挂失|已挂失|丢失|遗失|掛失|已掛失",
	[CARD_VOID] = "void|作废|已作废|注销|已注销|作廢|已作廢|註銷",
	[CARD_UNUSABLE] = "unusable|停用|已停用|冻结|已冻结|禁用|不可用|凍結",
};

static const char *const card_states[] = {
	[CARD_VALID] = "valid",
	[CARD_LOST] = "lost",
	[CARD_VOID] = "void",
	[CARD_UNUSABLE] = "unusable",
};

static bool read_sex(struct arena *arena, const char *text, int32_t *sex_r)
{
	*sex_r = text == NULL ? MEMBER_KEEP : 0;
	if (str_is_empty(text))
		return true;
	return words_find_sex(cell_plain(arena, text), sex_r);
}

static bool read_card_state(struct arena *arena, const char *text, int32_t *card_state_r)
{
	*card_state_r = MEMBER_KEEP;
	return str_is_empty(text) || WORDS_FIND(card_words, cell_plain(arena, text), card_state_r);
}

static bool is_longer(const char *text, size_t n_chars)
{
	return text != NULL && str_n_chars(text) > n_chars;
}

static const char *plain_or_null(struct arena *arena, const char *text)
{
	return text == NULL ? NULL : cell_plain(arena, text);
}

/* Excel keeps 15 digits of a number and replaces the others by 0. */
static const char *id_card_problem(const char *id_card)
{
	const char *end = id_card + ID_CARD_DIGITS - strlen(LOST_DIGITS);

	if (strlen(id_card) == ID_CARD_DIGITS && strspn(id_card, DIGITS) == ID_CARD_DIGITS &&
		strcmp(end, LOST_DIGITS) == 0)
		return "has lost its last three digits to Excel, which keeps 15 of a number; take "
		       "the column again from where it came from, as text";
	return "is not the number of an identity card";
}

static const char *birthday_problem(const char *birthday)
{
	if (cell_is_excel_day(birthday))
		return "is a day as Excel counts them; format the column as a date, such as "
		       "1990-05-01, and export again";
	return "is not a date; write it as 1990-05-01";
}

/* NULL, or what is wrong. */
static const char *read_birthday(struct arena *arena, const char **birthday)
{
	struct date date;
	const char *day;

	if (str_is_empty(*birthday))
		return NULL;
	day = cell_day(arena, *birthday);
	if (!date_parse_invariant(day, &date))
		return birthday_problem(*birthday);
	*birthday = date.ticks == 0 ? "" : date_local_text(arena, &date);
	return cell_day_problem(day);
}

static const char *numbers_problem(enum err err, const struct member *member,
	const struct csv_record *record, struct arena *arena)
{
	if (err == ERR_PHONE_MALFORMED)
		return csv_column_complain(record, arena, PHONE, "is not a mobile number");
	if (err == ERR_ID_CARD_MALFORMED)
		return csv_column_complain(
			record, arena, ID_CARD, id_card_problem(member->id_card));
	return NULL;
}

static const char *member_from_record(
	const struct csv_record *record, struct arena *arena, struct member *member_r)
{
	const char *const *values = record->values;
	const char *error;

	*member_r = (struct member){
		.name = values[NAME],
		.phone = plain_or_null(arena, values[PHONE]),
		.birthday = values[BIRTHDAY],
		.id_card = plain_or_null(arena, values[ID_CARD]),
		.address = values[ADDRESS],
	};
	error = numbers_problem(member_normalise(member_r, arena), member_r, record, arena);
	if (error != NULL)
		return error;
	if (is_longer(values[NAME], NAME_MAX_CHARS))
		return csv_column_complain(record, arena, NAME, "has over 64 characters");
	if (is_longer(values[ADDRESS], ADDRESS_MAX_CHARS))
		return csv_column_complain(record, arena, ADDRESS, "has over 256 characters");
	if (!read_sex(arena, values[SEX], &member_r->sex))
		return csv_column_complain(
			record, arena, SEX, "is neither 男 nor 女 nor a number from 0 to 9");
	error = read_birthday(arena, &member_r->birthday);
	if (error != NULL)
		return csv_column_complain(record, arena, BIRTHDAY, error);
	if (!read_card_state(arena, values[CARD_STATE], &member_r->card_state))
		return csv_column_complain(record, arena, CARD_STATE,
			"is none of valid (正常), lost (挂失), void (作废), unusable (停用)");
	return NULL;
}

static void print_member(const struct member *member)
{
	char sex[sizeof("-2147483648")], birthday[32];
	const char *values[N_COLUMNS] = {
		[NAME] = member->name,
		[PHONE] = member->phone,
		[SEX] = sex,
		[BIRTHDAY] = birthday,
		[ID_CARD] = member->id_card,
		[ADDRESS] = member->address,
		[CARD_STATE] = card_states[member->card_state],
	};

	snprintf(sex, sizeof(sex), "%d", member->sex);
	snprintf(birthday, sizeof(birthday), "%s", member->birthday);
	if (strcmp(birthday + strnlen(birthday, DAY_SIZE), MIDNIGHT) == 0)
		birthday[DAY_SIZE] = '\0';
	csv_write(stdout, values, N_COLUMNS);
}

/* ---- The commands. */

static enum err print_members(
	const struct export *export, struct db *db, int64_t *last_id, size_t *n_r)
{
	const struct member *members;
	enum err err = member_export_page(
		db, export->tenant_id, (int32_t)*last_id, &members, n_r);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; i < *n_r; i++) {
		print_member(&members[i]);
		*last_id = members[i].id;
	}
	return ERR_NONE;
}

static int export_members(struct ctl *ctl, const struct argument *arguments)
{
	const struct export export = {
		.tenant_id = arguments[TENANT].number,
		.columns = member_columns,
		.write_page = print_members,
	};
	enum err err = member_export_begin(ctl->db, export.tenant_id);

	return err == ERR_NONE ? export_run(ctl, &export) : ctl_status(err, CTL_NO_TENANT);
}

static const char *read_member_line(
	struct import *import, const struct csv_record *record, struct arena *arena, void *row_r)
{
	struct member_import_row *row = row_r;

	(void)import;
	return member_from_record(record, arena, &row->member);
}

/* Void cards may share a phone. */
static const char *key_of_member(const void *row)
{
	const struct member *member = &((const struct member_import_row *)row)->member;

	return member->card_state == CARD_VOID ? NULL : member->phone;
}

/* If no other line of the file has the phone of a void card, the line voids the live card. */
static enum err import_part(struct import *import, struct db *db, void *rows, size_t n_rows)
{
	const int32_t *tenant_id = import->ctx;
	struct member_import_row *members = rows;
	struct member_import part = {
		.tenant_id = *tenant_id,
		.rows = members,
		.n_rows = n_rows,
		.is_dry_run = import->is_dry_run,
	};
	enum err err;

	for (size_t i = 0; i < n_rows; i++)
		members[i].voids_live = line_keys_find(import->keys, members[i].member.phone) == 0;
	err = member_import(db, &part);
	if (err == ERR_NONE)
		import_count(import, n_rows, part.n_added, part.n_changed);
	return err;
}

static enum err check_members(struct import *import, struct db *db, void *rows, const long *places,
	size_t n_rows)
{
	(void)places;
	return import->is_dry_run ? import_part(import, db, rows, n_rows) : ERR_NONE;
}

static int import_members(struct ctl *ctl, const struct argument *arguments)
{
	int32_t tenant_id = arguments[TENANT].number;
	struct import import = {
		.columns = member_columns,
		.skips_bad = arguments[SKIP_BAD].text != NULL,
		.is_dry_run = arguments[DRY_RUN].text != NULL,
		.row_size = sizeof(struct member_import_row),
		.read = read_member_line,
		.key = key_of_member,
		.key_name = "phone",
		.check = check_members,
		.apply = import_part,
		.reason = CTL_NO_TENANT,
		.things = "members",
		.changed = "changed",
		.ctx = &tenant_id,
	};
	enum err err = tenant_check(ctl->db, tenant_id);

	if (err != ERR_NONE)
		return ctl_status(err, CTL_NO_TENANT);
	import_take_files(&import, arguments + FILES);
	return import_run(ctl, &import);
}

const struct command command_members_export = {
	.name = "members export",
	.arguments = "--tenant ID",
	.summary = "Prints a tenant's members as CSV, with their personal data",
	.details =
		"\"wxuserctl members export --tenant 1 >members.csv\" writes a file for members\n"
		"import: UTF-8 with a byte order mark, so that spreadsheets know it. A value\n"
		"that spreadsheets would take for a formula, such as a phone with +, has an\n"
		"apostrophe before it, which members import removes. Keep the file as you keep\n"
		"the database.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = export_members,
};

const struct command command_members_import = {
	.name = "members import",
	.arguments = "--tenant ID [--skip-bad] [--dry-run] FILE...",
	.summary = "Adds or updates a tenant's members from a CSV file",
	.details =
		"FILE is CSV as a spreadsheet saves it: UTF-8, GB18030 or UTF-16, with\n"
		"commas, semicolons or tabs, or an object of JSON a line. Below a title, if\n"
		"any, a line names the columns: name (姓名), phone (手机号), which is\n"
		"required, sex (性别: 男, 女, or 0 to 9), birthday (生日), idCard\n"
		"(身份证号), address (地址), cardState (会员卡状态: valid or 正常, lost or\n"
		"挂失, void or 作废, unusable or 停用). The member with a line's phone is\n"
		"changed; if there is none, a new one is created. An absent column changes\n"
		"nothing, nor do those after the end of a line; an empty value clears what\n"
		"is stored. Empty lines do not count. A line with cardState void makes the\n"
		"member's card void, unless another line has the phone. Users bound to a\n"
		"member stay bound.\n" IMPORT_DETAILS,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = import_members,
};
