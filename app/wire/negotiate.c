#include "arena.h"
#include "buf.h"
#include "charset.h"
#include "media_type.h"
#include "negotiate.h"
#include "str.h"

#define WRITABLE(format, type, subtype)                                                         \
	{                                                                                       \
		format, type, subtype, type "/" subtype "; charset=utf-8",                      \
			type "/" subtype "; charset=utf-16"                                     \
	}

/* The formats that each formatter reads and, except for forms, writes, in the order in which Web
 * API asks them. */
static const struct writable {
	enum format format;
	const char *type, *subtype;
	const char *content_type, *content_type_utf16; /* of an answer */
} writables[] = {
	WRITABLE(FORMAT_JSON, "application", "json"),
	WRITABLE(FORMAT_JSON, "text", "json"),
	WRITABLE(FORMAT_XML, "application", "xml"),
	WRITABLE(FORMAT_XML, "text", "xml"),
};
static const struct writable readables[] = {
	{FORMAT_FORM, "application", "x-www-form-urlencoded", NULL, NULL},
	{FORMAT_STRICT_JSON, "application", "json", NULL, NULL},
	{FORMAT_MERGE_PATCH, "application", "merge-patch+json", NULL, NULL},
};

#define N_WRITABLES (sizeof(writables) / sizeof(writables[0]))

/* The reasons why a formatter is chosen, best first. */
enum reason {
	BY_SCRIPT,
	BY_LITERAL,
	BY_SUBTYPE_RANGE,
	BY_ANY_RANGE,
	BY_REQUEST,
	BY_ABILITY,
	NO_REASON,
};

struct match {
	enum reason reason;
	unsigned quality; /* of the Accept item; 0 for what comes after Accept */
	const struct writable *writable;
};

static enum reason covers(const struct media_type *range, const struct writable *writable)
{
	bool is_any_subtype = slice_equals(&range->subtype, "*");

	if (is_any_subtype && slice_equals(&range->type, "*"))
		return BY_ANY_RANGE;
	if (!slice_equals(&range->type, writable->type))
		return NO_REASON;
	if (is_any_subtype)
		return BY_SUBTYPE_RANGE;
	return slice_equals(&range->subtype, writable->subtype) ? BY_LITERAL : NO_REASON;
}

/* Returns the number of items, or 0 if the header is malformed. */
static int n_accepted(const char *accept)
{
	struct media_type range;
	int n = 0;
	int rc = 0;

	while (accept != NULL && (rc = media_type_next(&accept, &range)) > 0)
		n++;
	return rc < 0 ? 0 : n;
}

static bool accepts_anything(const char *accept, int n)
{
	struct media_type range;

	return n == 0 || (n == 1 && media_type_next(&accept, &range) > 0 &&
		slice_equals(&range.type, "*") && slice_equals(&range.subtype, "*"));
}

static void match_range(
	const struct media_type *range, enum format format, struct match *match)
{
	for (size_t i = 0; i < N_WRITABLES && range->quality > 0; i++) {
		enum reason reason = covers(range, &writables[i]);

		if (writables[i].format != format || reason == NO_REASON)
			continue;
		if (range->quality > match->quality ||
			(range->quality == match->quality && reason < match->reason))
			*match = (struct match){reason, range->quality, &writables[i]};
	}
}

static const struct writable *writable_of(enum format format)
{
	size_t i = 0;

	while (writables[i].format != format)
		i++;
	return &writables[i];
}

static const struct writable *writable_of_request(enum format format, const char *content_type)
{
	struct media_type type;

	if (!media_type_parse(content_type, &type))
		return NULL;
	for (size_t i = 0; i < N_WRITABLES; i++) {
		if (writables[i].format == format && covers(&type, &writables[i]) != NO_REASON)
			return &writables[i];
	}
	return NULL;
}

static struct match match_format(
	enum format format, const struct negotiate_headers *headers, int n_ranges)
{
	struct match match = {.reason = NO_REASON};
	const char *accept = headers->accept;
	struct media_type range;

	if (format == FORMAT_JSON && headers->requested_with != NULL &&
		str_equal_nocase(headers->requested_with, "XMLHttpRequest") &&
		accepts_anything(accept, n_ranges))
		return (struct match){BY_SCRIPT, QUALITY_ONE, writable_of(format)};
	for (int i = 0; i < n_ranges && media_type_next(&accept, &range) > 0; i++)
		match_range(&range, format, &match);
	if (match.reason != NO_REASON)
		return match;
	match.writable = writable_of_request(format, headers->content_type);
	if (match.writable != NULL)
		return (struct match){BY_REQUEST, 0, match.writable};
	return (struct match){BY_ABILITY, 0, writable_of(format)};
}

/* Candidates are ordered by reason, then by formatter. A later one wins only by a higher
 * quality. */
static const struct match *best_of(const struct match *matches, int n)
{
	const struct match *best = NULL;

	for (enum reason reason = BY_SCRIPT; reason < NO_REASON; reason++) {
		for (int i = 0; i < n; i++) {
			if (matches[i].reason == reason &&
				(best == NULL || matches[i].quality > best->quality))
				best = &matches[i];
		}
	}
	return best;
}

static bool is_utf16_declared(const char *content_type)
{
	struct media_type type;

	return media_type_parse(content_type, &type) && slice_equals(&type.charset, "utf-16");
}

