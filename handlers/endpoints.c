#include "account/dialect.h"
#include "admin/dialect.h"
#include "city/dialect.h"
#include "customer/dialect.h"
#include "endpoints.h"
#include "problem.h"
#include "push/dialect.h"
#include "shop/dialect.h"
#include "v1/dialect.h"

#define ENDPOINT(name, actions) extern const struct endpoint name;
#include "endpoints.def"
#undef ENDPOINT

const struct endpoint *const endpoints[] = {
#define ENDPOINT(name, actions) &name,
#include "endpoints.def"
#undef ENDPOINT
	NULL,
};

/* The first dialect whose prefix fits answers for an unknown path. */
const struct dialect *const dialects[] = {
	&admin_dialect,
	&v1_dialect,
	&city_dialect,
	&shop_dialect,
	&customer_dialect,
	&account_dialect,
	&push_dialect,
	&problem_dialect,
	NULL,
};
