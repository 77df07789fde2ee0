#include "fold.h"
#include "placeholder.h"
#include "str.h"

/* "Nothing", as JavaScript and Objective-C write it. */
static const char *const nothings[] = {
	"undefined", "null", "(null)", "<null>", "[object Object]", NULL};

/* The name of a user without one, in the languages of WeChat: zh_CN, zh_TW, en. */
static const char *const names_of_nobody[] = {"微信用户", "微信用戶", "WeChat User", NULL};

/* URLs of files on the client, or of a mini program, some with a host name that does not exist. */
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
	"filesystem:",
	"content:",
	"ph:",
	"assets-library:",
	"cdvfile:",
	"capacitor:",
	NULL,
};

/* Where the developer tools of WeChat serve such files. */
static const char *const tools_hosts[] = {"http://127.0.0.1:", "http://localhost:", NULL};
#define TOOLS_DIRECTORY "/__tmp__/"

/* How the path of the grey pictures begins. One of several hosts precedes it, a size follows. */
static const char *const grey_pictures[] = {
	"/icTdbqWNOwNRna42FI242Lcia07jQodd2FJGIYQfG0LAJGFxM4FbnQP6yfMxBgJ0F3YRqJCJ1aPA",
	"/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQ",
	NULL,
};

static bool is_among(const char *text, const char *const *list)
{
	size_t size;

	text = fold_trim(text, &size);
	for (; *list != NULL; list++)
		if (strlen(*list) == size && memcmp(*list, text, size) == 0)
			return true;
	return false;
}

static bool begins_among(const char *url, const char *const *prefixes)
{
	for (; *prefixes != NULL; prefixes++)
		if (str_starts_with_nocase(url, *prefixes))
			return true;
	return false;
}

static bool is_local(const char *url)
{
	size_t size;

	url = fold_trim(url, &size);
	return begins_among(url, local_urls) ||
		(begins_among(url, tools_hosts) && strstr(url, TOOLS_DIRECTORY) != NULL);
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
	return fold_is_blank(text) || is_among(text, nothings);
}

bool placeholder_is_name(const char *name)
{
	return placeholder_is_text(name) || is_among(name, names_of_nobody);
}

bool placeholder_is_avatar(const char *url)
{
	return placeholder_is_text(url) || is_local(url) || is_grey(url);
}
