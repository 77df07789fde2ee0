/*
 * Anything as a form and as a query, of each endpoint. Names and values are text, and what is
 * encoded from them is read as the same. What is bound is text that its fields allow.
 *
 * The first bytes of an input choose the endpoint, its flavour and the charset.
 */
#include "arena.h"
#include "bind.h"
#include "buf.h"
#include "endpoint.h"
#include "endpoints.h"
#include "fuzz.h"
#include "json_writer.h"
#include "negotiate.h"
#include "urlencoded.h"

static const char *const types[] = {"application/x-www-form-urlencoded",
	"application/x-www-form-urlencoded; charset=utf-16",
	"application/x-www-form-urlencoded; charset=gbk",
	"application/x-www-form-urlencoded;a=\"b"};

static void encode(struct buf *out, const struct pair *pair)
{
	if (out->size > 0)
		buf_append_char(out, '&');
	buf_append_encoded(out, pair->name);
	buf_append_char(out, '=');
	buf_append_encoded(out, pair->value);
}

/* Writes all pairs that a text holds. Returns whether each is told by name and value alone. */
static bool encode_all(struct arena *arena, char *text, size_t size, struct buf *out)
{
	struct urlencoded pairs;
	bool is_plain = true;
	struct pair pair;

	urlencoded_init(&pairs, arena, text, size);
	while (urlencoded_next(&pairs, &pair)) {
		fuzz_check_text("a name", pair.name);
		fuzz_check_text("a value", pair.value);
		is_plain = is_plain && strlen(pair.name) == pair.name_size &&
			strlen(pair.value) == pair.value_size && strpbrk(pair.name, "[]") == NULL;
		encode(out, &pair);
	}
	return is_plain && !pairs.is_malformed;
}

static void check_pairs(struct arena *arena, const struct fuzz_input *input)
{
	struct buf once = {.arena = arena}, twice = {.arena = arena};
	char *text = arena_strndup(arena, fuzz_copy(input), input->size);

	if (!encode_all(arena, text, input->size, &once) || once.size == 0)
		return;
	encode_all(arena, arena_strdup(arena, once.data), once.size, &twice);
	if (twice.size != once.size || memcmp(once.data, twice.data, once.size) != 0)
		BUG("%s becomes %s", once.data, twice.data);
}

static void check(const struct shape *shape, const struct binding *binding)
{
	struct buf written = {0};

	if (binding->model == NULL)
		return;
	fuzz_check_strings(shape, binding->model);
	json_write(&written, shape, binding->model);
	if (!fuzz_is_json(written.data, written.size))
		BUG("this is no JSON: %s", written.data);
	buf_release(&written);
}

static void negotiate_all(struct arena *arena, const char *text)
{
	const struct negotiate_headers headers = {
		.accept = text, .accept_charset = text, .content_type = text};
	const struct body typed = {.bytes = "x", .size = 1, .content_type = text};
	struct text reason;
	struct media media;

	negotiate_response(FORMAT_JSON | FORMAT_XML, &headers, &media);
	negotiate_request(FORMAT_JSON | FORMAT_XML | FORMAT_FORM, &typed, arena, &reason);
	negotiate_request(FORMAT_STRICT_JSON | FORMAT_MERGE_PATCH, &typed, arena, &reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input;
	struct arena *arena = fuzz_begin(&input, bytes, size);
	const struct endpoint *endpoint =
		endpoints[fuzz_take_byte(&input) % endpoint_count(endpoints)];
	const unsigned choice = fuzz_take_byte(&input);
	const struct bind_options options = {
		.flavour = endpoint->dialect->flavour, .is_emulating = (choice & 4) != 0};
	const struct body body = {
		.bytes = fuzz_copy(&input), .size = input.size, .content_type = types[choice % 4]};
	const char *text = arena_strndup(arena, body.bytes, body.size);
	struct binding binding;

	negotiate_all(arena, text);
	if (endpoint->source == FROM_QUERY)
		bind_query(endpoint->request, &options, arena, text, &binding);
	else if (endpoint->source == FROM_BODY && endpoint->request->kind == SHAPE_OBJECT)
		bind_form(endpoint->request, &options, arena, &body, &binding);
	else
		return 0;
	check(endpoint->request, &binding);
	check_pairs(arena, &input);
	return 0;
}
