#include "arena.h"
#include "csv.h"
#include "date.h"
#include "member_columns.h"
#include "member_roll.h"
#include "str.h"

#define NAME_MAX_CHARS 64
#define ADDRESS_MAX_CHARS 256
#define SEX_MAX 9
#define MIDNIGHT " 00:00:00"
#define DAY_SIZE (sizeof("1990-05-01") - 1)

enum { NAME, PHONE, SEX, BIRTHDAY, ID_CARD, ADDRESS, CARD_STATE, N_COLUMNS };

const char *const member_columns[] = {
	[NAME] = "name",
	[PHONE] = "phone",
	[SEX] = "sex",
	[BIRTHDAY] = "birthday",
	[ID_CARD] = "idCard",
	[ADDRESS] = "address",
	[CARD_STATE] = "cardState",
	[N_COLUMNS] = NULL,
};

static const char *const card_states[] = {
	[CARD_VALID] = "valid",
	[CARD_LOST] = "lost",
	[CARD_VOID] = "void",
	[CARD_UNUSABLE] = "unusable",
};

static bool read_birthday(struct arena *arena, const char **birthday)
{
	struct date date;

	if (str_is_empty(*birthday))
		return true;
	if (!date_parse_invariant(*birthday, &date))
		return false;
	*birthday = date.ticks == 0 ? "" : date_local_text(arena, &date);
	return true;
}

static bool read_sex(const char *text, int32_t *sex_r)
{
	*sex_r = text == NULL ? MEMBER_KEEP : 0;
	if (str_is_empty(text))
		return true;
	return str_parse_int32(text, sex_r) && *sex_r >= 0 && *sex_r <= SEX_MAX;
}

static bool read_card_state(const char *text, int32_t *card_state_r)
{
	*card_state_r = MEMBER_KEEP;
	if (str_is_empty(text))
		return true;
	for (int32_t i = 0; i <= CARD_UNUSABLE; i++)
		if (strcmp(text, card_states[i]) == 0)
			*card_state_r = i;
	return *card_state_r != MEMBER_KEEP;
}

static bool is_longer(const char *text, size_t n_chars)
{
	return text != NULL && str_n_chars(text) > n_chars;
}

const char *member_columns_read(
	const struct csv_record *record, struct arena *arena, struct member *member_r)
{
	const char *const *values = record->values;
	enum err err;

	*member_r = (struct member){
		.name = values[NAME],
		.phone = values[PHONE],
		.birthday = values[BIRTHDAY],
		.id_card = values[ID_CARD],
		.address = values[ADDRESS],
	};
	err = member_normalise(member_r, arena);
	if (err == ERR_PHONE_MALFORMED)
		return "phone is not a mobile number";
	if (err == ERR_ID_CARD_MALFORMED)
		return "idCard is not the number of an identity card";
	if (is_longer(values[NAME], NAME_MAX_CHARS))
		return "name has over 64 characters";
	if (is_longer(values[ADDRESS], ADDRESS_MAX_CHARS))
		return "address has over 256 characters";
	if (!read_sex(values[SEX], &member_r->sex))
		return "sex is not a number from 0 to 9";
	if (!read_birthday(arena, &member_r->birthday))
		return "birthday is not a date";
	if (!read_card_state(values[CARD_STATE], &member_r->card_state))
		return "cardState is none of valid, lost, void, unusable";
	return NULL;
}

void member_columns_write(FILE *out, const struct member *member)
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
	csv_write(out, values, N_COLUMNS);
}
