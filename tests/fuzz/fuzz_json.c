/*
 * Anything as a message: JSON in both flavours, form, query and headers. What is bound must be
 * text without NUL, and what is written from it JSON that others read.
 *
 * The first byte of an input chooses the model and the options.
 */
#include <jansson.h>

#include "arena.h"
#include "bind.h"
#include "buf.h"
#include "city/dialect.h"
#include "customer/dialect.h"
#include "err.h"
#include "fuzz.h"
#include "json_writer.h"
#include "models.h"
#include "negotiate.h"
#include "shop/dialect.h"

#define ARENA_LIMIT (64 << 20)

static const struct shape *const shapes[] = {
	&shop_member_req_shape, &city_resident_shape, &customer_user_shape, &ids_shape};

static const char *const types[] = {"application/json", "application/json; charset=utf-16",
	"application/json; charset=gbk", "application/x-www-form-urlencoded; charset=gbk"};

static void check(const struct shape *shape, const struct binding *binding)
{
	struct buf buf = {0};
	json_t *written;

	if (binding->model == NULL)
		return;
	fuzz_check_strings(shape, binding->model);
	json_write(&buf, shape, binding->model);
	written = json_loadb(buf.data, buf.size, 0, NULL);
	if (written == NULL)
		BUG("this is no JSON: %s", buf.data);
	json_decref(written);
	negotiate_encode_utf16(&buf);
	buf_release(&buf);
}

static void bind_all(unsigned choice, struct arena *arena, const struct body *body)
{
	const struct shape *shape = shapes[choice % 4];
	const struct bind_options options = {
		.flavour = (choice & 16) != 0 ? JSON_JACKSON : JSON_NET,
		.is_emulating = (choice & 32) != 0,
	};
	struct binding binding;

	bind_json(shape, &options, arena, body, &binding);
	check(shape, &binding);
	bind_form(shape, &options, arena, body, &binding);
	check(shape, &binding);
	if (shape->kind == SHAPE_OBJECT) {
		bind_query(shape, &options, arena, arena_strndup(arena, body->bytes, body->size),
			&binding);
		check(shape, &binding);
	}
}

static void negotiate_all(struct arena *arena, const struct body *body)
{
	const char *text = arena_strndup(arena, body->bytes, body->size);
	const struct negotiate_headers headers = {
		.accept = text, .accept_charset = text, .content_type = text};
	const struct body typed = {.bytes = "x", .size = 1, .content_type = text};
	struct text reason;
	struct media media;

	negotiate_response(FORMAT_JSON | FORMAT_XML, &headers, &media);
	negotiate_request(FORMAT_JSON | FORMAT_XML | FORMAT_FORM, &typed, arena, &reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena;
	struct body body;

	if (size == 0)
		return 0;
	arena = arena_new(ARENA_LIMIT);
	body = (struct body){
		.bytes = (const char *)bytes + 1,
		.size = size - 1,
		.content_type = types[bytes[0] / 4 % 4],
	};
	bind_all(bytes[0], arena, &body);
	negotiate_all(arena, &body);
	arena_free(arena);
	return 0;
}
