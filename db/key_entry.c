#include "arena.h"
#include "audit.h"
#include "connection.h"
#include "key_entry.h"

const char *key_kind_name(enum secret_key_kind kind)
{
	static const char *const names[SECRET_KEY_KINDS] = {
		[SECRET_KEY_SEALING] = "sealing",
		[SECRET_KEY_LOOKUP] = "lookup",
		[SECRET_KEY_ERASURE] = "erasure",
		[SECRET_KEY_AUDIT] = "audit",
	};

	return names[kind];
}

static struct audit_entry key_entry_of(
	struct db *db, const char *action, enum secret_key_kind kind, int32_t number)
{
	return (struct audit_entry){
		.tenant_id = AUDIT_INSTALLATION,
		.action = action,
		.actor = "wxuserctl",
		.subject = arena_printf(db->arena, "%s key %d", key_kind_name(kind), number),
		.details = "{}",
	};
}

enum err key_entry_write(
	struct db *db, const char *action, enum secret_key_kind kind, int32_t number)
{
	const struct audit_entry entry = key_entry_of(db, action, kind, number);

	return audit_write(db, &entry);
}

enum err key_entry_write_alone(
	struct db *db, const char *action, enum secret_key_kind kind, int32_t number)
{
	const struct audit_entry entry = key_entry_of(db, action, kind, number);

	return audit_write_alone(db, &entry);
}
