#include <libxml/parser.h>

#include "arena.h"
#include "ascii.h"
#include "binder.h"
#include "negotiate.h"
#include "str.h"
#include "xml_writer.h"

#define DEPTH_MAX 256
#define MEMBER_DEPTH 2

static const struct text nil_unclear = {
	"nil 既不是 true 也不是 false。", "A nil is neither true nor false."};
static const struct text other_root = {
	"根元素不符。", "The root is not the element that is read here."};
static const struct text other_type = {"根元素的类型不符。", "The root is of another type."};
static const struct text too_deep = {"元素嵌套过深。", "The elements are nested too deeply."};
static const struct text stray_text = {
	"元素之间有文本。", "There is text between the elements."};
static const struct text instruction = {
	"不允许处理指令。", "A processing instruction is not allowed."};
static const struct text doctype = {"不允许文档类型声明。", "A document type is not allowed."};
static const struct text malformed = {
	"消息不是格式正确的 XML。", "The message is not well-formed XML."};
static const struct text other_encoding = {
	"XML 声明的编码不符。", "The declaration names another encoding."};

/* A message that is being read. Elements are counted by depth; the root has 1. */
struct reading {
	struct binder binder;
	xmlParserCtxt *parser;
	int depth;
	int skipped_depth;         /* of the element whose content is passed over; 0: none */
	const struct field *field; /* whose element is open; NULL: none */
	const char *value;         /* its text */
	char *end;                 /* where the next character goes */
	uint64_t seen;             /* a bit a field */
	int order;                 /* of the last element that was read, where order is strict */
	bool is_null;              /* the root is nil */
};

/* A start tag as libxml2 passes it. */
struct tag {
	const char *name, *namespace;
	const xmlChar **declarations; /* a prefix and a namespace each */
	int n_declarations;
	const xmlChar **attributes; /* N_PARTS each */
	int n_attributes;
};

enum { PART_NAME, PART_PREFIX, PART_NAMESPACE, PART_VALUE, PART_END, N_PARTS };

static void refuse(struct reading *in, const struct text *text)
{
	if (in->binder.model == NULL)
		return;
	in->binder.model = NULL;
	binder_fail(&in->binder, "", text);
	xmlStopParser(in->parser);
}

static bool equal(const xmlChar *a, const char *b)
{
	return a != NULL && strcmp((const char *)a, b) == 0;
}

/* Returns an attribute of the namespace of instances, without blanks around it, or NULL. */
static const char *instance_attribute(struct reading *in, const struct tag *tag, const char *name)
{
	for (int i = 0; i < tag->n_attributes; i++) {
		const xmlChar **parts = tag->attributes + i * N_PARTS;
		const char *start = (const char *)parts[PART_VALUE];
		const char *end = (const char *)parts[PART_END];

		if (!equal(parts[PART_NAME], name) ||
			!equal(parts[PART_NAMESPACE], XML_INSTANCE_NAMESPACE))
			continue;
		while (start < end && ascii_is_space(*start))
			start++;
		while (start < end && ascii_is_space(end[-1]))
			end--;
		return arena_strndup(in->binder.arena, start, (size_t)(end - start));
	}
	return NULL;
}

