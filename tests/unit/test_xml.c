/*
 * XML to models, row by row of what DataContractSerializer does with it, and where wxuser is
 * wider; and from models the very bytes that it was seen to write.
 */
#include "unit.h"

#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "bind.h"
#include "bound.h"
#include "buf.h"
#include "customer/dialect.h"
#include "xml_writer.h"

#define ARENA_LIMIT (4 << 20)

#define OPEN                                                                                    \
	"<UserInfo xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" "                      \
	"xmlns=\"http://schemas.datacontract.org/2004/07/"                                      \
	"Applications.MiniProgramTools.Models\""
#define USER(content) OPEN ">" content "</UserInfo>"

static const struct bind_options any_order = {.flavour = JSON_NET};
static const struct bind_options strict_order = {.flavour = JSON_NET, .is_order_strict = true};

struct row {
	const char *xml, *outcome;
};

static void check_bytes(const struct bind_options *options, const struct body *body,
	const char *expected)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	/* A copy without a byte to spare, for the sanitizer. */
	char *bytes = malloc(body->size);
	const struct body copy = {
		.bytes = bytes, .size = body->size, .content_type = body->content_type};
	struct binding binding;
	const char *found;

	if (body->size > 0)
		memcpy(bytes, body->bytes, body->size);
	bind_xml(&customer_user_shape, options, arena, &copy, &binding);
	found = bound_to_text(arena, &customer_user_shape, &binding);
	if (strcmp(found, expected) != 0)
		fail_msg("%.400s: %s instead of %s", body->bytes, found, expected);
	arena_free(arena);
	free(bytes);
}

static void check(
	const struct bind_options *options, const struct row *rows, size_t n_rows)
{
	for (size_t i = 0; i < n_rows; i++) {
		const struct body body = {
			.bytes = rows[i].xml,
			.size = strlen(rows[i].xml),
			.content_type = "application/xml",
		};

		check_bytes(options, &body, rows[i].outcome);
	}
}

