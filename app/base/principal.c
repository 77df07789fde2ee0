#include "principal.h"

const char *principal_scope_name(size_t place)
{
	static const char *const names[PRINCIPAL_N_SCOPES] = {"read", "write", "admin", "wechat"};
	_Static_assert(SCOPE_READ == 1 << 0 && SCOPE_WRITE == 1 << 1 && SCOPE_ADMIN == 1 << 2 &&
			SCOPE_WECHAT == 1 << 3,
		"the places of the names");

	return place < PRINCIPAL_N_SCOPES ? names[place] : NULL;
}

bool principal_owns(const struct principal *principal, struct uuid account_id)
{
	if (principal->kind == PRINCIPAL_API_KEY)
		return true;
	return !uuid_is_nil(account_id) && uuid_is_equal(account_id, principal->account_id);
}
