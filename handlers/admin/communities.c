#include "admin/dialect.h"
#include "admin/admin_page.h"
#include "community.h"
#include "request.h"

struct community_answer {
	int64_t id;
	const char *name;
	int64_t region_code;
	int32_t region_level;
	const char *organisation;
};

#define COMMUNITY(member, type, ...) FIELD(struct community_answer, member, type, __VA_ARGS__)

static const struct field community_fields[] = {
	COMMUNITY(id, INT64, .name = "id", .text = {"编号", "id"}),
	COMMUNITY(name, STR, .name = "name", .text = {"名称", "name"}),
	COMMUNITY(region_code, INT64, .name = "region_code",
		.text = {"行政区划代码；0 表示没有",
			"code of the administrative division; 0: none"}),
	COMMUNITY(region_level, INT32, .name = "region_level",
		.text = {"区划级别：1 省 … 5 村", "level: 1 province … 5 village"}),
	COMMUNITY(organisation, STR, .name = "organisation",
		.text = {"所属机构；空串为无", "organisation; \"\": none"}),
	FIELD_END
};

static const struct shape community_shape = {
	.name = "Community", .size = sizeof(struct community_answer), .fields = community_fields,
};

static const struct field page_fields[] = {
	ADMIN_PAGE_FIELDS(&community_shape, "按编号", "by id")
};

static const struct shape page_shape = {
	.name = "Communities", .size = sizeof(struct page_answer), .fields = page_fields,
};

static int64_t show_community(void *ctx, const void *row, void *item_r)
{
	const struct community *community = row;

	(void)ctx;
	*(struct community_answer *)item_r = (struct community_answer){
		.id = community->id,
		.name = community->name,
		.region_code = community->region_code,
		.region_level = community->region_level,
		.organisation = community->organisation,
	};
	return community->id;
}

static enum err communities_get(struct request *req)
{
	struct community_list list;
	struct page_wanted page;
	enum err err = admin_page_read(req, &page);

	if (err == ERR_NONE)
		err = community_page(req->db,
			&(struct community_page){
				req->principal.tenant_id, page.after_id, page.n_most},
			&list);
	if (err == ERR_NONE)
		admin_page_show(req, &page,
			&PAGE_ROWS(list.communities, list.n_communities, struct community_answer,
				show_community, NULL));
	return err;
}

static const enum err errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_communities_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/communities",
	.summary = {"列出社区", "List communities"},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &admin_page_shape,
	.answer = ANSWER_PLAIN,
	.response = &page_shape,
	.errors = errors,
	.run = communities_get,
};
