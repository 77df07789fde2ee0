#include "address.h"
#include "app_push.h"
#include "arena.h"
#include "conf.h"
#include "limit.h"
#include "push/push_sender.h"
#include "request.h"

/* Returns the name of address and app; NULL: the sender is not limited. */
static const char *push_sender(const struct request *req)
{
	const char *address = req->conf->rates_by_address ? address_of_client(req) : NULL;

	return address == NULL ? NULL
			       : arena_printf(req->arena, "%s %s", address, req->path_parameter);
}

/* After the Token has changed, failures are another name's. */
static const char *push_sender_failures(
	const struct request *req, const struct app_push *app, const char *sender)
{
	return arena_printf(req->arena, "%s %s", app->token, sender);
}

enum err push_sender_find_app(struct request *req, struct app_push *app_r)
{
	const char *sender = push_sender(req);
	enum err err = ERR_NONE;

	if (limit_is_reached(req, LIMIT_UNKNOWN, req->path_parameter))
		return request_fail(req, ERR_FORBIDDEN, "unknown a moment ago");
	if (sender != NULL && !limit_is_noted(req, LIMIT_KNOWN, sender))
		err = limit_look(req, LIMIT_PUSH_APPS, address_of_client(req));
	if (err == ERR_NONE)
		err = app_push_find(req->db, req->path_parameter, app_r);
	if (err != ERR_APP_UNKNOWN)
		return err;
	limit_note(req, LIMIT_UNKNOWN, req->path_parameter);
	if (sender != NULL)
		limit_note(req, LIMIT_PUSH_APPS, address_of_client(req));
	return request_fail(req, ERR_FORBIDDEN, "no such app");
}

enum err push_sender_check(struct request *req, const struct app_push *app)
{
	const char *sender = push_sender(req);

	if (sender == NULL || limit_is_noted(req, LIMIT_KNOWN, sender))
		return ERR_NONE;
	return limit_look(
		req, LIMIT_PUSH_SIGNATURES, push_sender_failures(req, app, sender));
}

void push_sender_note(struct request *req, const struct app_push *app, bool is_right)
{
	const char *sender = push_sender(req);

	if (sender == NULL)
		return;
	if (is_right)
		limit_note(req, LIMIT_KNOWN, sender);
	else
		limit_note(req, LIMIT_PUSH_SIGNATURES, push_sender_failures(req, app, sender));
}