static void documents(void **state)
{
	static const struct row rows[] = {
		{USER("<NickName>n</NickName><OpenId>o</OpenId>"),
			"{\"openId\":\"o\",\"nickname\":\"n\"} []"},
		{USER(""), "{} []"},
		{OPEN "/>", "{} []"},
		{"", "null []"},
		/* Namespaces, names and case. */
		{"<u:UserInfo xmlns:u=\"http://schemas.datacontract.org/2004/07/"
		 "Applications.MiniProgramTools.Models\"><u:OpenId>o</u:OpenId></u:UserInfo>",
			"{\"openId\":\"o\"} []"},
		{"<UserInfo><OpenId>o</OpenId></UserInfo>", "null [\"\"]"},
		{"<UserInfo xmlns=\"urn:x\"><OpenId>o</OpenId></UserInfo>", "null [\"\"]"},
		{"<userinfo xmlns=\"http://schemas.datacontract.org/2004/07/"
		 "Applications.MiniProgramTools.Models\"><OpenId>o</OpenId></userinfo>",
			"null [\"\"]"},
		{USER("<openId>o</openId><nickname>n</nickname>"), "{} []"},
		{USER("<q:OpenId xmlns:q=\"urn:x\">z</q:OpenId><OpenId>o</OpenId>"),
			"{\"openId\":\"o\"} []"},
		{USER("<q:OpenId>o</q:OpenId>"), "null [\"\"]"},
		{USER("<Aaa>1</Aaa><OpenId>o</OpenId><Zzz>x<Y a=\"b\">t</Y>y</Zzz>"),
			"{\"openId\":\"o\"} []"},
		{USER("<OpenId>1</OpenId><OpenId>2</OpenId>"), "{\"openId\":\"1\"} []"},
		{USER("<OpenId/><OpenId>2</OpenId>"), "{\"openId\":\"\"} []"},
		{USER("<Sex>1</Sex><Sex>x</Sex>"), "{\"gender\":1} []"},
		/* What stands around. */
		{"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>"
		 "<!-- c -->" USER("<OpenId>o</OpenId>") "<!-- c -->\n",
			"{\"openId\":\"o\"} []"},
		{"<?xml version=\"1.0\"?>\n" USER("<OpenId>o</OpenId>"), "{\"openId\":\"o\"} []"},
		{"\xef\xbb\xbf" USER("<OpenId>o</OpenId>"), "{\"openId\":\"o\"} []"},
		{"  \r\n" USER("<OpenId>o</OpenId>"), "{\"openId\":\"o\"} []"},
		{" <?xml version=\"1.0\"?>" USER("<OpenId>o</OpenId>"), "null [\"\"]"},
		{"<?xml version=\"1.0\" encoding=\"gb2312\"?>" USER("<OpenId>o</OpenId>"),
			"null [\"\"]"},
		{"<?xml version=\"1.0\" encoding=utf-8?>" USER(""), "null [\"\"]"},
		{"<?xml encoding", "null [\"\"]"},
		{USER("<OpenId>o</OpenId>") OPEN "/>", "null [\"\"]"},
		{USER("<OpenId>o</OpenId>") "x", "null [\"\"]"},
		{USER("x<OpenId>o</OpenId>"), "null [\"\"]"},
		{USER("<OpenId>o</OpenId><![CDATA[x]]>"), "null [\"\"]"},
		{USER("<OpenId>o</OpenId><?pi x?>"), "null [\"\"]"},
		{USER("<Zzz><?pi x?></Zzz>"), "null [\"\"]"},
		{"<?pi x?>" USER(""), "null [\"\"]"},
		{"<!DOCTYPE UserInfo>" USER("<OpenId>o</OpenId>"), "null [\"\"]"},
		{USER("<OpenId>o</OpenId"), "null [\"\"]"},
		{USER("<OpenId>o</openId>"), "null [\"\"]"},
		{"<UserInfo", "null [\"\"]"},
		{"{\"openId\":\"o\"}", "null [\"\"]"},
		{" ", "null [\"\"]"},
		{"\xef\xbb\xbf", "null [\"\"]"},
		{USER("<OpenId>\xd5\xc5</OpenId>"), "null [\"\"]"},
		/* Attributes of the serializer. */
		{OPEN " i:nil=\"true\"></UserInfo>", "null []"},
		{OPEN " i:nil=\"1\"><OpenId>o</OpenId></UserInfo>", "null []"},
		{OPEN " i:nil=\"false\"><OpenId>o</OpenId></UserInfo>", "{\"openId\":\"o\"} []"},
		{OPEN " i:nil=\"maybe\"></UserInfo>", "null [\"\"]"},
		{OPEN " nil=\"true\"><OpenId>o</OpenId></UserInfo>", "{\"openId\":\"o\"} []"},
		{OPEN " i:nil=\"true\"></UserInfo>x", "null [\"\"]"},
		{OPEN " i:type=\"UserInfo\"><OpenId>o</OpenId></UserInfo>",
			"{\"openId\":\"o\"} []"},
		{OPEN " xmlns:b=\"urn:z\" i:type=\"b:Evil\"><OpenId>o</OpenId></UserInfo>",
			"null [\"\"]"},
		{OPEN " xmlns:b=\"urn:z\" i:type=\"b:UserInfo\"/>", "null [\"\"]"},
		{OPEN " i:type=\"c:UserInfo\"/>", "null [\"\"]"},
		{OPEN " i:type=\"Other\"/>", "null [\"\"]"},
		{OPEN " xmlns:z=\"http://schemas.microsoft.com/2003/10/Serialization/\" z:Id=\"1\">"
		 "<OpenId>o</OpenId></UserInfo>",
			"{\"openId\":\"o\"} []"},
	};

	(void)state;
	check(&any_order, rows, N_OF(rows));
}

