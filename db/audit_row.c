#include "arena.h"
#include "audit_row.h"
#include "conn.h"
#include "encoding.h"

/* What is signed: all members, one a line; only details, which is last, may hold a line break. */
struct secret_text audit_text(const struct db *db, const struct audit_row *row)
{
	const struct audit_entry *entry = &row->entry;
	const struct audit_origin *origin = &row->origin;
	const char *from = "";
	char uuid[2 * UUID_SIZE + 1];

	encode_hex(row->entry_uuid.bytes, UUID_SIZE, uuid);
	if (origin->who != NULL)
		from = arena_printf(db->arena, "%s\n%s\n%s\n", origin->who, origin->address,
			origin->request_id);
	return (struct secret_text){
		.tenant_id = entry->tenant_id,
		.kind = origin->who != NULL ? "audit with origin" : "audit",
		.text = arena_printf(db->arena, "%s\n%lld\n%s\n%s\n%s\n%s%s", uuid,
			(long long)row->at_us, entry->action, entry->actor, entry->subject, from,
			entry->details),
	};
}

bool audit_is_signed(const struct db *db, const struct audit_row *row)
{
	const struct secret_mac_use use = {SECRET_FOR_AUDIT, (uint16_t)row->key_number};
	const struct secret_text text = audit_text(db, row);

	return secret_mac_verify(db->keys, &use, &text, row->mac);
}