static bool parse_bool(const char *text, int64_t *value_r)
{
	*value_r = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
	return *value_r != 0 || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

static bool is_nil(struct reading *in, const struct tag *tag)
{
	const char *text = instance_attribute(in, tag, "nil");
	int64_t value;

	if (text == NULL)
		return false;
	if (!parse_bool(text, &value))
		refuse(in, &nil_unclear);
	return value != 0;
}

/* Returns the namespace that the root declares for the prefix of size characters, or NULL. */
static const char *declared_namespace(const struct tag *tag, const char *prefix, size_t size)
{
	for (int i = 0; i < tag->n_declarations; i++) {
		const char *other = (const char *)tag->declarations[2 * i];

		if (other == NULL ? size == 0
				  : strlen(other) == size && strncmp(other, prefix, size) == 0)
			return (const char *)tag->declarations[2 * i + 1];
	}
	return NULL;
}

/* i:type may repeat the type that the message has anyway. */
static bool is_of_type(struct reading *in, const struct tag *tag)
{
	const struct shape *shape = in->binder.shape;
	const char *type = instance_attribute(in, tag, "type");
	const char *colon, *namespace;

	if (type == NULL)
		return true;
	colon = strchr(type, ':');
	namespace = declared_namespace(tag, type, colon != NULL ? (size_t)(colon - type) : 0);
	return namespace != NULL && shape->xml_namespace != NULL &&
		strcmp(namespace, shape->xml_namespace) == 0 &&
		strcmp(colon != NULL ? colon + 1 : type, shape->xml_root) == 0;
}

static bool is_in_namespace(const struct reading *in, const struct tag *tag)
{
	const char *namespace = in->binder.shape->xml_namespace;

	if (tag->namespace == NULL || namespace == NULL)
		return tag->namespace == namespace;
	return strcmp(tag->namespace, namespace) == 0;
}

static void start_root(struct reading *in, const struct tag *tag)
{
	if (!is_in_namespace(in, tag) || strcmp(tag->name, in->binder.shape->xml_root) != 0) {
		refuse(in, &other_root);
	} else if (is_nil(in, tag)) {
		in->is_null = true;
		in->skipped_depth = in->depth;
	} else if (!is_of_type(in, tag)) {
		refuse(in, &other_type);
	}
}

/* Returns the name of a field's element, or NULL if it is not in XML. */
static const char *element_of(const struct field *field)
{
	if (field->element != NULL || field->order == 0)
		return field->element;
	return field->property != NULL ? field->property : field->name;
}

static const struct field *xml_find_field(const struct reading *in, const struct tag *tag)
{
	const struct field *field = in->binder.shape->fields;

	for (; field->kind != FIELD_END_OF_TABLE; field++) {
		const char *element = element_of(field);

		if (element != NULL && strcmp(element, tag->name) == 0)
			return is_in_namespace(in, tag) ? field : NULL;
	}
	return NULL;
}

/* The first element of a field is read if a strict order permits. */
static bool is_due(struct reading *in, const struct field *field)
{
	uint64_t bit = UINT64_C(1) << (field - in->binder.shape->fields);
	bool is_ordered = in->binder.options->is_order_strict && field->order > 0;

	if ((in->seen & bit) != 0 || (is_ordered && field->order <= in->order))
		return false;
	in->seen |= bit;
	if (is_ordered)
		in->order = field->order;
	return true;
}

static void refuse_value(struct reading *in, const struct field *field)
{
	const char *element = element_of(field);
	struct arena *arena = in->binder.arena;
	const struct text text = {
		.zh = arena_printf(arena, "%s 的值无效。", element),
		.en = arena_printf(arena, "The value of %s is not valid.", element),
	};

	if (binder_goes_on_without(&in->binder, field))
		in->skipped_depth = MEMBER_DEPTH;
	else
		refuse(in, &text);
	in->field = NULL;
}

static void start_member(struct reading *in, const struct tag *tag)
{
	const struct field *field = xml_find_field(in, tag);

	if (field == NULL || !is_due(in, field)) {
		in->skipped_depth = in->depth;
	} else if (!is_nil(in, tag)) {
		in->field = field;
		in->value = in->end;
	} else if (field->kind == FIELD_STR) {
		in->skipped_depth = in->depth;
	} else {
		refuse_value(in, field);
	}
}

static void start_element(void *ctx, const xmlChar *name, const xmlChar *prefix,
	const xmlChar *namespace, int n_declarations, const xmlChar **declarations,
	int n_attributes, int n_defaulted, const xmlChar **attributes)
{
	struct reading *in = ctx;
	const struct tag tag = {
		.name = (const char *)name,
		.namespace = (const char *)namespace,
		.declarations = declarations,
		.n_declarations = n_declarations,
		.attributes = attributes,
		.n_attributes = n_attributes,
	};

	(void)prefix;
	(void)n_defaulted;
	if (++in->depth > DEPTH_MAX)
		refuse(in, &too_deep);
	else if (in->skipped_depth > 0)
		return;
	else if (in->depth == 1)
		start_root(in, &tag);
	else if (in->field != NULL)
		refuse_value(in, in->field);
	else
		start_member(in, &tag);
}

static bool xml_set_value(struct binder *binder, const struct field *field, const char *text)
{
	struct date date;
	int64_t value;

	switch (field->kind) {
	case FIELD_STR:
		binder_set_string(binder, field, text, strlen(text));
		return true;
	case FIELD_DATE:
		if (!date_parse_xsd(text, &date))
			return false;
		binder_set_date(binder, field, &date);
		return true;
	case FIELD_INT32:
		if (!binder_parse_int(text, &value) || value < INT32_MIN || value > INT32_MAX)
			return false;
		break;
	case FIELD_INT64:
		if (!binder_parse_int(text, &value))
			return false;
		break;
	default:
		if (!parse_bool(text, &value))
			return false;
	}
	binder_set_int(binder, field, value);
	return true;
}

static void end_element(
	void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *namespace)
{
	struct reading *in = ctx;

	(void)name;
	(void)prefix;
	(void)namespace;
	if (in->field != NULL) {
		*in->end++ = '\0';
		if (!xml_set_value(&in->binder, in->field, in->value))
			refuse_value(in, in->field);
		in->field = NULL;
	}
	if (in->skipped_depth == in->depth)
		in->skipped_depth = 0;
	in->depth--;
}

static bool xml_is_blank(const xmlChar *text, int size)
{
	for (int i = 0; i < size; i++) {
		if (!ascii_is_space((char)text[i]))
			return false;
	}
	return true;
}

static void xml_take_text(void *ctx, const xmlChar *text, int size)
{
	struct reading *in = ctx;

	if (in->field != NULL)
		in->end = mempcpy(in->end, text, (size_t)size);
	else if (in->skipped_depth == 0 && !xml_is_blank(text, size))
		refuse(in, &stray_text);
}

static void take_instruction(void *ctx, const xmlChar *target, const xmlChar *text)
{
	(void)target;
	(void)text;
	refuse(ctx, &instruction);
}

static void take_doctype(
	void *ctx, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
	(void)name;
	(void)public_id;
	(void)system_id;
	refuse(ctx, &doctype);
}

/* libxml2 gets no functions for errors: they show in the outcome and must not go to standard
 * error. */
static const xmlSAXHandler handler = {
	.initialized = XML_SAX2_MAGIC,
	.internalSubset = take_doctype,
	.startElementNs = start_element,
	.endElementNs = end_element,
	.characters = xml_take_text,
	.ignorableWhitespace = xml_take_text,
	.processingInstruction = take_instruction,
};

/* Returns whether a declaration, if there is one, names an encoding that the text can have
 * been in. */
static bool is_encoding_right(const char *text)
{
	const char *end = strstr(text, "?>");
	const char *at = strstr(text, "encoding");

	if (!str_starts_with(text, "<?xml") || end == NULL || at == NULL || at > end)
		return true;
	at = strpbrk(at, "'\"");
	return at == NULL || str_starts_with_nocase(at + 1, "utf-8") ||
		str_starts_with_nocase(at + 1, "utf-16");
}

static void xml_read_text(struct reading *in, const char *text, size_t size)
{
	xmlParserCtxt *parser = xmlNewParserCtxt();

	if (parser == NULL)
		abort();
	*parser->sax = handler;
	parser->userData = in;
	in->parser = parser;
	/* Each value is shorter than its text in the message. */
	in->end = arena_alloc(in->binder.arena, size + 1);
	xmlCtxtReadMemory(parser, text, (int)size, NULL, NULL,
		XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC);
	if (!parser->wellFormed || !parser->nsWellFormed)
		refuse(in, &malformed);
	xmlFreeParserCtxt(parser);
}

void bind_xml(const struct shape *shape, const struct bind_options *options, struct arena *arena,
	const struct body *body, struct binding *binding_r)
{
	struct reading in = {0};
	size_t size;
	char *text;

	*binding_r = (struct binding){0};
	if (body->size == 0)
		return;
	binder_init(&in.binder, shape, options, arena);
	text = negotiate_decode(body, options->is_emulating, arena, &size);
	if (text == NULL)
		refuse(&in, &binder_not_utf8);
	else if (!is_encoding_right(text))
		refuse(&in, &other_encoding);
	else
		xml_read_text(&in, text, size);
	if (in.is_null)
		in.binder.model = NULL;
	binder_finish(&in.binder, binding_r);
}
