/*
 * Anything as a message in XML. What is bound must be text without NUL; and what is written from
 * it, or from a message in JSON, is read back as the same. What is read loosely is text, too.
 *
 * The first byte of an input chooses the options.
 */
#include "arena.h"
#include "bind.h"
#include "buf.h"
#include "customer/dialect.h"
#include "err.h"
#include "fuzz.h"
#include "xml_writer.h"

#define ARENA_LIMIT (64 << 20)

static const char *const types[] = {"application/xml", "application/xml; charset=utf-16",
	"application/xml; charset=gbk", "text/xml"};

static void check(struct arena *arena, const struct binding *binding)
{
	static const struct bind_options strict = {.is_order_strict = true};
	const struct shape *shape = &customer_user_shape;
	struct buf written = {0}, again = {0};
	struct body body = {.content_type = "application/xml"};
	struct binding read;

	if (binding->model == NULL)
		return;
	fuzz_check_strings(shape, binding->model);
	xml_write(&written, shape, binding->model);
	body.bytes = written.data;
	body.size = written.size;
	bind_xml(shape, &strict, arena, &body, &read);
	if (read.model == NULL || read.errors != NULL)
		BUG("this is no XML: %s", written.data);
	xml_write(&again, shape, read.model);
	if (strcmp(written.data, again.data) != 0)
		BUG("%s becomes %s", written.data, again.data);
	buf_release(&written);
	buf_release(&again);
}

struct push {
	const char *event, *encrypted;
};

static const struct field push_fields[] = {
	FIELD(struct push, event, STR, .name = "Event", .max = 64),
	FIELD(struct push, encrypted, STR, .name = "Encrypt", .max = 65535),
	FIELD_END
};

static const struct shape push_shape = {
	.name = "Push", .size = sizeof(struct push), .fields = push_fields, .xml_root = "xml",
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct bind_options options = {.flavour = JSON_NET};
	struct binding binding;
	struct arena *arena;
	struct body body;

	if (size == 0)
		return 0;
	arena = arena_new(ARENA_LIMIT);
	options.is_emulating = (bytes[0] & 4) != 0;
	options.is_order_strict = (bytes[0] & 8) != 0;
	body = (struct body){
		.bytes = (const char *)bytes + 1,
		.size = size - 1,
		.content_type = types[bytes[0] % 4],
	};
	bind_xml(&customer_user_shape, &options, arena, &body, &binding);
	check(arena, &binding);
	bind_json(&customer_user_shape, &options, arena, &body, &binding);
	check(arena, &binding);
	bind_loosely(&push_shape, arena, &body, &binding);
	if (binding.model != NULL)
		fuzz_check_strings(&push_shape, binding.model);
	arena_free(arena);
	return 0;
}
