/*
 * Whose rows a statement is about, by its text and the schema of the database.
 *
 * A tenant's table has a column tenant_id, or a foreign key to a table that has one. A table in the
 * text of a statement is the tenant's if one of these stands among the conditions that each row
 * must fulfil (joined by AND; in each branch of an OR):
 *
 *	x.tenant_id = ?                 the tenant is compared: a parameter whose member is called
 *	                                tenant_id, if the parameters are declared
 *	x.tenant_id = y.tenant_id       y being the tenant's
 *	x.account_id = y.id             y being the tenant's, both columns being the same id by
 *	                                foreign keys: a row is of the tenant of what it names
 *
 * or if the statement compares it in the columns that it reads (COLUMN_TENANT of db/stmt.h), or if
 * it is what an INSERT gives a tenant_id to. The right side of a LEFT JOIN, and a subquery, do not
 * make the tenant's what stands outside. What is not understood is not the tenant's.
 */
#ifndef STATEMENT_TENANT_H
#define STATEMENT_TENANT_H

struct stmt;

/* Reads the schema of test_db. */
void statement_tenant_begin(void);
void statement_tenant_end(void);

/* Returns the name of a tenant's table in the statement that is not one tenant's alone, or NULL.
 * It is valid until the next call. */
const char *statement_tenant_missing(const struct stmt *stmt);

#endif
