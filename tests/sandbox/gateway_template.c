#include "gateway.h"

#include "arena.h"
#include "endpoints.h"
#include "inbox.h"
#include "request.h"

#define AUTHORIZATION "Bearer template-sandbox-secret"

static const char *take(struct arena *arena, const json_t *json, const char *name)
{
	return arena_strdup(arena, json_string_value(json_object_get(json, name)));
}

/* JSON with phone, code and id, and a bearer's secret: what a small gateway may look like. */
static struct refusal check(struct request *req, struct sandbox_sms *sms_r)
{
	json_t *json = json_loadb(
		(const char *)req->body.bytes, req->body.size, JSON_REJECT_DUPLICATES, NULL);
	const char *id = take(req->arena, json, "id");

	sms_r->phone = take(req->arena, json, "phone");
	sms_r->code = take(req->arena, json, "code");
	json_decref(json);
	if (req->authorization == NULL || strcmp(req->authorization, AUTHORIZATION) != 0)
		return (struct refusal){"401", "not authorised", 401};
	if (sms_r->phone == NULL || sms_r->code == NULL || id == NULL)
		return (struct refusal){"400", "a member is missing", 400};
	if (!gateway_is_phone(sms_r->phone) || !gateway_is_code(sms_r->code))
		return (struct refusal){"422", "phone or code cannot be", 0};
	return (struct refusal){0};
}

static void write_answer(struct request *req, const struct refusal *refusal,
	const struct sandbox_sms *sms)
{
	bool is_sent = refusal->code == NULL;

	(void)sms;
	gateway_write_json(req, refusal->status == 0 ? 200 : refusal->status,
		json_pack("{s:s,s:s}", "code", is_sent ? "0" : refusal->code, "message",
			is_sent ? "sent" : refusal->text));
}

static enum err run(struct request *req)
{
	static const struct gateway gateway = {"template", check, write_answer};

	return gateway_run(req, &gateway);
}

const struct sandbox_endpoint gateway_template =
	GATEWAY("sandbox/sms/template", "A gateway for the driver template", run);