static void values(void **state)
{
	static const struct row rows[] = {
		/* Strings. */
		{USER("<NickName/><OpenId></OpenId>"),
			"{\"openId\":\"\",\"nickname\":\"\"} []"},
		{USER("<NickName>  a \n b </NickName>"), "{\"nickname\":\"  a \\n b \"} []"},
		{USER("<NickName>   </NickName>"), "{\"nickname\":\"   \"} []"},
		{USER("<NickName>a\r\nb\rc</NickName>"), "{\"nickname\":\"a\\nb\\nc\"} []"},
		{USER("<NickName><![CDATA[<x>&]]></NickName>"), "{\"nickname\":\"<x>&\"} []"},
		{USER("<NickName>a<!-- x -->b<![CDATA[c]]>d</NickName>"),
			"{\"nickname\":\"abcd\"} []"},
		{USER("<NickName>&lt;&amp;&gt;&quot;&apos;&#x6635;&#65;&#13;</NickName>"),
			"{\"nickname\":\"<&>\\\"'昵A\\r\"} []"},
		{USER("<NickName>&#x0;</NickName>"), "null [\"\"]"},
		{USER("<NickName>&#x1;</NickName>"), "null [\"\"]"},
		{USER("<NickName>\x01</NickName>"), "null [\"\"]"},
		{USER("<NickName>&x;</NickName>"), "null [\"\"]"},
		{USER("<NickName>&lt</NickName>"), "null [\"\"]"},
		{USER("<NickName i:nil=\"1\"/><OpenId>o</OpenId>"), "{\"openId\":\"o\"} []"},
		{USER("<NickName i:nil=\" true \">x<b/></NickName><OpenId>o</OpenId>"),
			"{\"openId\":\"o\"} []"},
		{USER("<NickName i:nil=\"0\">n</NickName>"), "{\"nickname\":\"n\"} []"},
		{USER("<NickName i:nil=\"no\">n</NickName>"), "null [\"\"]"},
		{USER("<OpenId><b>n</b></OpenId>"), "null [\"\"]"},
		{USER("<NickName><b>n</b></NickName><OpenId>o</OpenId>"),
			"{\"openId\":\"o\"} []"},
		{USER("<NickName>n<b><c/>x</b>y</NickName><OpenId>o</OpenId>"),
			"{\"openId\":\"o\"} []"},
		{USER("<OpenId>12345678901234567890123456789012345678901234567890123456789012345"
		      "</OpenId><NickName>n</NickName>"),
			"{\"nickname\":\"n\"} [\"openId\"]"},
		/* Without what is no value of the profile. */
		{USER("<Sex>3</Sex>"), "{\"gender\":3} []"},
		{USER("<Sex> +1\n</Sex>"), "{\"gender\":1} []"},
		{USER("<Sex>-2147483648</Sex>"), "{\"gender\":-2147483648} []"},
		{USER("<Sex>2147483648</Sex><OpenId>o</OpenId>"),
			"{\"openId\":\"o\"} []"},
		{USER("<Sex>99999999999999999999</Sex>"), "{} []"},
		{USER("<Sex/><OpenId>o</OpenId>"), "{\"openId\":\"o\"} []"},
		{USER("<Sex>1.0</Sex>"), "{} []"},
		{USER("<OpenId>o</OpenId><Sex>x</Sex><UnionId>u</UnionId>"),
			"{\"openId\":\"o\",\"unionId\":\"u\"} []"},
		{USER("<Sex i:nil=\"true\">1<b/></Sex><OpenId>o</OpenId>"),
			"{\"openId\":\"o\"} []"},
		/* Dates. */
		{USER("<SubscribeTime>2026-01-29T15:00:34.1406325+08:00</SubscribeTime>"),
			"{\"subscribe_time\":\"2026-01-29T15:00:34.1406325+08:00\"} []"},
		{USER("<SubscribeTime>\n2026-01-29T07:00:34Z </SubscribeTime>"),
			"{\"subscribe_time\":\"2026-01-29T07:00:34Z\"} []"},
		{USER("<SubscribeTime>2026-01-29 15:00:34</SubscribeTime>"),
			"{} []"},
		{USER("<SubscribeTime></SubscribeTime>"), "{} []"},
		{USER("<SubscribeTime>1769670034</SubscribeTime>"), "{} []"},
		{USER("<SubscribeTime i:nil=\"true\"/>"), "{} []"},
	};

	(void)state;
	check(&any_order, rows, N_OF(rows));
}

#define OPEN_ID_FIRST                                                                           \
	USER("<OpenId>o</OpenId><NickName>n</NickName><Sex>1</Sex><Language>l</Language>"       \
	     "<Province>p</Province><City>c</City><Country>cn</Country><Avatar>a</Avatar>"      \
	     "<SubscribeTime>2026-01-29T15:00:34</SubscribeTime><UnionId>u</UnionId>"           \
	     "<SessionKey>s</SessionKey>")

