#include "principal.h"

bool principal_owns(const struct principal *principal, struct uuid account_id)
{
	if (principal->kind == PRINCIPAL_API_KEY)
		return true;
	return !uuid_is_nil(account_id) && uuid_is_equal(account_id, principal->account_id);
}