static bool wants_utf16(const struct negotiate_headers *headers)
{
	const char *at = headers->accept_charset;
	struct media_type item;
	unsigned quality = 0;
	bool is_utf16 = false;
	bool is_star = false;
	int rc = 0;

	while (at != NULL && (rc = media_charset_next(&at, &item)) > 0) {
		bool is_this_utf16 = slice_equals(&item.charset, "utf-16");
		bool is_this_star = slice_equals(&item.charset, "*");

		if (!is_this_utf16 && !is_this_star && !slice_equals(&item.charset, "utf-8"))
			continue;
		if (item.quality > quality ||
			(item.quality == quality && quality > 0 && is_star && !is_this_star)) {
			quality = item.quality;
			is_utf16 = is_this_utf16;
			is_star = is_this_star;
		}
	}
	return rc < 0 || quality == 0 ? is_utf16_declared(headers->content_type) : is_utf16;
}

void negotiate_response(
	unsigned formats, const struct negotiate_headers *headers, struct media *media_r)
{
	static const enum format order[] = {FORMAT_JSON, FORMAT_XML};
	struct match matches[2];
	const struct match *best;
	bool is_utf16 = wants_utf16(headers);
	int n_ranges = n_accepted(headers->accept);
	int n = 0;

	for (int i = 0; i < 2; i++) {
		if ((formats & order[i]) != 0)
			matches[n++] = match_format(order[i], headers, n_ranges);
	}
	best = best_of(matches, n);
	*media_r = (struct media){
		.format = best->writable->format,
		.content_type = is_utf16 ? best->writable->content_type_utf16
					 : best->writable->content_type,
		.is_utf16 = is_utf16,
	};
}

/* Whether the formats and the type have a charset in common. JSON knows UTF-8 only (RFC 8259,
 * 8.1), and where it is read strictly so does a form. */
static bool negotiate_takes_charset(unsigned formats, const struct media_type *type)
{
	return (formats & FORMAT_STRICT_JSON) == 0 || type->charset.size == 0 ||
		slice_equals(&type->charset, "utf-8") || slice_equals(&type->charset, "utf8");
}

const struct text negotiate_untyped = {
	"请求包含实体正文，但没有 Content-Type 标头。"
	"此资源不支持推断的媒体类型“application/octet-stream”。",
	"The request contains an entity body but no Content-Type header. The inferred "
	"media type 'application/octet-stream' is not supported for this resource."};

enum format negotiate_request(
	unsigned formats, const struct body *body, struct arena *arena,
	struct text *text_r)
{
	struct media_type type;
	const char *name;

	if (body->size == 0)
		return FORMAT_JSON;
	if (!media_type_parse(body->content_type, &type)) {
		*text_r = negotiate_untyped;
		return FORMAT_NONE;
	}
	if (!negotiate_takes_charset(formats, &type))
		formats = FORMAT_NONE;
	for (size_t i = 0; i < N_WRITABLES; i++) {
		if ((formats & writables[i].format) != 0 &&
			covers(&type, &writables[i]) != NO_REASON)
			return writables[i].format;
	}
	for (size_t i = 0; i < sizeof(readables) / sizeof(readables[0]); i++) {
		if ((formats & readables[i].format) != 0 &&
			covers(&type, &readables[i]) != NO_REASON)
			return readables[i].format;
	}
	name = arena_printf(arena, "%.*s/%.*s", (int)type.type.size, type.type.at,
		(int)type.subtype.size, type.subtype.at);
	*text_r = (struct text){
		.zh = arena_printf(arena, "此资源不支持请求实体的媒体类型“%s”。", name),
		.en = arena_printf(arena, "The request entity's media type '%s' is not supported "
					  "for this resource.", name),
	};
	return FORMAT_NONE;
}

enum encoding { ENCODING_UTF8, ENCODING_UTF16_LITTLE, ENCODING_UTF16_BIG };

static bool starts_with(const struct body *body, const char *mark)
{
	return body->size >= strlen(mark) && memcmp(body->bytes, mark, strlen(mark)) == 0;
}

/* A byte order mark takes precedence over the declared charset. */
static enum encoding encoding_of(const struct body *body, size_t *mark_size_r)
{
	*mark_size_r = 2;
	if (starts_with(body, "\xff\xfe"))
		return ENCODING_UTF16_LITTLE;
	if (starts_with(body, "\xfe\xff"))
		return ENCODING_UTF16_BIG;
	*mark_size_r = starts_with(body, STR_BYTE_ORDER_MARK) ? 3 : 0;
	if (*mark_size_r == 0 && is_utf16_declared(body->content_type))
		return ENCODING_UTF16_LITTLE;
	return ENCODING_UTF8;
}

bool negotiate_is_gb18030(const char *content_type)
{
	struct media_type type;

	return content_type != NULL && strchr(content_type, ';') != NULL &&
		media_type_parse(content_type, &type) &&
		(slice_equals(&type.charset, "gb2312") || slice_equals(&type.charset, "gbk") ||
			slice_equals(&type.charset, "gb18030"));
}

char *negotiate_decode(
	const struct body *body, bool is_emulating, struct arena *arena, size_t *size_r)
{
	size_t mark_size;
	enum encoding encoding = encoding_of(body, &mark_size);
	const char *bytes = body->bytes + mark_size;
	size_t size = body->size - mark_size;

	if (encoding != ENCODING_UTF8)
		return charset_from_utf16(
			arena, bytes, size, encoding == ENCODING_UTF16_BIG, size_r);
	if (str_is_utf8(bytes, size)) {
		*size_r = size;
		return arena_strndup(arena, bytes, size);
	}
	if (!is_emulating && negotiate_is_gb18030(body->content_type))
		return charset_from_gb18030(arena, bytes, size, size_r);
	return NULL;
}

void negotiate_encode_utf16(struct buf *buf)
{
	struct buf utf16 = {0};

	buf_append(&utf16, "\xff\xfe", 2);
	if (buf->size > 0)
		charset_append_utf16(&utf16, buf->data, buf->size);
	buf_release(buf);
	*buf = utf16;
}
