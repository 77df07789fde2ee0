#include "arena.h"
#include "connection.h"
#include "erasure_log.h"
#include "erasure_pending.h"

struct erasure_pending {
	struct tombstone tombstone;
	bool had_row; /* another host may have written it: the file may have the line, or not */
	struct erasure_pending *next;
};

static enum err append_lines(struct db *db)
{
	struct tombstone_list added = {0};
	struct erasure_merge known = {0};
	enum err err = ERR_NONE;
	size_t n_appended;

	for (const struct erasure_pending *at = db->erasures; at != NULL; at = at->next)
		tombstone_list_add(at->had_row ? &known.all : &added, &at->tombstone);
	if (known.all.n > 0)
		err = erasure_log_merge(db, &known, &n_appended);
	if (err == ERR_NONE && added.n > 0)
		err = erasure_log_append(db, &added);
	tombstone_list_free(&known.all);
	tombstone_list_free(&added);
	return err;
}

enum err erasure_pending_add(struct db *db, const struct tombstone_subject *subject, int64_t at_us)
{
	struct erasure_pending *pending = arena_new_of(db->arena, struct erasure_pending);
	enum err err;

	pending->tombstone = tombstone_make(db, subject, at_us);
	err = tombstone_add(db, &pending->tombstone);
	if (err != ERR_NONE)
		return err;
	pending->had_row = db->n_rows == 0;
	pending->next = db->erasures;
	db->erasures = pending;
	db->before_commit = append_lines;
	return ERR_NONE;
}
