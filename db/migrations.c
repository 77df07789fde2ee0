#include "migrations.h"

const struct migration migrations[] = {
#include "schema_text.inc"
};

const size_t n_migrations = sizeof(migrations) / sizeof(migrations[0]);

int32_t migrations_newest(void)
{
	return migrations[n_migrations - 1].version;
}
