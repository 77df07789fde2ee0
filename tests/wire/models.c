#include "models.h"

struct id {
	int32_t id;
};

static const struct field id_fields[] = {
	FIELD(struct id, id, INT32, .name = "id", .is_required = true),
	FIELD_END
};

const struct shape id_shape = {
	.name = "Id", .size = sizeof(struct id), .fields = id_fields,
};

struct open_id {
	const char *open_id;
};

static const struct field open_id_fields[] = {
	FIELD(struct open_id, open_id, STR, .name = "openId", .is_required = true, .max = 64),
	FIELD_END
};

const struct shape open_id_shape = {
	.name = "OpenId", .size = sizeof(struct open_id), .fields = open_id_fields,
};

struct ids {
	struct int32_list ids;
};

static const struct field ids_fields[] = {
	FIELD(struct ids, ids, INT32_LIST),
	FIELD_END
};

const struct shape ids_shape = {
	.name = "Ids", .size = sizeof(struct ids), .kind = SHAPE_LIST, .fields = ids_fields,
};
