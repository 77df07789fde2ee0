#include "conn.h"
#include "statements.h"
#include "stmt.h"

extern const struct stmt_table account_statements, api_key_statements, app_statements,
	audit_statements, chore_statements, link_statements, login_statements,
	member_row_statements, member_statements, merge_statements, migrate_statements,
	profile_statements, region_import_statements, setting_statements, sms_limit_statements,
	tenant_statements, token_statements, verify_code_statements, wechat_user_statements;

static const struct stmt_table *const tables[] = {
	&account_statements,
	&api_key_statements,
	&app_statements,
	&audit_statements,
	&chore_statements,
	&link_statements,
	&login_statements,
	&member_row_statements,
	&member_statements,
	&merge_statements,
	&migrate_statements,
	&profile_statements,
	&region_import_statements,
	&setting_statements,
	&sms_limit_statements,
	&tenant_statements,
	&token_statements,
	&verify_code_statements,
	&wechat_user_statements,
};

enum err statements_check(struct db *db)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (size_t j = 0; j < tables[i]->n_stmts; j++) {
			if (stmt_check(db, &tables[i]->stmts[j]) != 0)
				return conn_report(db);
		}
	}
	return ERR_NONE;
}
