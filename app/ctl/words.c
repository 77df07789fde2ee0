#include <string.h>

#include "str.h"
#include "words.h"

#define SEX_MAX 9

static const char *const sex_words[] = {
	[0] = "未知|不详|不詳|保密|unknown",
	[1] = "男|男性|male|m",
	[2] = "女|女性|female|f",
	[9] = "未说明|未說明",
};

bool words_find(const char *const *words, size_t n_numbers, const char *text, int32_t *number_r)
{
	for (size_t i = 0; i < n_numbers; i++)
		if (words[i] != NULL && str_place_in(words[i], "|", text, strlen(text)) >= 0) {
			*number_r = (int32_t)i;
			return true;
		}
	return false;
}

bool words_find_sex(const char *text, int32_t *sex_r)
{
	return WORDS_FIND(sex_words, text, sex_r) ||
		(str_parse_int32(text, sex_r) && *sex_r >= 0 && *sex_r <= SEX_MAX);
}
