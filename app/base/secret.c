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
	const struct secret_key *key = keys->used->in_use[SECRET_KEY_SEALING];
	uint8_t *sealed = arena_alloc(arena, size + SECRET_SEAL_OVERHEAD);
	struct seal seal;

	sealed[0] = SEAL_VERSION;
	sealed[1] = (uint8_t)(key->number >> 8);
	sealed[2] = (uint8_t)key->number;
	crypto_random(sealed + HEADER_SIZE, CRYPTO_GCM_NONCE_SIZE);
	seal_init(&seal, key, place, sealed);
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
	for (const struct secret_key *key = keys->keys; key < keys->keys + keys->n_keys; key++) {
		if (key->kind != SECRET_KEY_SEALING || key->number != number)
			continue;
		seal_init(&seal, key, place, sealed);
		if (crypto_gcm_open(&seal.gcm, content, size, text))
			return text;
	}
	return NULL;
}

static void mac_with(struct crypto_hmac_key *mac, const struct secret_text *text,
	uint8_t mac_r[CRYPTO_HASH_SIZE])
{
	uint8_t place[4 + 1 + UINT8_MAX];
	uint8_t *end = put_name(put_int32(place, (uint32_t)text->tenant_id), text->kind);

	crypto_hmac_begin(mac);
	crypto_hmac_add(mac, place, (size_t)(end - place));
	crypto_hmac_add(mac, text->text, strlen(text->text));
	crypto_hmac_end(mac, mac_r);
}

void secret_mac(const struct secret_keys *keys, enum secret_purpose purpose,
	const struct secret_text *text, uint8_t mac_r[CRYPTO_HASH_SIZE])
{
	const struct secret_key *key = keys->used->in_use[secret_purpose_uses[purpose].kind];

	mac_with(key->macs[purpose], text, mac_r);
}

bool secret_keys_are_two(const struct secret_keys *keys)
{
	return keys->used->beside != NULL;
}

bool secret_key_is_looked_up(const struct secret_keys *keys, int32_t number)
{
	return keys->used->in_use[SECRET_KEY_LOOKUP]->number == number ||
		(keys->used->beside != NULL && keys->used->beside->number == number);
}

void secret_mac_beside(const struct secret_keys *keys, enum secret_purpose purpose,
	const struct secret_text *text, uint8_t mac_r[CRYPTO_HASH_SIZE])
{
	const struct secret_key *beside = keys->used->beside;

	if (beside == NULL)
		beside = keys->used->in_use[SECRET_KEY_LOOKUP];
	mac_with(beside->macs[purpose], text, mac_r);
}

bool secret_mac_next(const struct secret_keys *keys, const struct secret_text *text,
	uint8_t mac_r[CRYPTO_HASH_SIZE])
{
	if (keys->used->next == NULL)
		return false;
	mac_with(keys->used->next->macs[SECRET_FOR_LOOKUP], text, mac_r);
	return true;
}

uint16_t secret_mac_of(const struct secret_keys *keys, size_t i, enum secret_purpose purpose,
	const struct secret_text *text, uint8_t mac_r[CRYPTO_HASH_SIZE])
{
	for (const struct secret_key *key = keys->keys; key < keys->keys + keys->n_keys; key++) {
		if (key->kind != secret_purpose_uses[purpose].kind || i-- > 0)
			continue;
		mac_with(key->macs[purpose], text, mac_r);
		return key->number;
	}
	return 0;
}

uint16_t secret_mac_made_by(const struct secret_keys *keys, enum secret_purpose purpose,
	const struct secret_text *text, const uint8_t mac[CRYPTO_HASH_SIZE])
{
	uint8_t own[CRYPTO_HASH_SIZE];
	uint16_t number;

	for (size_t i = 0; (number = secret_mac_of(keys, i, purpose, text, own)) != 0; i++)
		if (crypto_equal(own, mac, sizeof(own)))
			return number;
	return 0;
}

/* Whether that key has made the MAC, or made it before there were subkeys. */
static bool is_mac_of(const struct secret_key *key, const struct secret_mac_use *use,
	const struct secret_text *text, const uint8_t mac[CRYPTO_HASH_SIZE])
{
	uint8_t own[CRYPTO_HASH_SIZE];

	if (use->number == 0 ? key->kind != SECRET_KEY_LOOKUP || key->has_subkeys
			     : key->kind != secret_purpose_uses[use->purpose].kind ||
				key->number != use->number)
		return false;
	mac_with(use->number == 0 ? key->macs[SECRET_FOR_LOOKUP] : key->macs[use->purpose], text,
		own);
	return crypto_equal(own, mac, sizeof(own));
}

bool secret_mac_verify(const struct secret_keys *keys, const struct secret_mac_use *use,
	const struct secret_text *text, const uint8_t mac[CRYPTO_HASH_SIZE])
{
	for (size_t i = 0; i < keys->n_keys; i++)
		if (is_mac_of(&keys->keys[i], use, text, mac))
			return true;
	return false;
}

uint16_t secret_key_number(const struct secret_keys *keys, enum secret_key_kind kind)
{
	return keys->used->in_use[kind]->number;
}

size_t secret_check_values(const struct secret_keys *keys, struct arena *arena,
	const struct secret_check_value **values_r)
{
	struct secret_check_value *values =
		arena_array(arena, struct secret_check_value, keys->n_keys);

	for (size_t i = 0; i < keys->n_keys; i++) {
		values[i].kind = keys->keys[i].kind;
		values[i].number = keys->keys[i].number;
		memcpy(values[i].hash, keys->keys[i].check_value, CRYPTO_HASH_SIZE);
	}
	*values_r = values;
	return keys->n_keys;
}
