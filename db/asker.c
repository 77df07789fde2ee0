#include "asker.h"

bool asker_owns(const struct asker *asker, const uint8_t account_id[SECRET_UUID_SIZE])
{
	static const uint8_t none[SECRET_UUID_SIZE];

	if (!asker->is_person)
		return true;
	return memcmp(account_id, none, SECRET_UUID_SIZE) != 0 &&
		memcmp(account_id, asker->account_id, SECRET_UUID_SIZE) == 0;
}
