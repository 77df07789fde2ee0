#include "fold.h"
#include "mobile.h"
#include "str.h"

#define DIGITS "0123456789"
#define MAINLAND_DIGITS 11
#define ABROAD_DIGITS_MIN 8
#define ABROAD_DIGITS_MAX 15
/* Reads the number without its label, brackets and (0). */
#define COMPACT_SIZE 64

static const char *after_label(const char *text)
{
	static const char *const labels[] = {
		"telephone", "tel", "phone", "mobile", "手机号码", "手机号", "手机",
		"移动电话", "联系电话", "联系方式", "电话号码", "电话",
	};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (str_starts_with(text, labels[i])) {
			text += strlen(labels[i]);
			return text + strspn(text, ":/");
		}
	return text;
}

static bool compact(const char *text, char compact_r[COMPACT_SIZE])
{
	char folded[COMPACT_SIZE];
	char *to = compact_r;

	if (!fold_text(text, "-.", folded, sizeof(folded)))
		return false;
	for (const char *at = after_label(folded); *at != '\0'; at++) {
		if (str_starts_with(at, "(0)"))
			at += 2;
		else if (*at != '(' && *at != ')')
			*to++ = *at;
	}
	*to = '\0';
	return true;
}

/* Returns the number without the code of the mainland. */
static const char *after_code(const char *number)
{
	static const char *const codes[] = {"+86", "0086", "86"};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (str_starts_with(number, codes[i]))
			return number + strlen(codes[i]);
	return number;
}

bool mobile_normalise(const char *text, char number_r[MOBILE_SIZE])
{
	char number[COMPACT_SIZE];
	const char *at = number;

	if (!compact(text, number))
		return false;
	at = after_code(at);
	if (strspn(at, DIGITS) != MAINLAND_DIGITS || at[MAINLAND_DIGITS] != '\0' || at[0] != '1' ||
		at[1] < '3')
		return false;
	memcpy(number_r, at, MOBILE_SIZE);
	return true;
}

bool mobile_normalise_anywhere(const char *text, char number_r[MOBILE_ANYWHERE_SIZE])
{
	char number[COMPACT_SIZE];
	const char *at = number;
	size_t n_digits;

	if (mobile_normalise(text, number_r))
		return true;
	if (!compact(text, number) || after_code(at) != at ||
		(*at != '+' && !str_starts_with(at, "00")))
		return false;
	at += *at == '+' ? 1 : 2;
	n_digits = strspn(at, DIGITS);
	if (at[n_digits] != '\0' || at[0] == '0' || n_digits < ABROAD_DIGITS_MIN ||
		n_digits > ABROAD_DIGITS_MAX)
		return false;
	snprintf(number_r, MOBILE_ANYWHERE_SIZE, "+%s", at);
	return true;
}
