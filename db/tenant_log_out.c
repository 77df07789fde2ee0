#include "stmt.h"
#include "tenant.h"
#include "tenant_log_out.h"
#include "transaction.h"

/* How many numbers of tokens a part goes through, most of which may be other tenants'. */
#define PART 10000

struct part_row {
	int32_t tenant_id;
	int64_t after_id, last_id; /* the tokens of this part, or of all */
	const struct tenant *told; /* NULL: the audit has been told */
	int64_t n;
};

#define ROW(member, type) COLUMN(struct part_row, member, type)

enum { BOUNDS, END };

static const struct stmt statements[] = {
	[BOUNDS] = {
		.text = "SELECT COALESCE(MIN(id), 1) - 1, COALESCE(MAX(id), 0) FROM access_token",
		.any_tenant = "numbers of tokens tell nothing of a tenant",
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(ROW(after_id, INT64), ROW(last_id, INT64)),
	},
	[END] = {
		.text = "DELETE FROM access_token WHERE id > ? AND id <= ? AND tenant_id = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(
			ROW(after_id, INT64), ROW(last_id, INT64), ROW(tenant_id, INT32)),
	},
};

const struct stmt_table tenant_log_out_statements = STMT_TABLE(statements);

static enum err end_part(struct db *db, void *ctx)
{
	struct part_row *part = ctx;
	enum err err = stmt_write(db, &statements[END], part);

	part->n = db->n_rows;
	if (err == ERR_NONE && part->told != NULL)
		err = tenant_note(db, part->told, "tenant.log_out");
	return err;
}

enum err tenant_log_out(struct db *db, int32_t tenant_id, int64_t *n_r)
{
	struct part_row all = {.tenant_id = tenant_id};
	struct tenant tenant;
	enum err err = tenant_read(db, tenant_id, &tenant);

	*n_r = 0;
	if (err == ERR_NONE)
		err = stmt_need(db, &statements[BOUNDS], NULL, &all, ERR_INTERNAL);
	for (int64_t id = all.after_id; err == ERR_NONE; id += PART) {
		struct part_row part = all;

		part.after_id = id;
		part.told = id == all.after_id ? &tenant : NULL;
		if (part.last_id > id + PART)
			part.last_id = id + PART;
		err = transaction_run(db, end_part, &part);
		*n_r += part.n;
		if (part.last_id == all.last_id)
			break;
	}
	return err;
}
