/*
 * Anything as a message in JSON, of each endpoint in its own flavour. What is bound is text that
 * its fields allow; what is written from it is JSON as others read it, and is read as the same; and
 * the exact flavour reads nothing that Jansson refuses.
 *
 * The first bytes of an input choose the endpoint, the options and the charset.
 */
#include "arena.h"
#include "bind.h"
#include "buf.h"
#include "endpoint.h"
#include "endpoints.h"
#include "fuzz.h"
#include "json_writer.h"
#include "negotiate.h"
#include "str.h"

static const char *const types[] = {"application/json", "application/json; charset=utf-16",
	"application/json; charset=gbk", "text/json; charset=utf-16be"};

static const struct endpoint *choose_endpoint(unsigned choice)
{
	const size_t n = endpoint_count(endpoints);
	size_t i = choice % n;

	while (endpoints[i]->source != FROM_BODY)
		i = (i + 1) % n;
	return endpoints[i];
}

static void write_json(struct buf *buf, const struct shape *shape, const void *model)
{
	buf_reset(buf);
	json_write(buf, shape, model);
	if (!fuzz_is_json(buf->data, buf->size))
		BUG("this is no JSON: %s", buf->data);
}

/* Whether null does not leave a member as it is, but clears it. */
static bool clears(const struct shape *shape)
{
	for (const struct field *field = shape->fields; field->kind != FIELD_END_OF_TABLE; field++)
		if (field->null_clears || (field->kind == FIELD_OBJECT && clears(field->shape)))
			return true;
	return false;
}

/* Members that a request must not have are not read again. */
static void check_again(const struct shape *shape, const struct bind_options *options,
	struct arena *arena, const struct buf *first)
{
	const struct body body = {
		.bytes = first->data, .size = first->size, .content_type = types[0]};
	struct buf again = {0};
	struct binding binding;

	bind_json(shape, options, arena, &body, &binding);
	if (binding.model == NULL && options->flavour == JSON_NET && !options->is_emulating)
		BUG("%s is not read again", first->data);
	if (binding.model == NULL || binding.errors != NULL || clears(shape))
		return;
	write_json(&again, shape, binding.model);
	if (strcmp(first->data, again.data) != 0)
		BUG("%s becomes %s", first->data, again.data);
	buf_release(&again);
}

static void check(const struct shape *shape, const struct bind_options *options,
	struct arena *arena, const struct binding *binding)
{
	struct buf written = {0};

	if (binding->model == NULL)
		return;
	fuzz_check_strings(shape, binding->model);
	write_json(&written, shape, binding->model);
	check_again(shape, options, arena, &written);
	negotiate_encode_utf16(&written);
	buf_release(&written);
}

static bool has_escape(const struct body *body, const char *begin)
{
	return memmem(body->bytes, body->size, begin, strlen(begin)) != NULL;
}

/* Jansson knows neither byte order marks nor other encodings, and refuses half of a surrogate pair,
 * which becomes U+FFFD. */
static bool is_plain(const struct body *body)
{
	return body->content_type == types[0] && body->size > 0 && body->bytes[0] != '\xef' &&
		memchr(body->bytes, '\0', body->size) == NULL &&
		str_is_utf8(body->bytes, body->size) && !has_escape(body, "\\ud") &&
		!has_escape(body, "\\uD");
}

static void check_strictness(
	const struct bind_options *options, const struct body *body, const struct binding *binding)
{
	if (options->flavour == JSON_EXACT && is_plain(body) && binding->model != NULL &&
		binding->errors == NULL && !fuzz_is_json(body->bytes, body->size))
		BUG("this is no JSON and is read: %.*s", (int)body->size, body->bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input;
	struct arena *arena = fuzz_begin(&input, bytes, size);
	const struct endpoint *endpoint = choose_endpoint(fuzz_take_byte(&input));
	const struct shape *shape = endpoint->request;
	const unsigned choice = fuzz_take_byte(&input);
	const struct bind_options options = {
		.flavour = endpoint->dialect->flavour,
		.is_emulating = (choice & 4) != 0,
	};
	const struct body body = {
		.bytes = fuzz_copy(&input),
		.size = input.size,
		.content_type = types[choice % 4],
	};
	struct binding binding;

	bind_json(shape, &options, arena, &body, &binding);
	check_strictness(&options, &body, &binding);
	check(shape, &options, arena, &binding);
	return 0;
}
