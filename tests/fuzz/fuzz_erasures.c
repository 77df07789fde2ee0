/*
 * Any file as erasures.log, this host's own or another's. What is read is written and read as the
 * same, by whichever host; and a line that was not signed with this key counts in this host's own
 * file alone.
 *
 * An input is a byte that chooses, and the file. A signature of "=" stands for the right one.
 */
#include "arena.h"
#include "buf.h"
#include "conf.h"
#include "crypto.h"
#include "database.h"
#include "db.h"
#include "encoding.h"
#include "erasure_log.h"
#include "erasure_pending.h"
#include "fuzz.h"
#include "secret.h"
#include "tombstone.h"
#include "transaction.h"

#define SIGNATURE_SIZE 8

/* Signs each line that ends with " =". */
static void sign_lines(struct fuzz_input *input, struct buf *out)
{
	while (input->size > 0) {
		char *line = fuzz_take_line(input);
		const size_t size = strlen(line);
		char hex[2 * SIGNATURE_SIZE + 1];
		uint8_t hash[CRYPTO_HASH_SIZE];

		if (size > 2 && strcmp(line + size - 2, " =") == 0) {
			const struct secret_text signed_text = {
				.kind = "line", .text = arena_strndup(out->arena, line, size - 2)};

			secret_mac(fuzz_keys(), SECRET_FOR_ERASURES, &signed_text, hash);
			encode_hex(hash, SIGNATURE_SIZE, hex);
			buf_append(out, line, size - 1);
			buf_append_str(out, hex);
		} else {
			buf_append_str(out, line);
		}
		if (input->size > 0 || input->bytes[-1] == '\n')
			buf_append_char(out, '\n');
	}
}

static void check_list(const struct tombstone_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i].at_us <= 0)
			BUG("an erasure without a time");
		if (tombstone_list_find(list, &list->items[i]) != (ptrdiff_t)i)
			BUG("a list is not sorted, or has an erasure twice");
	}
}

/* What each host has of it. */
static void check_again(struct db *db, struct tombstone_list *list)
{
	const char *path = fuzz_file(FUZZ_FILE_AGAIN, "", 0);
	const size_t n = list->n;
	FILE *file = fopen(path, "w");
	struct erasures again;

	if (!erasure_log_write(db, list, file))
		BUG("nothing is written");
	fclose(file);
	if (erasure_log_read_file(db, path, &again) != ERR_NONE || again.list.n != n ||
		again.broken.n + again.foreign.n > 0)
		BUG("what is written is not read");
	check_list(&again.list);
	tombstone_list_sort(list);
	for (size_t i = 0; i < n; i++)
		if (tombstone_list_find(&again.list, &list->items[i]) < 0)
			BUG("an erasure is lost");
	tombstone_list_free(&again.list);
}

static void merge(struct db *db, const struct tombstone_list *list)
{
	struct erasures merged;
	struct erasure_merge merge = {.all = *list};
	size_t n_appended;

	if (erasure_log_merge(db, &merge, &n_appended) != ERR_NONE ||
		erasure_log_read(db, &merged) != ERR_NONE)
		BUG("nothing is appended");
	for (size_t i = 0; i < list->n; i++)
		if (tombstone_list_find(&merged.list, &list->items[i]) < 0)
			BUG("an erasure is not appended");
	tombstone_list_free(&merged.list);
}

static enum err add_one(struct db *db, void *ctx)
{
	const struct tombstone_subject subject = {
		.appid = "wx0123456789abcdef", .openid = "o1", .unionid = "", .phone = ""};

	(void)ctx;
	return erasure_pending_add(db, &subject, FUZZ_NOW_S * INT64_C(1000000));
}

/* A whole request that erases has the row before the line; here the input has no rows. */
static void add(struct db *db)
{
	struct erasures erasures;
	struct fuzz_input none = {0};

	database_answer(&none);
	if (transaction_run(db, add_one, NULL) != ERR_NONE ||
		erasure_log_read(db, &erasures) != ERR_NONE || erasures.list.n == 0)
		BUG("an erasure is not added");
	tombstone_list_free(&erasures.list);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input;
	struct arena *arena = fuzz_begin(&input, bytes, size);
	const bool is_own = fuzz_take_below(&input, 2) == 1;
	struct buf text = {.arena = arena};
	struct db *db = database_open(arena);
	struct erasures erasures;
	const char *path;

	sign_lines(&input, &text);
	path = fuzz_file(FUZZ_FILE, text.data, text.size);
	fuzz_conf()->keys_erasure_log =
		is_own ? path : fuzz_file(FUZZ_LOG, text.data, text.size / 2);
	if (erasure_log_read_file(db, path, &erasures) != ERR_NONE)
		BUG("a file is not read");
	check_list(&erasures.list);
	check_again(db, &erasures.list);
	merge(db, &erasures.list);
	add(db);
	tombstone_list_free(&erasures.list);
	db_free(db);
	return 0;
}
