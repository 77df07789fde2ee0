#include <inttypes.h>

#include "arena.h"
#include "audit_link.h"
#include "conn.h"
#include "encoding.h"

struct secret_text audit_link_text(const struct db *db, const struct audit_link *link,
	const struct audit_row *row, const uint8_t previous[CRYPTO_HASH_SIZE])
{
	char before[2 * CRYPTO_HASH_SIZE + 1], signature[2 * CRYPTO_HASH_SIZE + 1];

	encode_hex(previous, CRYPTO_HASH_SIZE, before);
	encode_hex(row->mac, CRYPTO_HASH_SIZE, signature);
	return (struct secret_text){
		.tenant_id = link->tenant_id,
		.kind = "audit link",
		.text = arena_printf(db->arena,
			"%s\n%" PRId64 "\n%" PRId64 "\n%d\n%" PRId64 "\n%d\n%d\n%d\n%s\n%s", before,
			link->sequence, link->entry_id, link->is_genuine, link->sealed_us,
			row->entry.tenant_id, row->key_number, row->origin.who != NULL, signature,
			audit_text(db, row).text),
	};
}

struct audit_head audit_head_of(const struct audit_link *link)
{
	struct audit_head head = {.tenant_id = link->tenant_id, .sequence = link->sequence};
	char mac[AUDIT_HEAD_MAC_DIGITS + 1];

	encode_hex(link->mac, AUDIT_HEAD_MAC_DIGITS / 2, mac);
	snprintf(head.text, sizeof(head.text), "%d:%" PRId64 ":%s", head.tenant_id, head.sequence,
		mac);
	return head;
}
