#include "unit.h"

/*
 * Every recorded request goes through the readers twice: as wxuser reads it, and as it emulates
 * the original. tests/wire/deviations lists what is not followed; a vector that differs without
 * being listed fails, and so does a listed one that agrees.
 */
#include <jansson.h>

#include "arena.h"
#include "bound.h"
#include "buf.h"
#include "city/dialect.h"
#include "customer/dialect.h"
#include "models.h"
#include "negotiate.h"
#include "recorded.h"
#include "shop/dialect.h"
#include "str.h"

#define ARENA_LIMIT (4 << 20)
#define NO_XML (FORMAT_JSON | FORMAT_FORM)

struct target {
	const char *path;
	const struct shape *shape;
	const char *method;
	unsigned formats;
	int unreadable; /* status where nothing was bound; 0: the endpoint answers by itself */
};

static const struct target targets[] = {
	{"/city/v3/OnlineMediateWW/SaveWXUserInfo", &city_resident_shape, "POST", NO_XML, 0},
	{"/api/weixin/wxbuyinguser/createmember", &shop_member_req_shape, "POST", NO_XML, 0},
	{"/api/weixin/wxbuyinguser/getlist", &ids_shape, "POST", NO_XML, 400},
	{"/api/weixin/wxbuyinguser/get", &id_shape, "GET", NO_XML, 0},
	{"/api/weixin/wxbuyinguser/getbyopenid", &open_id_shape, "GET", NO_XML, 0},
	{"/api/Customer/AppAuthorization", &customer_user_shape, "POST", NO_XML | FORMAT_XML, 0},
};

/* A request, and what came of it. */
struct replay {
	struct arena *arena;
	struct recorded request;
	const struct target *target;
	struct bind_options options;
	int status;
	enum format format;
	struct binding binding;
	const char *content_type;
};

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* NULL: the vector is about routing. */
static const struct target *find_target(const struct recorded *request)
{
	size_t size = strlen(request->path);

	size -= size > 1 && request->path[size - 1] == '/';
	for (size_t i = 0; i < N_OF(targets); i++) {
		if (strlen(targets[i].path) == size &&
			strncasecmp(targets[i].path, request->path, size) == 0 &&
			strcmp(targets[i].method, request->method) == 0)
			return &targets[i];
	}
	return NULL;
}

static void bind_parameters(struct replay *replay)
{
	bind_query(replay->target->shape, &replay->options, replay->arena, replay->request.query,
		&replay->binding);
	if (replay->binding.is_missing)
		replay->status = 404;
	else if (replay->binding.errors != NULL)
		replay->status = 400;
	if (replay->status != 200)
		replay->binding = (struct binding){0};
}

static void bind_body(struct replay *replay)
{
	const struct shape *shape = replay->target->shape;
	struct text text;

	replay->format = negotiate_request(
		replay->target->formats, &replay->request.body, replay->arena, &text);
	if (replay->format == FORMAT_NONE)
		replay->status = 415;
	else if (replay->format == FORMAT_FORM)
		bind_form(shape, &replay->options, replay->arena, &replay->request.body,
			&replay->binding);
	else if (replay->format == FORMAT_XML)
		bind_xml(shape, &replay->options, replay->arena, &replay->request.body,
			&replay->binding);
	else
		bind_json(shape, &replay->options, replay->arena, &replay->request.body,
			&replay->binding);
	if (replay->status == 200 && replay->binding.model == NULL &&
		replay->target->unreadable != 0)
		replay->status = replay->target->unreadable;
}

static void replay_run(struct replay *replay)
{
	const struct negotiate_headers headers = {
		.accept = recorded_header(&replay->request, "Accept"),
		.accept_charset = recorded_header(&replay->request, "Accept-Charset"),
		.content_type = recorded_header(&replay->request, "Content-Type"),
	};
	struct media media;

	if (strcmp(replay->target->method, "GET") == 0)
		bind_parameters(replay);
	else
		bind_body(replay);
	negotiate_response(replay->target->formats, &headers, &media);
	replay->content_type = media.content_type;
}

/* A parameter stands for itself: 7, not {"id":7}. The original has no code. */
static json_t *bound(const struct replay *replay)
{
	json_t *object = bound_to_json(replay->target->shape, replay->binding.model);
	json_t *value;

	if (json_is_null(json_object_get(object, "code")))
		json_object_del(object, "code");
	if (strcmp(replay->target->method, "GET") != 0 || json_is_null(object))
		return object;
	value = json_incref(json_object_get(object, replay->target->shape->fields[0].name));
	json_decref(object);
	return value;
}

/* The field of "model.Id" is "Id", of "ids[1]" "[1]", of "model" "". */
static const char *field_of(const char *key)
{
	key += strcspn(key, ".[");
	return key + (*key == '.');
}

