#include "call_store.h"

#include "db.h"
#include "stmt.h"

struct answer_row {
	int64_t id;
	const char *answer;
};

struct count_row {
	const char *path;
	int32_t n;
};

enum {
	SET_FAULT, TAKE_FAULT, FIND_FAULT, LIST_FAULTS,
	NOTE, NOTE_ANSWER, LIST, COUNT, FORGET,
};

#define FAULT(member, kind) COLUMN(struct fault, member, kind)
#define CALL(member) COLUMN(struct api_call, member, STR)

static const struct stmt statements[] = {
	[SET_FAULT] = {
		.text = "INSERT INTO fault (path, kind, value, text, n_left) "
			"VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE kind = VALUES(kind), "
			"value = VALUES(value), text = VALUES(text), n_left = VALUES(n_left)",
		.params = COLUMNS(FAULT(path, STR), FAULT(kind, STR), FAULT(value, INT32),
			FAULT(text, STR), FAULT(count, INT32)),
	},
	[TAKE_FAULT] = {
		.text = "UPDATE fault SET n_left = n_left - 1 WHERE path = ? AND n_left > 0",
		.params = COLUMNS(FAULT(path, STR)),
	},
	[FIND_FAULT] = {
		.text = "SELECT kind, value, text FROM fault WHERE path = ?",
		.params = COLUMNS(FAULT(path, STR)),
		.columns = COLUMNS(FAULT(kind, STR), FAULT(value, INT32), FAULT(text, STR)),
	},
	[LIST_FAULTS] = {
		.text = "SELECT path, kind, value, text, n_left FROM fault WHERE n_left > 0 "
			"ORDER BY path LIMIT 1000",
		.columns = COLUMNS(FAULT(path, STR), FAULT(kind, STR), FAULT(value, INT32),
			FAULT(text, STR), FAULT(count, INT32)),
		.row_size = sizeof(struct fault),
	},
	[NOTE] = {
		.text = "INSERT INTO api_call (path, called_at, appid, code, openid, fault) "
			"VALUES (?, UTC_TIMESTAMP(6), LEFT(?, 128), LEFT(?, 128), LEFT(?, 128), ?)",
		.params = COLUMNS(CALL(path), CALL(appid), CALL(code), CALL(openid), CALL(fault)),
	},
	[NOTE_ANSWER] = {
		.text = "UPDATE api_call SET answer = LEFT(?, 1024) WHERE id = ?",
		.params = COLUMNS(COLUMN(struct answer_row, answer, STR),
			COLUMN(struct answer_row, id, INT64)),
	},
	[LIST] = {
		.text = "SELECT DATE_FORMAT(called_at, '%Y-%m-%dT%H:%i:%s.%fZ'), path, appid, "
			"code, openid, fault, answer FROM api_call WHERE path = COALESCE(?, path) "
			"ORDER BY id DESC LIMIT 1000",
		.params = COLUMNS(CALL(path)),
		.columns = COLUMNS(CALL(at), CALL(path), CALL(appid), CALL(code), CALL(openid),
			CALL(fault), CALL(answer)),
		.row_size = sizeof(struct api_call),
	},
	[COUNT] = {
		.text = "SELECT COUNT(*) FROM api_call WHERE path = COALESCE(?, path)",
		.params = COLUMNS(COLUMN(struct count_row, path, STR)),
		.columns = COLUMNS(COLUMN(struct count_row, n, INT32)),
	},
	[FORGET] = {
		.text = "DELETE FROM api_call WHERE called_at < UTC_TIMESTAMP(6) - INTERVAL 1 DAY",
	},
};

enum err call_store_prepare(struct db *db)
{
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		if (stmt_check(db, &statements[i]) != 0)
			return db_error_report(&db->error);
	return stmt_write(db, &statements[FORGET], NULL);
}

enum err call_store_set_fault(struct db *db, const struct fault *fault)
{
	return stmt_write(db, &statements[SET_FAULT], fault);
}

enum err call_store_list_faults(struct db *db, struct fault **faults_r, size_t *n_faults_r)
{
	void *rows = NULL;
	enum err err = stmt_all(db, &statements[LIST_FAULTS], NULL, &rows, n_faults_r);

	*faults_r = rows;
	return err;
}

enum err call_store_take_fault(struct db *db, const char *path, struct fault *fault_r)
{
	enum err err;

	*fault_r = (struct fault){.path = path};
	err = stmt_change(db, &statements[TAKE_FAULT], fault_r, ERR_ABSENT);
	if (err != ERR_NONE)
		return err;
	return stmt_need(db, &statements[FIND_FAULT], fault_r, fault_r, ERR_ABSENT);
}

enum err call_store_note(struct db *db, const struct api_call *call)
{
	return stmt_change(db, &statements[NOTE], call, ERR_INTERNAL);
}

enum err call_store_note_answer(struct db *db, int64_t id, const char *answer)
{
	const struct answer_row row = {.id = id, .answer = answer};

	return stmt_write(db, &statements[NOTE_ANSWER], &row);
}

enum err call_store_list(
	struct db *db, const char *path, struct api_call **calls_r, size_t *n_calls_r)
{
	const struct api_call wanted = {.path = path};
	void *rows = NULL;
	enum err err = stmt_all(db, &statements[LIST], &wanted, &rows, n_calls_r);

	*calls_r = rows;
	return err;
}

enum err call_store_count(struct db *db, const char *path, int32_t *n_r)
{
	struct count_row row = {.path = path};
	enum err err = stmt_need(db, &statements[COUNT], &row, &row, ERR_ABSENT);

	*n_r = row.n;
	return err;
}
