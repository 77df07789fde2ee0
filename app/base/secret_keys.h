/*
 * The keys of the service: one seals personal data, one hashes what is looked up, one hashes who
 * was erased, one signs the audit.
 *
 * Each kind has a file of text, mode 0600 or stricter, with a line "NUMBER hkdf KEY" for each key;
 * KEY is the base64 of 32 bytes, NUMBER counts from 1. Each purpose has a subkey of it
 * (secret_purpose.def). The line "NUMBER KEY" is of an installation from before there were subkeys:
 * KEY itself serves all purposes.
 *
 * Of a file's keys one is in use, which seals, hashes or signs (key_rotation.h), and every one
 * opens or verifies. The file of the erasure key holds one key. The line "NUMBER
 * lost" says that the key of that number exists no more.
 */
#ifndef SECRET_KEYS_H
#define SECRET_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "secret_purpose.h"

#define SECRET_KEY_SIZE 32
#define SECRET_KEY_BASE64_SIZE 44 /* 43 digits and one '=' */
#define SECRET_KEY_HKDF "hkdf "
#define SECRET_KEY_LINE_SIZE (5 + 1 + sizeof(SECRET_KEY_HKDF) - 1 + SECRET_KEY_BASE64_SIZE + 2)
#define SECRET_KEYS_MAX 64 /* of a file */

struct conf;
struct crypto_gcm_key;
struct crypto_hmac_key;

struct secret_key {
	enum secret_key_kind kind;
	uint16_t number;  /* from 1 */
	bool has_subkeys; /* else it serves all purposes itself */
	uint8_t bytes[SECRET_KEY_SIZE]; /* wiped as soon as what follows is derived from it */
	uint8_t check_value[CRYPTO_HASH_SIZE];
	struct crypto_hmac_key *macs[SECRET_PURPOSES]; /* NULL: the purpose is another file's */
	struct crypto_gcm_key *gcm;                    /* of a sealing key */
};

struct lost_key {
	enum secret_key_kind kind;
	uint16_t number;
};

/* Which keys a process uses. */
struct secret_keys_used {
	const struct secret_key *in_use[SECRET_KEY_KINDS];
	/* While a look-up key replaces another one (lookup_rotation.h): the one of both that is not
	 * in use, and the new one; NULL: none does. */
	const struct secret_key *beside, *next;
};

/* Only secret.c reads the members. */
struct secret_keys {
	struct secret_key keys[3 * SECRET_KEYS_MAX + 1]; /* those of a file follow each other */
	size_t n_keys;
	const struct secret_key *newest[SECRET_KEY_KINDS];
	struct secret_keys_used *used; /* on the heap, since each process may change it */
	struct lost_key lost[SECRET_KEYS_MAX];
	size_t n_lost;
};

/* Returns the path that the configuration names for the kind. */
const char *secret_key_path(const struct conf *conf, enum secret_key_kind kind);
/* Reads the files that the configuration names into locked memory. Returns NULL, with a text in
 * error that says what to do, if a file cannot be used. secret_keys_free() wipes and frees the
 * keys. */
struct secret_keys *secret_keys_load(const struct conf *conf, char *error, size_t error_size);
void secret_keys_free(struct secret_keys *keys);
/* Locks them again in a child process, which does not have its parent's locks. Returns -1 with a
 * text as above. */
int secret_keys_lock(struct secret_keys *keys, char *error, size_t error_size);
/* Makes a file of one new key with mode 0600. Returns -1 with errno if the file exists or cannot
 * be written. */
int secret_key_file_create(const char *path, uint16_t number);
/* Adds a line with a new key. Mode and owner stay. One process at a time changes a file. Returns -1
 * with errno if that fails, EEXIST if a line has that number, ENOSPC if there are SECRET_KEYS_MAX
 * lines. */
int secret_key_file_add(const char *path, uint16_t number);
/* Removes the lines of that number in the same way, ENOENT if there is none. */
int secret_key_file_drop(const char *path, uint16_t number);

/* From now on the key of that number seals, hashes or signs, in this process. At first the newest
 * does. */
void secret_keys_use(const struct secret_keys *keys, enum secret_key_kind kind, uint16_t number);
/* From now on look-ups find also what the key beside has hashed, and unique hashes are made under
 * the next key, too, in this process. 0: no such key. */
void secret_keys_replace(const struct secret_keys *keys, uint16_t beside, uint16_t next);
/* Returns whether the kind's file may hold several keys, which differ by number. */
bool secret_key_may_be_replaced(enum secret_key_kind kind);
/* Returns the highest number of the kind's file. */
uint16_t secret_key_newest(const struct secret_keys *keys, enum secret_key_kind kind);
/* Returns whether a key of the kind has that number. */
bool secret_keys_have(const struct secret_keys *keys, enum secret_key_kind kind, uint16_t number);
/* Returns whether that key serves all purposes itself. */
bool secret_keys_lack_subkeys(
	const struct secret_keys *keys, enum secret_key_kind kind, uint16_t number);
/* Returns whether the kind's file says that the key of that number is lost. */
bool secret_keys_lost(const struct secret_keys *keys, enum secret_key_kind kind, uint16_t number);

#endif
