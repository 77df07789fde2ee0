#include <string.h>

#include "conf.h"
#include "conn.h"
#include "counters.h"
#include "encoding.h"
#include "sealed_value.h"
#include "secret_keys.h"

#define PLACE_SIZE 160

const char sealed_value_lost[] = "", sealed_value_damaged[] = "";

#define PERSONAL_TABLE(table, key, how) #table,
static const char *const tables_of_persons[] = {
#include "personal_tables.inc"
};

static bool is_of_a_person(const struct secret_place *place)
{
	for (size_t i = 0; i < sizeof(tables_of_persons) / sizeof(tables_of_persons[0]); i++)
		if (strcmp(tables_of_persons[i], place->table) == 0)
			return true;
	return false;
}

static bool is_lost(const struct db *db, const struct sealed_value *value)
{
	return secret_keys_lost(
		db->keys, SECRET_KEY_SEALING, secret_sealed_with(value->bytes, value->size));
}

/* A key that this process has not got yet has one of the next numbers. Any other number is none
 * that a key has sealed with. */
static bool is_key_missing(const struct db *db, uint16_t number)
{
	const struct secret_keys *keys = db->keys;

	if (number == 0 || keys == NULL)
		return number != 0;
	return !secret_keys_have(keys, SECRET_KEY_SEALING, number) &&
		number <= secret_key_newest(keys, SECRET_KEY_SEALING) + SECRET_KEYS_MAX;
}

static void name_place(const struct secret_place *place, char name_r[PLACE_SIZE])
{
	char uuid[2 * UUID_SIZE + 1];

	encode_hex(place->row_uuid.bytes, UUID_SIZE, uuid);
	snprintf(name_r, PLACE_SIZE, "%s.%s of row_uuid %s", place->table, place->column, uuid);
}

/* The keys are those of the database (key_check.h), or there are none, as in what runs without. */
static void note_missing(struct db *db, const char *place, uint16_t number)
{
	const char *file = db->conf->keys_sealing;

	db->error = (struct db_error){.kind = DB_ERROR_KEYS, .sql = "(open)"};
	if (db->keys == NULL)
		snprintf(db->error.message, sizeof(db->error.message),
			"%s is sealed with key %d, which was not read from %s", place, number,
			file);
	else
		snprintf(db->error.message, sizeof(db->error.message),
			"%s is sealed with key %d, which this process does not have; if %s has "
			"it, run: wxuserctl reload; else add the line of that key from a backup, "
			"or from another host, and leave the other lines",
			place, number, file);
}

static void note_damaged(struct db *db, const char *place, uint16_t number)
{
	db->error = (struct db_error){.kind = DB_ERROR_INTEGRITY, .sql = "(open)"};
	counter_add(COUNTER_INTEGRITY, 1);
	if (number == 0)
		snprintf(db->error.message, sizeof(db->error.message), "%s is no sealed value",
			place);
	else
		snprintf(db->error.message, sizeof(db->error.message),
			"%s does not open with key %d: it is damaged, or was sealed for another "
			"place",
			place, number);
}

const char *sealed_value_try(struct db *db, const struct sealed_value *value)
{
	const char *text = NULL;

	if (db->keys == NULL)
		return NULL;
	text = secret_open(db->keys, &value->place, db->arena, value->bytes, value->size);
	return text == NULL && is_lost(db, value) ? sealed_value_lost : text;
}

const char *sealed_value_open(struct db *db, const struct sealed_value *value)
{
	const uint16_t number = secret_sealed_with(value->bytes, value->size);
	const char *text = sealed_value_try(db, value);
	char place[PLACE_SIZE];

	if (text != NULL)
		return text;
	name_place(&value->place, place);
	if (is_key_missing(db, number)) {
		note_missing(db, place, number);
		return NULL;
	}
	note_damaged(db, place, number);
	if (!is_of_a_person(&value->place))
		return NULL;
	db_error_report(&db->error);
	db->error = (struct db_error){0};
	db->n_damaged++;
	return sealed_value_damaged;
}