static bool errors_agree(const struct replay *replay, json_t *model_state)
{
	json_t *names = bound_errors_to_json(replay->binding.errors);
	bool agree = json_array_size(names) == json_object_size(model_state);
	const char *key;
	json_t *ignored;

	json_object_foreach(model_state, key, ignored) {
		const char *field = field_of(key);
		size_t i = 0;

		while (i < json_array_size(names) &&
			strcmp(json_string_value(json_array_get(names, i)), field) != 0)
			i++;
		agree = agree && i < json_array_size(names);
	}
	json_decref(names);
	return agree;
}

/* What differs; NULL: nothing. */
static const char *difference(const struct replay *replay, const json_t *vector)
{
	const json_t *response = json_object_get(vector, "response");
	int status = (int)json_integer_value(json_object_get(response, "status"));
	/* These made the recorded controller answer by itself. */
	bool is_stubbed = recorded_header(&replay->request, "X-Throw") != NULL ||
		recorded_header(&replay->request, "X-Validate") != NULL;
	json_t *model;
	bool models_agree;

	if (strcmp(text_of(json_object_get(response, "headers"), "Content-Type"),
		    replay->content_type) != 0)
		return "content type";
	if (!is_stubbed && status != replay->status)
		return "status";
	model = bound(replay);
	models_agree = json_equal(model, json_object_get(vector, "bound_model"));
	json_decref(model);
	if (!models_agree)
		return "bound model";
	return errors_agree(replay, json_object_get(vector, "model_state")) ? NULL : "errors";
}

static const char *path_of(const char *name, struct buf *buf)
{
	const char *source = getenv("srcdir");

	buf_reset(buf);
	buf_printf(buf, "%s/tests/wire/%s", source != NULL ? source : ".", name);
	return buf->data;
}

/* name to reason */
static json_t *load_deviations(void)
{
	struct buf path = {0};
	json_t *reasons = json_object();
	char line[1024];
	FILE *file = fopen(path_of("deviations", &path), "r");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		char *tab = strchr(line, '\t');

		if (line[0] == '#' || tab == NULL)
			continue;
		*tab = '\0';
		json_object_set_new(reasons, line, json_string(tab + 1));
	}
	fclose(file);
	buf_release(&path);
	return reasons;
}

static bool is_followed(const char *reason, bool is_emulating)
{
	return reason == NULL || (is_emulating && str_starts_with(reason, "by default, "));
}

/* Why the vector is not followed, listed by its name or by system and name; NULL: it is. */
static const char *reason_of(
	struct arena *arena, const json_t *vector, const json_t *deviations)
{
	const char *name = text_of(vector, "name");
	const char *reason = text_of(deviations, name);

	if (reason != NULL)
		return reason;
	return text_of(deviations,
		arena_printf(arena, "%s %s", text_of(vector, "system"), name));
}

static int replay_vector(
	struct arena *arena, const json_t *vector, const json_t *deviations, bool is_emulating)
{
	const char *name = text_of(vector, "name");
	const char *reason = reason_of(arena, vector, deviations);
	struct replay replay = {
		.arena = arena,
		.options = {.is_emulating = is_emulating, .is_order_strict = is_emulating},
		.status = 200,
	};
	const char *different;
	bool is_wrong;

	assert_true(recorded_read(arena, json_object_get(vector, "request"), &replay.request));
	replay.target = find_target(&replay.request);
	if (replay.target == NULL)
		return 0;
	replay_run(&replay);
	different = difference(&replay, vector);
	is_wrong = is_followed(reason, is_emulating) != (different == NULL);
	if (is_wrong)
		print_message("%s%s: %s\n", name, is_emulating ? ", emulated" : "",
			different != NULL ? different : "listed as a deviation, but it agrees");
	return is_wrong;
}

static void replay_all(bool is_emulating)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct buf path = {0};
	json_t *deviations = load_deviations();
	FILE *file = fopen(path_of("vectors.jsonl", &path), "r");
	json_t *vector;
	int n_wrong = 0;
	int n = 0;

	assert_non_null(file);
	while ((vector = json_loadf(file, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, NULL)) != NULL) {
		arena_reset(arena);
		n_wrong += replay_vector(arena, vector, deviations, is_emulating);
		json_decref(vector);
		n++;
	}
	fclose(file);
	json_decref(deviations);
	buf_release(&path);
	arena_free(arena);
	assert_int_equal(n_wrong, 0);
	assert_int_equal(n, 319);
}

static void wxuser_follows_the_vectors_but_for_the_deviations(void **state)
{
	(void)state;
	replay_all(false);
}

static void emulation_follows_what_is_widened_by_default(void **state)
{
	(void)state;
	replay_all(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wxuser_follows_the_vectors_but_for_the_deviations),
		cmocka_unit_test(emulation_follows_what_is_widened_by_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
