#include "unit.h"

#include "placeholder.h"

#define GREY_OLD                                                                                   \
	"POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZo" \
	"J8rg"
#define GREY_NEW                                                                                   \
	"icTdbqWNOwNRna42FI242Lcia07jQodd2FJGIYQfG0LAJGFxM4FbnQP6yfMxBgJ0F3YRqJCJ1aPAK2dQagdusBZg"

static const char *const nothings[] = {
	" ",
	"\t\r\n",
	"\x7f",
	"\u00a0",
	"\u200b",
	"\u3000",
	"\ufeff",
	" \u200b\u3000 ",
	"\u202d\u202c",
	"\u2066\u2069",
	"\u3164",
	"\u2800",
	"undefined",
	"null",
	"null ",
	" null",
	"\ufeffundefined",
	"\u202dnull\u202c",
	"<null>",
	"(null)",
	"[object Object]",
};

static const char *const names_of_nobody[] = {
	"微信用户",
	"微信用戶",
	"WeChat User",
	"微信用户 ",
	" 微信用户",
	"\u200bWeChat User\u3000",
};

static const char *const useless_avatars[] = {
	"https://thirdwx.qlogo.cn/mmopen/vi_32/" GREY_OLD "/132",
	"http://thirdwx.qlogo.cn/mmopen/vi_32/" GREY_OLD "/0",
	"https://wx.qlogo.cn/mmopen/vi_32/" GREY_OLD "/64?t=1",
	"https://mmbiz.qpic.cn/mmbiz/" GREY_NEW "/0",
	"http://mmbiz.qpic.cn/mmbiz/" GREY_NEW "/640?wx_fmt=png#a",
	"https://mmbiz.qpic.cn/mmbiz/" GREY_NEW,
	"wxfile://tmp_0123.jpg",
	"wxfile://usr/a.png",
	"WXFILE://tmp_0123.jpg",
	"http://tmp/0123.jpeg",
	"HTTPS://TMP/0123.jpeg",
	"http://usr/a.png",
	"http://store/a.png",
	"http://127.0.0.1:41732/__tmp__/0123.jpeg",
	"http://localhost:41732/__tmp__/0123.jpeg",
	" wxfile://tmp_0123.jpg",
	"\ufeffhttp://tmp/0123.jpeg",
	"content://media/external/images/media/1",
	"ph://0123/L0/001",
	"filesystem:https://example.com/temporary/a.png",
	"data:image/png;base64,iVBORw0KGgo=",
	"file:///storage/emulated/0/a.png",
	"blob:https://example.com/0123",
};

/* Names and pictures that somebody may really have; the empty text clears. */
static const char *const names[] = {
	"",
	"n",
	"小明😀",
	"Null",
	"Undefined",
	"null and void",
	"微信用户甲",
	"我是微信用户",
	"WeChat",
	"·",
	"a\u200b",
	"\u3000张",
	"0",
	"false",
	"né",
	"👻",
	"\U0001f1e8",
};

static const char *const avatars[] = {
	"https://thirdwx.qlogo.cn/mmopen/vi_32/sample/132",
	"https://example.com/icTdbqWNOwNRna42FI242Lcia07jQodd2FJ/0",
	"https://example.com/tmp.png",
	"http://tmp.example.com/a.png",
	"https://example.com/__tmp__/a.png",
	"http://127.0.0.1:8080/uploads/a.png",
	"photo.png",
	"https://example.com/data:a",
	"/uploads/a.png",
	"a",
	"cloud://env.0123/a.png",
};

static void check(const char *text, bool (*is_placeholder)(const char *text), bool expected)
{
	if (is_placeholder(text) != expected)
		fail_msg("\"%s\" is %s", text, expected ? "a value" : "none");
}

static void what_means_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(nothings); i++) {
		check(nothings[i], placeholder_is_text, true);
		check(nothings[i], placeholder_is_name, true);
		check(nothings[i], placeholder_is_avatar, true);
	}
	for (size_t i = 0; i < N_OF(names_of_nobody); i++)
		check(names_of_nobody[i], placeholder_is_name, true);
	for (size_t i = 0; i < N_OF(useless_avatars); i++)
		check(useless_avatars[i], placeholder_is_avatar, true);
}

static void what_means_something(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(names); i++) {
		check(names[i], placeholder_is_text, false);
		check(names[i], placeholder_is_name, false);
	}
	for (size_t i = 0; i < N_OF(avatars); i++)
		check(avatars[i], placeholder_is_avatar, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_means_nothing),
		cmocka_unit_test(what_means_something),
	};

	return cmocka_run_group_tests_name("placeholder", tests, NULL, NULL);
}