static void elements_stand_in_any_order_unless_it_is_strict(void **state)
{
	static const struct row any[] = {
		{OPEN_ID_FIRST,
			"{\"openId\":\"o\",\"nickname\":\"n\",\"gender\":1,\"language\":\"l\","
			"\"province\":\"p\",\"city\":\"c\",\"country\":\"cn\",\"avatarUrl\":\"a\","
			"\"subscribe_time\":\"2026-01-29T15:00:34\",\"unionId\":\"u\","
			"\"session_key\":\"s\"} []"},
		{USER("<Code>c</Code><OpenId>o</OpenId>"),
			"{\"openId\":\"o\",\"code\":\"c\"} []"},
	};
	static const struct row strict[] = {
		{OPEN_ID_FIRST,
			"{\"openId\":\"o\",\"gender\":1,"
			"\"subscribe_time\":\"2026-01-29T15:00:34\",\"unionId\":\"u\"} []"},
		{USER("<OpenId>o</OpenId><Avatar>a</Avatar><Sex>1</Sex>"),
			"{\"openId\":\"o\",\"gender\":1} []"},
		{USER("<UnionId>u</UnionId><SubscribeTime>x</SubscribeTime><Sex>x</Sex>"),
			"{\"unionId\":\"u\"} []"},
		{USER("<Code>c</Code><OpenId>o</OpenId>"),
			"{\"openId\":\"o\",\"code\":\"c\"} []"},
		{USER("<UnionId>u</UnionId><Code>c</Code><Code>d</Code>"),
			"{\"unionId\":\"u\",\"code\":\"c\"} []"},
	};

	(void)state;
	check(&any_order, any, N_OF(any));
	check(&strict_order, strict, N_OF(strict));
}

static void utf16_is_read(void **state)
{
	static const char text[] = USER("<OpenId>o</OpenId>");
	static const char *const declarations[] = {
		"", "<?xml version=\"1.0\" encoding=\"utf-16\"?>"};

	(void)state;
	for (size_t i = 0; i < N_OF(declarations); i++) {
		struct buf buf = {0};
		struct body body = {.content_type = "application/xml; charset=utf-16"};

		for (const char *at = declarations[i]; *at != '\0'; at++)
			buf_append(&buf, (const char[]){*at, '\0'}, 2);
		for (const char *at = text; *at != '\0'; at++)
			buf_append(&buf, (const char[]){*at, '\0'}, 2);
		body.bytes = buf.data;
		body.size = buf.size;
		check_bytes(&any_order, &body, "{\"openId\":\"o\"} []");
		buf_release(&buf);
	}
}

/* The message may take a second of the processor, which is a hundred times what it takes. */
static void check_hostile(const struct buf *buf, const char *expected)
{
	const struct body body = {
		.bytes = buf->data, .size = buf->size, .content_type = "application/xml"};
	clock_t started = clock();

	check_bytes(&any_order, &body, expected);
	assert_true(clock() - started < CLOCKS_PER_SEC);
}

static void nesting_ends_at_256_elements(void **state)
{
	(void)state;
	for (int n = 254; n < 258; n++) {
		struct buf buf = {0};

		buf_append_str(&buf, OPEN ">");
		for (int i = 0; i < n; i++)
			buf_append_str(&buf, "<x>");
		for (int i = 0; i < n; i++)
			buf_append_str(&buf, "</x>");
		buf_append_str(&buf, "</UserInfo>");
		check_hostile(&buf, n < 256 ? "{} []" : "null [\"\"]");
		buf_release(&buf);
	}
}

/* '#' in piece is n. */
static void append_numbered(struct buf *buf, const char *piece, int n)
{
	for (; *piece != '\0'; piece++) {
		if (*piece == '#')
			buf_printf(buf, "%d", n);
		else
			buf_append_char(buf, *piece);
	}
}

