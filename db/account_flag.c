#include "account_flag.h"
#include "account_row.h"
#include "arena.h"
#include "audit.h"
#include "stmt.h"
#include "transaction.h"

struct flag_row {
	struct account_ref ref;
	int32_t value;
};

#define ROW(member, type) COLUMN(struct flag_row, member, type)

#define NAME(name) name,
static const char *const names[] = {ACCOUNT_CUSTOMER_FLAGS(NAME)};

#define N_FLAGS (sizeof(names) / sizeof(names[0]))

/* The others are the flags' own, in the order of their names. */
enum { LOCK = N_FLAGS };

#define NEW_VALUE "NULLIF(?, " STMT_NUMBER(OWN_NONE_NUMBER) ")"
#define OWN_NONE_NUMBER 2
_Static_assert(OWN_NONE_NUMBER == OWN_NONE, "SQL does not know the enum");

#define CHANGE(name)                                                                            \
	{                                                                                       \
		.text = "UPDATE account SET " name " = " NEW_VALUE " WHERE id = ? "             \
			"AND NOT (" name " <=> " NEW_VALUE ")",                                 \
		.params = COLUMNS(ROW(value, INT32), ROW(ref.id, UUID), ROW(value, INT32)),     \
	},

static const struct stmt statements[] = {
	ACCOUNT_CUSTOMER_FLAGS(CHANGE)
	[LOCK] = {
		.text = "SELECT id FROM account WHERE id = ? AND NOT is_deleted FOR UPDATE",
		.params = COLUMNS(ROW(ref.id, UUID)),
		.columns = COLUMNS(ROW(ref.id, UUID)),
	},
};

const struct stmt_table account_flag_statements = STMT_TABLE(statements);

struct change {
	const struct account_ref *ref;
	size_t flag;
	enum own_flag value;
};

static int audit(struct db *db, const struct change *change)
{
	static const char *const values[] = {
		[OWN_FALSE] = "false", [OWN_TRUE] = "true", [OWN_NONE] = "null",
	};
	char id[ACCOUNT_ID_TEXT_SIZE];
	const struct audit_entry entry = {
		.tenant_id = change->ref->tenant_id,
		.action = "account.set",
		.actor = "wxuserctl",
		.subject = id,
		.details = arena_printf(db->arena, "{\"%s\":%s}", names[change->flag],
			values[change->value]),
	};

	account_format_id(change->ref->id, id);
	return audit_write(db, &entry);
}

static enum err set(struct db *db, void *ctx)
{
	const struct change *change = ctx;
	struct flag_row row = {.ref = *change->ref, .value = change->value};
	int n = stmt_find(db, &statements[LOCK], &row, &row);

	if (n == 0)
		return ERR_USER_UNKNOWN;
	if (n > 0)
		n = stmt_run(db, &statements[change->flag], &row);
	if (n == 0)
		return ERR_NONE;
	if (n < 0 || account_touch(db, row.ref.id) != 0 || audit(db, change) != 0)
		return transaction_failed(db);
	return ERR_NONE;
}

enum err account_flag_set(
	struct db *db, const struct account_ref *ref, const char *name, enum own_flag value)
{
	struct change change = {.ref = ref, .value = value};

	while (change.flag < N_FLAGS && strcmp(names[change.flag], name) != 0)
		change.flag++;
	return change.flag == N_FLAGS ? ERR_PARAMETER : transaction_run(db, set, &change);
}
