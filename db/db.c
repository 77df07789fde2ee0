#include "arena.h"
#include "clock.h"
#include "conn.h"
#include "db.h"
#include "heap.h"
#include "stmt.h"

#define OWN_ARENA_LIMIT (8 * 1024 * 1024)

struct db *db_new(const struct conf *conf, const struct secret_keys *keys)
{
	struct db *db = heap_new_of(struct db);

	db->conf = conf;
	db->keys = keys;
	db->own_arena = arena_new(OWN_ARENA_LIMIT);
	db->scratch = arena_new(OWN_ARENA_LIMIT);
	db->arena = db->own_arena;
	return db;
}

void db_free(struct db *db)
{
	if (db == NULL)
		return;
	conn_close(db);
	arena_free(db->scratch);
	arena_free(db->own_arena);
	free(db);
}

void db_set_arena(struct db *db, struct arena *arena)
{
	db->arena = arena == NULL ? db->own_arena : arena;
}

enum err db_refuse(struct db *db, enum err err, const char *reason)
{
	db->refused_with = err;
	db->refusal_reason = reason;
	return err;
}

const char *db_reason(const struct db *db, enum err err)
{
	return db->refused_with == err ? db->refusal_reason : NULL;
}

const char *db_err_text(const struct db *db)
{
	const struct db_error *error = &db->error;

	if (error->code == 0)
		return "see above";
	return arena_printf(db->arena, "%s (%u)",
		error->message[0] != '\0' ? error->message : "see above", error->code);
}

int64_t db_waited_us(const struct db *db)
{
	return db->waited_us;
}

void db_end_request(struct db *db)
{
	conn_roll_back(db);
	db->given_up = DB_ERROR_NONE;
	db->error = (struct db_error){0};
	db_refuse(db, ERR_NONE, NULL);
	db->arena = db->own_arena;
	arena_reset(db->own_arena);
}

void db_give_up(struct db *db, enum err err)
{
	db->given_up = err == ERR_BUSY ? DB_ERROR_ABSENT : DB_ERROR_KEYS;
}

void db_close_idle(struct db *db, int64_t idle_us)
{
	if (db->connection != NULL && clock_monotonic_us() - db->used_us >= idle_us)
		conn_close(db);
}

struct pong {
	int32_t one;
};

static const struct stmt ping = {
	.text = "SELECT 1",
	.columns = COLUMNS(COLUMN(struct pong, one, INT32)),
};

enum err db_ping(struct db *db)
{
	struct pong pong;

	return stmt_need(db, &ping, NULL, &pong, ERR_INTERNAL);
}
