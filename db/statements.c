#include "conn.h"
#include "statements.h"
#include "stmt.h"

#define STATEMENTS(name) extern const struct stmt_table name##_statements;
#include "statements.def"
#undef STATEMENTS

static const struct {
	const char *name;
	const struct stmt_table *statements;
} tables[] = {
#define STATEMENTS(name) {#name, &name##_statements},
#include "statements.def"
#undef STATEMENTS
};
#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

enum err statements_check(struct db *db, enum db_user user)
{
	for (size_t i = 0; i < N_TABLES; i++) {
		const struct stmt_table *of = tables[i].statements;

		for (size_t j = 0; j < of->n_stmts; j++) {
			if (of->stmts[j].text == NULL)
				BUG("statement %zu of db/%s.c is not declared", j, tables[i].name);
			if (of->stmts[j].user <= user && stmt_check(db, &of->stmts[j]) != 0)
				return db_error_report(&db->error);
		}
	}
	return ERR_NONE;
}

void statements_each(void (*fn)(void *ctx, const struct stmt *stmt), void *ctx)
{
	for (size_t i = 0; i < N_TABLES; i++)
		for (size_t j = 0; j < tables[i].statements->n_stmts; j++)
			fn(ctx, &tables[i].statements->stmts[j]);
}

size_t statements_kept_max(void)
{
	size_t n = 0;

	for (size_t i = 0; i < N_TABLES; i++)
		for (size_t j = 0; j < tables[i].statements->n_stmts; j++)
			n += tables[i].statements->stmts[j].user <= DB_USER_ADMIN;
	return n < CONN_PREPARED_MAX ? n : CONN_PREPARED_MAX;
}
