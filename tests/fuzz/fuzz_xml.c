/*
 * Anything as a message in XML. What is bound is text that its fields allow; and what is written
 * from it is read back as the same, in the strict order, too. What is read in order alone is read
 * in any order. What is read loosely, as a push is, is text as well.
 *
 * The first byte of an input chooses the options.
 */
#include "arena.h"
#include "bind.h"
#include "buf.h"
#include "customer/dialect.h"
#include "fuzz.h"
#include "xml_writer.h"

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
	FIELD(struct push, encrypted, STR, .name = "Encrypt", .max = 65535), FIELD_END};

static const struct shape push_shape = {
	.name = "Push",
	.size = sizeof(struct push),
	.fields = push_fields,
	.xml_root = "xml",
};

static void bind_both(struct arena *arena, struct bind_options options, const struct body *body)
{
	struct binding strict, any;

	options.is_order_strict = true;
	bind_xml(&customer_user_shape, &options, arena, body, &strict);
	options.is_order_strict = false;
	bind_xml(&customer_user_shape, &options, arena, body, &any);
	if (any.model == NULL && strict.model != NULL && strict.errors == NULL &&
		any.errors == NULL)
		BUG("the strict order reads more than any order does");
	check(arena, &strict);
	check(arena, &any);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input;
	struct arena *arena = fuzz_begin(&input, bytes, size);
	const unsigned choice = fuzz_take_byte(&input);
	const struct bind_options options = {
		.flavour = JSON_NET, .is_emulating = (choice & 4) != 0};
	const struct body body = {
		.bytes = fuzz_copy(&input),
		.size = input.size,
		.content_type = types[choice % 4],
	};
	struct binding binding;

	bind_both(arena, options, &body);
	bind_json(&customer_user_shape, &options, arena, &body, &binding);
	check(arena, &binding);
	bind_loosely(&push_shape, arena, &body, &binding);
	if (binding.model != NULL)
		fuzz_check_strings(&push_shape, binding.model);
	return 0;
}
