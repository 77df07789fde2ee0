#include "arena.h"
#include "csv.h"
#include "db.h"
#include "export.h"

#define MEMORY_MAX (16 << 20)

int export_end(struct ctl *ctl, int status)
{
	if (status != EXIT_SUCCESS || db_n_damaged(ctl->db) == 0)
		return status;
	return ctl_fail("%lld values are damaged and left out; the lines above name their rows",
		(long long)db_n_damaged(ctl->db));
}

int export_run(struct ctl *ctl, const struct export *export)
{
	struct arena *arena = arena_new(MEMORY_MAX);
	int64_t last_id = 0;
	enum err err;
	size_t n;

	db_set_arena(ctl->db, arena);
	if (export->columns != NULL)
		csv_write_columns(stdout, export->columns);
	do {
		arena_reset(arena);
		err = export->write_page(export, ctl->db, &last_id, &n);
	} while (err == ERR_NONE && n > 0);
	db_set_arena(ctl->db, ctl->arena);
	arena_free(arena);
	return export_end(ctl, ctl_status(err, ""));
}
