#include <string.h>

#include "arena.h"
#include "err.h"
#include "secret.h"

#define SEAL_VERSION 1
#define HEADER_SIZE (1 + 2)

static uint8_t *put_int32(uint8_t *out, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		*out++ = (uint8_t)(value >> shift);
	return out;
}

/* With its size before it, so that no two lists of texts look alike. */
static uint8_t *put_name(uint8_t *out, const char *name)
{
	size_t size = strlen(name);

	if (size > UINT8_MAX)
		BUG("name too long: %s", name);
	*out++ = (uint8_t)size;
	memcpy(out, name, size);
	return out + size;
}

/* Header and place are authenticated, the nonce stands after the header. */
struct seal {
	struct crypto_gcm gcm;
	uint8_t associated[HEADER_SIZE + 2 * (1 + UINT8_MAX) + 4 + UUID_SIZE];
};

static void seal_init(struct seal *seal, const struct secret_key *key,
	const struct secret_place *place, const uint8_t *sealed)
{
	uint8_t *end = mempcpy(seal->associated, sealed, HEADER_SIZE);

	end = put_name(put_name(end, place->table), place->column);
	end = put_int32(end, (uint32_t)place->tenant_id);
	end = mempcpy(end, place->row_uuid.bytes, UUID_SIZE);
	seal->gcm = (struct crypto_gcm){
		.key = key->gcm,
		.nonce = sealed + HEADER_SIZE,
		.associated = seal->associated,
		.associated_size = (size_t)(end - seal->associated),
	};
}

uint8_t *secret_seal(const struct secret_keys *keys, const struct secret_place *place,
	struct arena *arena, const void *bytes, size_t size)
{
	uint8_t *sealed = arena_alloc(arena, size + SECRET_SEAL_OVERHEAD);
	struct seal seal;

	sealed[0] = SEAL_VERSION;
	sealed[1] = (uint8_t)(keys->newest->number >> 8);
	sealed[2] = (uint8_t)keys->newest->number;
	crypto_random(sealed + HEADER_SIZE, CRYPTO_GCM_NONCE_SIZE);
	seal_init(&seal, keys->newest, place, sealed);
	crypto_gcm_seal(&seal.gcm, bytes, size, sealed + HEADER_SIZE + CRYPTO_GCM_NONCE_SIZE);
	return sealed;
}

uint16_t secret_sealed_with(const void *sealed, size_t sealed_size)
{
	const uint8_t *header = sealed;

	if (sealed_size < SECRET_SEAL_OVERHEAD || header[0] != SEAL_VERSION)
		return 0;
	return (uint16_t)(header[1] << 8 | header[2]);
}

char *secret_open(const struct secret_keys *keys, const struct secret_place *place,
	struct arena *arena, const void *sealed, size_t sealed_size)
{
	const uint16_t number = secret_sealed_with(sealed, sealed_size);
	const uint8_t *content = (const uint8_t *)sealed + HEADER_SIZE + CRYPTO_GCM_NONCE_SIZE;
	struct seal seal;
	size_t size;
	char *text;

	if (number == 0)
		return NULL;
	size = sealed_size - SECRET_SEAL_OVERHEAD;
	text = arena_alloc(arena, size + 1);
	for (size_t i = 0; i < keys->n_sealing; i++) {
		if (keys->sealing[i].number != number)
			continue;
		seal_init(&seal, &keys->sealing[i], place, sealed);
		if (crypto_gcm_open(&seal.gcm, content, size, text))
			return text;
	}
	return NULL;
}

static void secret_hash(const struct secret_key *key, int32_t tenant_id, const char *kind,
	const char *text, uint8_t hash_r[CRYPTO_HASH_SIZE])
{
	uint8_t place[4 + 1 + UINT8_MAX];
	uint8_t *end = put_name(put_int32(place, (uint32_t)tenant_id), kind);

	crypto_hmac_begin(key->hmac);
	crypto_hmac_add(key->hmac, place, (size_t)(end - place));
	crypto_hmac_add(key->hmac, text, strlen(text));
	crypto_hmac_end(key->hmac, hash_r);
}

void secret_lookup(const struct secret_keys *keys, int32_t tenant_id, const char *kind,
	const char *text, uint8_t hash_r[CRYPTO_HASH_SIZE])
{
	secret_hash(&keys->lookup, tenant_id, kind, text, hash_r);
}

void secret_erasure_hash(const struct secret_keys *keys, int32_t tenant_id, const char *kind,
	const char *text, uint8_t hash_r[CRYPTO_HASH_SIZE])
{
	secret_hash(&keys->erasure, tenant_id, kind, text, hash_r);
}

static void check_value(
	enum secret_key_kind kind, const struct secret_key *key, struct secret_check_value *value_r)
{
	value_r->kind = kind;
	value_r->number = key->number;
	secret_hash(key, 0, "check value", "", value_r->hash);
}

size_t secret_check_values(const struct secret_keys *keys, struct arena *arena,
	const struct secret_check_value **values_r)
{
	struct secret_check_value *values =
		arena_array(arena, struct secret_check_value, keys->n_sealing + 2);

	check_value(SECRET_KEY_LOOKUP, &keys->lookup, &values[0]);
	check_value(SECRET_KEY_ERASURE, &keys->erasure, &values[1]);
	for (size_t i = 0; i < keys->n_sealing; i++)
		check_value(SECRET_KEY_SEALING, &keys->sealing[i], &values[2 + i]);
	*values_r = values;
	return keys->n_sealing + 2;
}
