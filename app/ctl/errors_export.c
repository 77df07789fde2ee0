#include <errno.h>
#include <sys/stat.h>

#include "arena.h"
#include "command.h"
#include "endpoints.h"
#include "request.h"
#include "route.h"
#include "service.h"

#define MODE 0755

enum { DIRECTORY };

/* A web server's own refusals, and what the program says in such a case. */
static const struct occasion {
	const char *directory;
	enum err err;
} occasions[] = {
	{"bad_request", ERR_BAD_REQUEST},
	{"busy", ERR_BUSY},
	{"too_large", ERR_TOO_LARGE},
};

static const struct media json = {.format = FORMAT_JSON, .type = "application/json"};
static const struct media xml = {.format = FORMAT_XML, .type = "application/xml"};
static const struct media text_xml = {.format = FORMAT_XML, .type = "text/xml"};

/* A file's ending is for the web server's table of types. */
static const struct form {
	const char *file;
	const char *path; /* of an endpoint that speaks so */
	const struct media *media;
} forms[] = {
	{"account.plain-json", "/account_api/wechat/user/getUserInfo", &json},
	{"city.json", "/city/v3/OnlineMediateWW/SaveWXUserInfo", &json},
	{"customer.json", "/api/Customer/AppAuthorization", &json},
	{"customer.xml", "/api/Customer/AppAuthorization", &xml},
	{"customer.text-xml", "/api/Customer/AppAuthorization", &text_xml},
	{"logout.json", "/api/Customer/Logout", &json},
	{"logout.xml", "/api/Customer/Logout", &xml},
	{"logout.text-xml", "/api/Customer/Logout", &text_xml},
	{"other.problem-json", "/healthz", &json},
	{"push.txt", "/wechat/push/APPID", &json},
	{"shop.json", "/api/weixin/wxbuyinguser/get", &json},
	{"unbind.json", "/api/weixin/wxbuyinguser/unbindmember", &json},
	{"write.json", "/api/weixin/wxbuyinguser/saveuser", &json},
};

static const struct service house = {
	.endpoints = house_endpoints,
	.dialects = house_dialects,
};

static int write_file(const char *path, const struct buf *body)
{
	FILE *file = fopen(path, "w");
	bool is_written;

	if (file == NULL)
		return ctl_fail("%s: %s", path, strerror(errno));
	is_written = fwrite(body->data, 1, body->size, file) == body->size;
	if (fclose(file) != 0 || !is_written)
		return ctl_fail("%s: %s", path, strerror(errno));
	return EXIT_SUCCESS;
}

static int write_form(
	struct ctl *ctl, const struct form *form, enum err err, const char *directory)
{
	struct request req = {
		.arena = ctl->arena,
		.conf = ctl->conf,
		.method = "POST",
		.path = form->path,
		.media = *form->media,
		.err = err,
	};
	int status;

	route(&house, &req);
	req.dialect->refuse(&req);
	status = write_file(arena_printf(ctl->arena, "%s/%s", directory, form->file),
		&req.response.body);
	buf_release(&req.response.body);
	buf_release(&req.response.headers);
	return status;
}

static int make_directory(const char *path)
{
	if (mkdir(path, MODE) != 0 && errno != EEXIST)
		return ctl_fail("%s: %s", path, strerror(errno));
	return EXIT_SUCCESS;
}

static int write_occasion(struct ctl *ctl, const struct occasion *occasion, const char *parent)
{
	const char *directory = arena_printf(ctl->arena, "%s/%s", parent, occasion->directory);
	int status = make_directory(directory);

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]) && status == EXIT_SUCCESS; i++)
		status = write_form(ctl, &forms[i], occasion->err, directory);
	return status;
}

static int errors_export(struct ctl *ctl, const struct argument *arguments)
{
	const char *directory = arguments[DIRECTORY].text;
	int status = make_directory(directory);

	for (size_t i = 0;
		i < sizeof(occasions) / sizeof(occasions[0]) && status == EXIT_SUCCESS; i++)
		status = write_occasion(ctl, &occasions[i], directory);
	if (status == EXIT_SUCCESS)
		printf("Wrote %zu files below %s.\n",
			sizeof(occasions) / sizeof(occasions[0]) * sizeof(forms) / sizeof(forms[0]),
			directory);
	return status;
}

const struct command command_errors_export = {
	.name = "errors export",
	.arguments = "DIRECTORY",
	.summary = "Writes what the web server answers where it cannot ask the program",
	.details =
		"A file for each form that a dialect's refusals have, in bad_request, busy and\n"
		"too_large below DIRECTORY. The texts are those of [http] messages; where it is\n"
		"auto, Chinese. \"make install\" has written them in Chinese.\n",
	.needs = NEEDS_CONF,
	.run = errors_export,
};
