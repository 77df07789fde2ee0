#include "arena.h"
#include "ascii.h"
#include "binder.h"
#include "buf.h"
#include "sanitize.h"
#include "str.h"

#define CDATA "<![CDATA["
#define CDATA_END "]]>"

static const struct text not_whole = {"消息不完整。", "The message is not whole."};

/* XML that is being read. It contains no NUL and ends with one. */
struct reading {
	struct binder binder;
	char *at;
	const char *last_section_end; /* NULL: there is none */
	uint64_t seen;                /* a bit a field */
};

/* Returns the end of the text's next occurrence, or NULL if there is none. */
static char *skip_to(char *at, const char *text)
{
	char *found = strstr(at, text);

	return found == NULL ? NULL : found + strlen(text);
}

/* Returns the end of the CDATA section that begins here. Returns NULL if none begins here, or if it
 * has no end and so is text. */
static char *section_end(const struct reading *in, char *at)
{
	if (!str_starts_with(at, CDATA) || in->last_section_end == NULL ||
		at > in->last_section_end)
		return NULL;
	return strstr(at, CDATA_END);
}

static size_t name_size(const char *name)
{
	return strcspn(name, " \t\r\n/><");
}

static bool is_end_tag(const char *at, const char *name, size_t size)
{
	if (!str_starts_with(at, "</") || strncmp(at + 2, name, size) != 0)
		return false;
	for (at += 2 + size; ascii_is_space(*at); at++)
		;
	return *at == '>';
}

/* Returns the end tag of an element outside of CDATA, or NULL. Only a tag of the same name ends an
 * element. */
static char *find_end_tag(const struct reading *in, char *at, const char *name, size_t size)
{
	for (at = strchr(at, '<'); at != NULL; at = strchr(at, '<')) {
		char *behind = section_end(in, at);

		if (behind == NULL && is_end_tag(at, name, size))
			return at;
		at = behind == NULL ? at + 1 : behind;
	}
	return NULL;
}

/* Returns the field of an element, or NULL if it is not wanted. The first element of a name
 * counts. */
static const struct field *loose_find_field(struct reading *in, const char *name, size_t size)
{
	const struct field *fields = in->binder.shape->fields;

	for (const struct field *field = fields; field->kind != FIELD_END_OF_TABLE; field++) {
		uint64_t bit = UINT64_C(1) << (field - fields);

		if (strlen(field->name) != size || memcmp(field->name, name, size) != 0)
			continue;
		if ((in->seen & bit) != 0)
			return NULL;
		in->seen |= bit;
		return field;
	}
	return NULL;
}

/* Sets the field, in place, to the text from at to end and that of its CDATA sections, without
 * blanks around it. */
static void loose_set_value(
	struct reading *in, const struct field *field, char *at, const char *end)
{
	char *value = at, *to = at;

	while (at < end) {
		char *behind = section_end(in, at);

		if (behind == NULL) {
			*to++ = *at++;
			continue;
		}
		at += strlen(CDATA);
		memmove(to, at, (size_t)(behind - at));
		to += behind - at;
		at = behind + strlen(CDATA_END);
	}
	while (to > value && ascii_is_space(to[-1]))
		to--;
	*to = '\0';
	while (ascii_is_space(*value))
		value++;
	binder_set_string(&in->binder, field, value, (size_t)(to - value));
}

/* Reads an element below the root. Returns false if it has no end. */
static bool read_element(struct reading *in)
{
	const char *name = in->at + 1;
	size_t size = name_size(name);
	const struct field *field = loose_find_field(in, name, size);
	char *content = skip_to(in->at, ">"), *end;

	if (content == NULL)
		return false;
	in->at = content;
	if (content[-2] == '/')
		return true;
	end = find_end_tag(in, content, name, size);
	if (end == NULL)
		return false;
	if (field != NULL)
		loose_set_value(in, field, content, end);
	in->at = skip_to(end + 1, ">");
	return true;
}

/* Skips what stands between elements. Returns false if it has no end. */
static bool skip_other(struct reading *in)
{
	char *behind = in->at + 1;

	if (str_starts_with(in->at, "<!--"))
		behind = skip_to(in->at, "-->");
	else if (str_starts_with(in->at, "<?"))
		behind = skip_to(in->at, "?>");
	else if (section_end(in, in->at) != NULL)
		behind = section_end(in, in->at);
	in->at = behind;
	return behind != NULL;
}

static bool read_elements(struct reading *in, const char *root)
{
	bool goes_on = true;

	while (goes_on && (in->at = strchr(in->at, '<')) != NULL) {
		if (is_end_tag(in->at, root, strlen(root)))
			return true;
		goes_on = ascii_is_letter(in->at[1]) ? read_element(in) : skip_other(in);
	}
	return false;
}

/* Returns false if there is no such root, or a document type, which nobody needs. */
static bool enter_root(struct reading *in, const char *root)
{
	while ((in->at = strchr(in->at, '<')) != NULL && !ascii_is_letter(in->at[1]))
		if (str_starts_with_nocase(in->at, "<!DOCTYPE") || !skip_other(in))
			return false;
	if (in->at == NULL || name_size(in->at + 1) != strlen(root) ||
		!str_starts_with(in->at + 1, root))
		return false;
	in->at = skip_to(in->at, ">");
	return in->at != NULL;
}

static const char *find_last(const char *text, const char *wanted)
{
	const char *last = NULL;

	for (const char *at = strstr(text, wanted); at != NULL; at = strstr(at + 1, wanted))
		last = at;
	return last;
}

static void read_xml(const struct shape *shape, const struct bind_options *options,
	struct arena *arena, char *text, struct binding *binding_r)
{
	struct reading in = {.at = text, .last_section_end = find_last(text, CDATA_END)};

	binder_init(&in.binder, shape, options, arena);
	if (!enter_root(&in, shape->xml_root) ||
		(in.at[-2] != '/' && !read_elements(&in, shape->xml_root))) {
		in.binder.model = NULL;
		binder_fail(&in.binder, "", &not_whole);
	}
	binder_finish(&in.binder, binding_r);
}

void bind_loosely(const struct shape *shape, struct arena *arena, const struct body *body,
	struct binding *binding_r)
{
	static const struct bind_options options = {.flavour = JSON_LOOSE};
	bool is_xml = body->size > 0 && sanitize_first(body->bytes, body->size) == '<';
	struct buf buf = {.arena = arena};

	(is_xml ? sanitize_text : sanitize_json)(&buf, body->bytes, body->size);
	if (is_xml) {
		read_xml(shape, &options, arena, buf.data, binding_r);
	} else {
		const struct body sanitized = {.bytes = buf.data, .size = buf.size};

		bind_json(shape, &options, arena, &sanitized, binding_r);
	}
}
