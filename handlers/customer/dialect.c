#include "customer/dialect.h"
#include "webapi.h"

static const struct dialect_error errors[ERR_N] = {
	WEBAPI_ERRORS,
	[ERR_INTERNAL] = {500, 0, "出现错误。", "An error has occurred."},
};

const struct dialect customer_dialect = {
	.name = "customer",
	.prefix = "api/",
	.is_negotiating = true,
	.formats = FORMAT_JSON | FORMAT_FORM,
	.flavour = JSON_NET,
	.errors = errors,
	.refuse = webapi_refuse,
};
