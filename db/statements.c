#include "conn.h"
#include "statements.h"
#include "stmt.h"

#define STATEMENTS(name) extern const struct stmt_table name##_statements;
#include "statements.def"
#undef STATEMENTS

static const struct stmt_table *const tables[] = {
#define STATEMENTS(name) &name##_statements,
#include "statements.def"
#undef STATEMENTS
};

enum err statements_check(struct db *db)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (size_t j = 0; j < tables[i]->n_stmts; j++) {
			if (stmt_check(db, &tables[i]->stmts[j]) != 0)
				return db_error_report(&db->error);
		}
	}
	return ERR_NONE;
}

void statements_each(void (*fn)(void *ctx, const struct stmt *stmt), void *ctx)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (size_t j = 0; j < tables[i]->n_stmts; j++)
			fn(ctx, &tables[i]->stmts[j]);
}

size_t statements_count(void)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		n += tables[i]->n_stmts;
	return n;
}
