#include "call_note.h"

#include <jansson.h>

#include "arena.h"
#include "call_store.h"
#include "conn.h"
#include "request.h"

#define MASK "…"

static const char *const secret_members[] = {"access_token", "refresh_token", "session_key"};

#define N_SECRET_MEMBERS (sizeof(secret_members) / sizeof(*secret_members))

static const char *call_mask(struct arena *arena, json_t *answer)
{
	const char *text;
	char *dumped;

	for (size_t i = 0; i < N_SECRET_MEMBERS; i++)
		if (json_object_get(answer, secret_members[i]) != NULL)
			json_object_set_new(answer, secret_members[i], json_string(MASK));
	dumped = json_dumps(answer, JSON_COMPACT);
	text = arena_strdup(arena, dumped);
	free(dumped);
	return text;
}

/* Of an answer that is no JSON, what a log of HTTP would say. */
static const char *call_answer(const struct request *req)
{
	const struct response *response = &req->response;
	json_t *answer = json_loadb(response->body.data, response->body.size, 0, NULL);
	const char *text = json_is_object(answer)
		? call_mask(req->arena, answer)
		: arena_printf(req->arena, "HTTP %d %s", response->status, response->content_type);

	json_decref(answer);
	return text;
}

int64_t call_note_begin(struct request *req, const struct api_call *call)
{
	return call_store_note(req->db, call) == ERR_NONE ? req->db->insert_id : 0;
}

void call_note_end(struct request *req, int64_t id)
{
	call_store_note_answer(req->db, id, call_answer(req));
}
