#include "unit.h"

#include "arena.h"
#include "asking.h"
#include "conf.h"
#include "dispatch.h"

int asking_set_up(void **state)
{
	struct asking *asking = calloc(1, sizeof(*asking));
	char error[256];

	setenv("WXUSER_CONF_http__messages", "en", 0);
	asking->arena = arena_new(1 << 20);
	asking->conf = conf_load(NULL, error, sizeof(error));
	assert_non_null(asking->conf);
	asking->conf->rates_by_address = false;
	asking->type = "application/json";
	*state = asking;
	return 0;
}

int asking_tear_down(void **state)
{
	struct asking *asking = *state;

	buf_release(&asking->req.response.body);
	buf_release(&asking->req.response.headers);
	conf_free(asking->conf);
	arena_free(asking->arena);
	free(asking);
	return 0;
}

void ask(struct asking *asking, const struct service *service, const char *path, const char *body)
{
	const struct dispatcher dispatcher = {.service = service, .conf = asking->conf};

	buf_reset(&asking->req.response.headers);
	asking->req = (struct request){
		.arena = asking->arena, .method = "POST", .path = path, .scheme = "http",
		.authority = "h", .target = "/x",
		.seq_id = 7, .content_type = asking->type, .accept = asking->accept,
		.remote_addr = "192.0.2.1",
		.body = {.bytes = body, .size = strlen(body), .content_type = asking->type},
		.response = asking->req.response,
	};
	dispatch(&dispatcher, &asking->req);
}
