#include <string.h>

#include "principal.h"

bool principal_owns(const struct principal *principal, const uint8_t account_id[SECRET_UUID_SIZE])
{
	static const uint8_t none[SECRET_UUID_SIZE];

	if (principal->kind == PRINCIPAL_API_KEY)
		return true;
	return memcmp(account_id, none, SECRET_UUID_SIZE) != 0 &&
		memcmp(account_id, principal->account_id, SECRET_UUID_SIZE) == 0;
}
