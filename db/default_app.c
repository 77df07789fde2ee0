#include "conf.h"
#include "default_app.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

struct app_row {
	int32_t tenant_id;
	const char *appid;
	bool is_default;
};

#define ROW(member, type) COLUMN(struct app_row, member, type)

enum { FIND, LOCK, CLEAR, CHOOSE };

static const struct stmt statements[] = {
	/* Two, so that one alone is known. */
	[FIND] = {
		.text = "SELECT appid, is_default <=> 1 FROM app "
			"ORDER BY is_default DESC, id LIMIT 2",
		.columns = COLUMNS(ROW(appid, STR), ROW(is_default, BOOL)),
		.row_size = sizeof(struct app_row),
	},
	/* Where there is no app yet there is no other row to lock. */
	[LOCK] = {
		.text = "SELECT id FROM tenant ORDER BY id LIMIT 1 FOR UPDATE",
		.columns = COLUMNS(ROW(tenant_id, INT32)),
	},
	[CLEAR] = {
		.text = "UPDATE app SET is_default = NULL WHERE is_default = 1",
	},
	[CHOOSE] = {
		.text = "UPDATE app SET is_default = 1 WHERE appid = ?",
		.params = COLUMNS(ROW(appid, STR)),
	},
};

const struct stmt_table default_app_statements = STMT_TABLE(statements);

int default_app_find(struct db *db, struct default_app *default_r)
{
	const struct app_row *apps;
	void *rows;
	size_t n;

	*default_r = (struct default_app){.source = DEFAULT_APP_NONE};
	if (!str_is_empty(db->conf->http_default_app)) {
		default_r->source = DEFAULT_APP_CONFIGURED;
		default_r->appid = db->conf->http_default_app;
		return 1;
	}
	if (stmt_all(db, &statements[FIND], NULL, &rows, &n) != 0)
		return -1;
	apps = rows;
	if (n > 0 && apps[0].is_default)
		default_r->source = DEFAULT_APP_CHOSEN;
	else if (n == 1)
		default_r->source = DEFAULT_APP_ONLY;
	if (default_r->source == DEFAULT_APP_NONE)
		return 0;
	default_r->appid = apps[0].appid;
	return 1;
}

enum err default_app_guard(struct db *db, struct default_app_choice *choice)
{
	struct default_app present;
	struct app_row first;

	if (choice->appid != NULL)
		return ERR_NONE;
	if (stmt_find(db, &statements[LOCK], NULL, &first) < 0 ||
		default_app_find(db, &present) < 0)
		return transaction_failed(db);
	choice->is_needed = present.source == DEFAULT_APP_ONLY;
	return choice->is_needed ? ERR_PARAMETER : ERR_NONE;
}

enum err default_app_choose(struct db *db, struct default_app_choice *choice)
{
	const struct app_row row = {.appid = choice->appid};
	int n_chosen;

	if (choice->appid == NULL)
		return ERR_NONE;
	if (stmt_run(db, &statements[CLEAR], NULL) < 0)
		return transaction_failed(db);
	n_chosen = stmt_run(db, &statements[CHOOSE], &row);
	choice->is_unknown = n_chosen == 0;
	return choice->is_unknown ? ERR_PARAMETER : transaction_wrote(db, n_chosen);
}

static enum err choose(struct db *db, void *ctx)
{
	return default_app_choose(db, ctx);
}

enum err default_app_set(struct db *db, struct default_app_choice *choice)
{
	return transaction_run(db, choose, choice);
}
