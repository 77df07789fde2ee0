#include "admin/admin_query.h"
#include "app.h"
#include "date.h"
#include "request.h"
#include "str.h"
#include "v1/faults.h"

enum err admin_query_time(
	struct request *req, const char *member, const char *text, int64_t *at_us_r)
{
	struct date date;

	*at_us_r = 0;
	if (text == NULL)
		return ERR_NONE;
	if (!date_parse_xsd(text, &date))
		return v1_refuse_member(req, member,
			(struct text){"须为 2026-11-29T02:39:18Z 这样的时间，或北京时间的一天，如 2026-11-29。",
				"It must be a time as 2026-11-29T02:39:18Z, or a day of UTC+8 as "
				"2026-11-29."});
	*at_us_r = date_to_bound(&date);
	return ERR_NONE;
}

enum err admin_query_app(struct request *req, const char *appid, int32_t *app_id_r)
{
	struct app app;
	enum err err;

	*app_id_r = 0;
	if (appid == NULL)
		return ERR_NONE;
	err = app_find(req->db, appid, &app);
	if (err == ERR_APP_UNKNOWN ||
		(err == ERR_NONE && app.tenant_id != req->principal.tenant_id))
		return v1_refuse_member(req, "appid",
			(struct text){"本租户没有这个应用。", "The tenant has no such app."});
	*app_id_r = app.id;
	return err;
}