static void a_bomb_does_not_go_off(void **state)
{
	static const struct {
		const char *start, *piece, *end, *outcome;
	} bombs[] = {
		{OPEN ">", "<x>", "", "null [\"\"]"},
		{OPEN ">", "<x/>", "</UserInfo>", "{} []"},
		{OPEN ">", "<x#/>", "</UserInfo>", "{} []"},
		{OPEN, " a#=''", "/>", "{} []"},
		{OPEN, " xmlns:a#='u'", "/>", "{} []"},
		{OPEN, " xmlns:a#='u' a#:b=''", "/>", "null [\"\"]"},
		{OPEN, " a=''", "/>", "null [\"\"]"},
		{OPEN ">", "<!---->", "</UserInfo>", "{} []"},
		{OPEN "><NickName>", "&amp;", "</NickName></UserInfo>", "{} []"},
		{OPEN "><NickName>", "<![CDATA[]]>", "</NickName></UserInfo>",
			"{\"nickname\":\"\"} []"},
		{"<!DOCTYPE UserInfo [<!ENTITY a0 'ha'>",
			"<!ENTITY b# '&a#;&a#;'><!ENTITY a# '&b#;&b#;'>",
			"]>" USER("<OpenId>&a9;</OpenId>"), "null [\"\"]"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(bombs); i++) {
		struct buf buf = {0};

		buf_append_str(&buf, bombs[i].start);
		for (int n = 0; buf.size < 64 << 10; n++)
			append_numbered(&buf, bombs[i].piece, n);
		buf_append_str(&buf, bombs[i].end);
		check_hostile(&buf, bombs[i].outcome);
		buf_release(&buf);
	}
}

static void nothing_is_fetched(void **state)
{
	static const struct row rows[] = {
		{"<!DOCTYPE UserInfo SYSTEM \"file:///etc/passwd\">" USER(""), "null [\"\"]"},
		{"<!DOCTYPE UserInfo [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
		 USER("<OpenId>&x;</OpenId>"), "null [\"\"]"},
		{"<!DOCTYPE UserInfo [<!ENTITY % x SYSTEM \"file:///etc/passwd\">%x;]>" USER(""),
			"null [\"\"]"},
		{USER("<x:include xmlns:x=\"http://www.w3.org/2001/XInclude\" parse=\"text\" "
		      "href=\"file:///etc/passwd\"/>"), "{} []"},
	};

	(void)state;
	check(&any_order, rows, N_OF(rows));
}

static void what_is_refused_is_not_told_on_stderr(void **state)
{
	static const struct row rows[] = {
		{USER("<OpenId>o</openId>"), "null [\"\"]"},
		{"<!DOCTYPE UserInfo SYSTEM \"file:///etc/passwd\">" USER(""), "null [\"\"]"},
		{USER("<q:OpenId/>"), "null [\"\"]"},
		{OPEN " xmlns:a=\"relative\"/>", "{} []"},
	};
	FILE *file = tmpfile();
	int kept = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
	check(&any_order, rows, N_OF(rows));
	dup2(kept, STDERR_FILENO);
	assert_int_equal(lseek(fileno(file), 0, SEEK_END), 0);
	fclose(file);
	close(kept);
}

static void assert_written(
	const struct shape *shape, const void *model, const char *expected)
{
	struct buf buf = {0};

	xml_write(&buf, shape, model);
	assert_string_equal(buf.data, expected);
	buf_release(&buf);
}

/* size is the record's. */
static void assert_recorded(const void *model, const char *expected, size_t size)
{
	assert_int_equal(strlen(expected), size);
	assert_written(&customer_authorized_shape, model, expected);
}

#define ROOT "ResultMessageOfMAuthorizationResponsepV765kqn"
#define XMLNS                                                                                   \
	" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" "                               \
	"xmlns=\"http://schemas.datacontract.org/2004/07/Applications.WebApi.Common\""
#define DATA_XMLNS                                                                              \
	" xmlns:d2p1=\"http://schemas.datacontract.org/2004/07/"                                \
	"Applications.WebApi.Authentication\""
#define MESSAGES "_x003C_ErrorMessages_x003E_k__BackingField"
#define MESSAGES_XMLNS " xmlns:d4p1=\"http://schemas.microsoft.com/2003/10/Serialization/Arrays\""
#define MEMBER "_x003C_Field_x003E_k__BackingField"

/* 2026-01-29T00:00:00 */
#define MIDNIGHT_TICKS INT64_C(639052416000000000)

static void a_login_is_written_as_recorded(void **state)
{
	const struct customer_authorization data = {
		.customer_id = "c1",
		.user_name = "昵<&>x",
		.avatar = "",
		.nick_name = "昵<&>x",
		.phone = "",
		.is_mini_program_remind = true,
		.state = CUSTOMER_STATE_OK,
		.access_token = "tok",
		.token_type = "bearer",
		.expires_in = 7200,
		.issued = {MIDNIGHT_TICKS + INT64_C(540341406325), DATE_LOCAL},
		.expires = {MIDNIGHT_TICKS, DATE_LOCAL},
	};
	const struct customer_result result = {
		.data = &data, .status = 1, .message = "ok", .errors.is_null = true};

	(void)state;
	assert_recorded(&result,
		"<" ROOT XMLNS "><Status>Success</Status><Message>ok</Message>"
		"<Url i:nil=\"true\" /><Errors i:nil=\"true\" /><Data" DATA_XMLNS ">"
		"<d2p1:AccessToken>tok</d2p1:AccessToken>"
		"<d2p1:Expires>2026-01-29T00:00:00+08:00</d2p1:Expires>"
		"<d2p1:ExpiresIn>7200</d2p1:ExpiresIn>"
		"<d2p1:Issued>2026-01-29T15:00:34.1406325+08:00</d2p1:Issued>"
		"<d2p1:TokenType>bearer</d2p1:TokenType><d2p1:Avatar></d2p1:Avatar>"
		"<d2p1:CanBalancePay>false</d2p1:CanBalancePay>"
		"<d2p1:CustomerId>c1</d2p1:CustomerId>"
		"<d2p1:IsCloseOrderPda>false</d2p1:IsCloseOrderPda>"
		"<d2p1:IsMiniProgramRemind>true</d2p1:IsMiniProgramRemind>"
		"<d2p1:IsShowNoFeeLeaveButton>false</d2p1:IsShowNoFeeLeaveButton>"
		"<d2p1:IsShowStatisticsPda>false</d2p1:IsShowStatisticsPda>"
		"<d2p1:NickName>昵&lt;&amp;&gt;x</d2p1:NickName><d2p1:Phone></d2p1:Phone>"
		"<d2p1:State>OK</d2p1:State><d2p1:UserName>昵&lt;&amp;&gt;x</d2p1:UserName>"
		"</Data></" ROOT ">",
		1128);
}

static void failures_are_written_as_recorded(void **state)
{
	static const char *const texts[] = {"a & <b>", "c"};
	const struct customer_fault faults[] = {
		{.field = "openId", .messages = {.items = texts, .n_items = 2}},
		{.messages.is_null = true},
	};
	const struct customer_fault hollow = {.field = ""};
	struct customer_result result = {
		.message = "参数错误", .errors = {.items = faults, .n_items = 2}};

	(void)state;
	assert_recorded(&result,
		"<" ROOT XMLNS "><Status>Fail</Status><Message>参数错误</Message>"
		"<Url i:nil=\"true\" /><Errors><ValidErrors><" MESSAGES MESSAGES_XMLNS ">"
		"<d4p1:string>a &amp; &lt;b&gt;</d4p1:string><d4p1:string>c</d4p1:string>"
		"</" MESSAGES "><" MEMBER ">openId</" MEMBER "></ValidErrors>"
		"<ValidErrors><" MESSAGES MESSAGES_XMLNS " i:nil=\"true\" />"
		"<" MEMBER " i:nil=\"true\" /></ValidErrors></Errors>"
		"<Data" DATA_XMLNS " i:nil=\"true\" /></" ROOT ">",
		966);

	result.errors = (struct object_list){.items = &hollow, .n_items = 1};
	result.message = "";
	result.url = "http://x/?a=1&b=2";
	assert_written(&customer_authorized_shape, &result,
		"<" ROOT XMLNS "><Status>Fail</Status><Message></Message>"
		"<Url>http://x/?a=1&amp;b=2</Url><Errors><ValidErrors>"
		"<" MESSAGES MESSAGES_XMLNS " /><" MEMBER "></" MEMBER "></ValidErrors></Errors>"
		"<Data" DATA_XMLNS " i:nil=\"true\" /></" ROOT ">");

	result = (struct customer_result){.message = "参数错误", .errors.is_null = true};
	assert_recorded(&result,
		"<" ROOT XMLNS "><Status>Fail</Status><Message>参数错误</Message>"
		"<Url i:nil=\"true\" /><Errors i:nil=\"true\" />"
		"<Data" DATA_XMLNS " i:nil=\"true\" /></" ROOT ">",
		426);
	assert_written(&customer_result_shape, &result,
		"<Result" XMLNS "><Status>Fail</Status><Message>参数错误</Message>"
		"<Url i:nil=\"true\" /><Errors i:nil=\"true\" /></Result>");
	result.errors.is_null = false;
	assert_written(&customer_result_shape, &result,
		"<Result" XMLNS "><Status>Fail</Status><Message>参数错误</Message>"
		"<Url i:nil=\"true\" /><Errors /></Result>");
}

static void a_null_root_comes_before_its_namespaces(void **state)
{
	(void)state;
	assert_recorded(NULL,
		"<" ROOT " i:nil=\"true\"" XMLNS " />", 189);
}

static void text_is_escaped_as_recorded(void **state)
{
	static const struct {
		const char *text, *xml;
	} texts[] = {
		{"", ""},
		{"<a href=\"'\">&", "&lt;a href=\"'\"&gt;&amp;"},
		{"]]>", "]]&gt;"},
		{"昵é😀\x7f", "昵é😀\x7f"},
		{"d\r\n\te\rf\n", "d\n\te\nf\n"},
		/* The original writes character references that no parser accepts. */
		{"a\x01" "b\xef\xbf\xbe" "c\xef\xbf\xbf\x1f", "abc"},
		{"\xef\xbf\xbd", "\xef\xbf\xbd"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++) {
		struct buf buf = {0};

		xml_write_text(&buf, texts[i].text);
		assert_string_equal(buf.data, texts[i].xml);
		buf_release(&buf);
	}
}

struct inner {
	int64_t big;
	const char *text;
	const void *nothing;
};

static const struct field inner_fields[] = {
	FIELD(struct inner, text, STR, .name = "text", .property = "Text", .order = 2),
	FIELD(struct inner, big, INT64, .name = "big", .order = 1),
	FIELD(struct inner, nothing, NULL, .name = "nothing", .order = 3),
	FIELD(struct inner, text, STR, .name = "hidden"),
	FIELD_END
};

static const struct shape inner_shape = {
	.name = "Inner", .size = sizeof(struct inner), .fields = inner_fields,
	.xml_root = "Inner", .xml_namespace = "urn:inner",
};

struct outer {
	struct object_list inners;
	const void *inner;
	struct date date;
};

static const struct field outer_fields[] = {
	FIELD(struct outer, inners, OBJECT_LIST, .name = "inners", .order = 1,
		.shape = &inner_shape),
	FIELD(struct outer, inner, OBJECT, .name = "inner", .order = 2, .shape = &inner_shape),
	FIELD(struct outer, date, DATE, .name = "date", .order = 3),
	FIELD_END
};

static const struct shape outer_shape = {
	.name = "Outer", .size = sizeof(struct outer), .fields = outer_fields,
	.xml_root = "Outer", .xml_namespace = "urn:outer",
};

static void what_a_list_holds_is_in_its_own_namespace(void **state)
{
	const struct inner inners[] = {{INT64_MIN, "a", NULL}, {0}};
	const struct outer outer = {
		.inners = {.items = inners, .n_items = 2},
		.inner = &inners[1],
		.date = {MIDNIGHT_TICKS, DATE_UTC},
	};
	static const char expected[] =
		"<Outer xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" "
		"xmlns=\"urn:outer\"><inners xmlns:d2p1=\"urn:inner\"><d2p1:Inner>"
		"<d2p1:big>-9223372036854775808</d2p1:big><d2p1:Text>a</d2p1:Text>"
		"<d2p1:nothing i:nil=\"true\" /></d2p1:Inner><d2p1:Inner><d2p1:big>0</d2p1:big>"
		"<d2p1:Text i:nil=\"true\" /><d2p1:nothing i:nil=\"true\" /></d2p1:Inner></inners>"
		"<inner xmlns:d2p1=\"urn:inner\"><d2p1:big>0</d2p1:big>"
		"<d2p1:Text i:nil=\"true\" /><d2p1:nothing i:nil=\"true\" /></inner>"
		"<date>2026-01-29T00:00:00Z</date></Outer>";

	(void)state;
	assert_written(&outer_shape, &outer, expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents),
		cmocka_unit_test(values),
		cmocka_unit_test(elements_stand_in_any_order_unless_it_is_strict),
		cmocka_unit_test(utf16_is_read),
		cmocka_unit_test(nesting_ends_at_256_elements),
		cmocka_unit_test(a_bomb_does_not_go_off),
		cmocka_unit_test(nothing_is_fetched),
		cmocka_unit_test(what_is_refused_is_not_told_on_stderr),
		cmocka_unit_test(a_login_is_written_as_recorded),
		cmocka_unit_test(failures_are_written_as_recorded),
		cmocka_unit_test(a_null_root_comes_before_its_namespaces),
		cmocka_unit_test(text_is_escaped_as_recorded),
		cmocka_unit_test(what_a_list_holds_is_in_its_own_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
