#include "placeholder.h"
#include "str.h"

/* As JavaScript and Objective-C write them. */
static const char *const nothings[] = {"undefined", "null", "(null)", "[object Object]", NULL};

/* In the languages of WeChat's profiles: zh_CN, zh_TW, en. */
static const char *const names_of_nobody[] = {"微信用户", "微信用戶", "WeChat User", NULL};

/* Files of the client, and files of a mini program, some under host names that are none. */
static const char *const local_urls[] = {
	"wxfile:",
	"http://tmp/",
	"https://tmp/",
	"http://usr/",
	"https://usr/",
	"http://store/",
	"https://store/",
	"file:",
	"data:",
	"blob:",
	NULL,
};

/* Where the developer tools of WeChat serve such files. */
#define LOCAL_DIRECTORY "/__tmp__/"

/* What begins the pictures' part of the path; before it is a host of several, behind it a size. */
static const char *const grey_pictures[] = {
	"/icTdbqWNOwNRna42FI242Lcia07jQodd2FJGIYQfG0LAJGFxM4FbnQP6yfMxBgJ0F3YRqJCJ1aPA",
	"/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQ",
	NULL,
};

/* Beside ASCII's: spaces of all widths, marks without a width, letters that show nothing. */
static const struct range {
	const char *first, *last;
} blanks[] = {
	{"\xc2\x80", "\u00a0"},
	{"\u00ad", "\u00ad"},
	{"\u115f", "\u1160"},
	{"\u1680", "\u1680"},
	{"\u180e", "\u180e"},
	{"\u2000", "\u200f"},
	{"\u2028", "\u202f"},
	{"\u205f", "\u206f"},
	{"\u2800", "\u2800"},
	{"\u3000", "\u3000"},
	{"\u3164", "\u3164"},
	{"\ufeff", "\ufeff"},
	{"\uffa0", "\uffa0"},
};

/* The bytes of UTF-8 sort as its characters do. */
static bool is_blank(const char *character, size_t size)
{
	if (size == 1)
		return *character <= ' ' || *character == 0x7f;
	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++)
		if (strncmp(character, blanks[i].first, size) >= 0 &&
			strncmp(character, blanks[i].last, size) <= 0)
			return true;
	return false;
}

static const char *skip_blanks(const char *text)
{
	size_t size;

	for (; *text != '\0'; text += size) {
		size = str_size_of_chars(text, 1);
		if (!is_blank(text, size))
			break;
	}
	return text;
}

/* Blanks around it do not count. */
static bool is_among(const char *text, const char *const *list)
{
	text = skip_blanks(text);
	for (; *list != NULL; list++)
		if (str_starts_with(text, *list) && *skip_blanks(text + strlen(*list)) == '\0')
			return true;
	return false;
}

static bool is_local(const char *url)
{
	for (const char *const *prefix = local_urls; *prefix != NULL; prefix++)
		if (str_starts_with_nocase(url, *prefix))
			return true;
	return strstr(url, LOCAL_DIRECTORY) != NULL;
}

static bool is_grey(const char *url)
{
	for (const char *const *picture = grey_pictures; *picture != NULL; picture++)
		if (strstr(url, *picture) != NULL)
			return true;
	return false;
}

bool placeholder_is_text(const char *text)
{
	if (*text == '\0')
		return false;
	return *skip_blanks(text) == '\0' || is_among(text, nothings);
}

bool placeholder_is_name(const char *name)
{
	return placeholder_is_text(name) || is_among(name, names_of_nobody);
}

bool placeholder_is_avatar(const char *url)
{
	return placeholder_is_text(url) || is_local(skip_blanks(url)) || is_grey(url);
}
