#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "arena.h"
#include "argument_value.h"
#include "audit_list.h"
#include "clock.h"
#include "command.h"
#include "csv.h"
#include "db.h"
#include "listing.h"
#include "shown.h"
#include "str.h"
#include "tenant.h"
#include "v1/admin_entry.h"

#define MEMORY_MAX (64 << 20)
#define LAST_PRESET 20

/* ---- audit list. */

/* What both commands begin with. */
#define FILTER                                                                                  \
	"[--tenant ID] [--installation] [--action ACTION] [--subject SUBJECT] [--who WHO]"
enum { OF_TENANT, OF_INSTALLATION, OF_ACTION, OF_SUBJECT, OF_WHO, N_OF_FILTER };

#define NOTHING_MATCHES                                                                         \
	"no entry has all that was asked for; each is compared whole, as \"wxuserctl audit "     \
	"list\" prints it"

/* Returns the exit status. */
static int audit_read_filter(
	struct ctl *ctl, const struct argument *arguments, struct audit_filter *filter_r)
{
	const struct argument *tenant = &arguments[OF_TENANT];

	*filter_r = (struct audit_filter){
		.is_of_tenant = tenant->text != NULL || arguments[OF_INSTALLATION].text != NULL,
		.tenant_id = tenant->number,
		.match = {arguments[OF_ACTION].text, arguments[OF_SUBJECT].text,
			arguments[OF_WHO].text},
	};
	return tenant->text == NULL
		? EXIT_SUCCESS
		: ctl_status(tenant_check(ctl->db, tenant->number), CTL_NO_TENANT);
}

static bool audit_is_matched(const struct audit_filter *filter)
{
	return filter->match.action != NULL || filter->match.subject != NULL ||
		filter->match.who != NULL;
}

enum { LAST = N_OF_FILTER };

static const char *or_none(const char *text)
{
	return str_is_empty(text) ? "-" : shown_text(text);
}

static void print_entry(const void *row)
{
	const struct admin_entry *entry = row;
	char at[CTL_INSTANT_SIZE];

	printf("%8" PRId64 " %6d  %s  %-20s %-12s %s, %s, %s %s\n", entry->id, entry->tenant_id,
		ctl_instant(entry->at_us, at), entry->action, entry->actor, or_none(entry->who),
		or_none(entry->address), shown_text(entry->subject),
		shown_text(entry->details));
}

static void show_entry(void *ctx, const struct audit_listed *listed)
{
	const struct admin_entry entry = admin_entry_from(listed);

	listing_add(ctx, &entry);
}

static int list_audit(struct ctl *ctl, const struct argument *arguments)
{
	struct listing listing = {
		.ctl = ctl,
		.heading = "ENTRY    TENANT  AT (UTC+8)           ACTION               BY"
			   "           WHO, FROM, SUBJECT AND DETAILS",
		.shape = &admin_any_entry_shape,
		.print = print_entry,
	};
	const int32_t n_most =
		arguments[LAST].text == NULL ? LAST_PRESET : arguments[LAST].number;
	struct audit_filter filter;
	enum err err;

	if (audit_read_filter(ctl, arguments, &filter) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	err = audit_list_newest(ctl->db, &filter, n_most, show_entry, &listing);
	if (err == ERR_NONE && listing.n_rows == 0 && audit_is_matched(&filter))
		return listing_nothing(&listing, NOTHING_MATCHES);
	return listing_end(&listing, err, "");
}

/* ---- audit export. */

enum { FROM = N_OF_FILTER, UNTIL, FORMAT };
enum { NDJSON, CSV };

enum {
	ID,
	TENANT,
	AT,
	ACTION,
	ACTOR,
	WHO,
	ORIGIN,
	REQUEST_ID,
	SUBJECT,
	DETAILS,
	SEQUENCE,
	N_COLUMNS,
};

static const struct csv_column audit_columns[] = {
	[ID] = {"id"},
	[TENANT] = {"tenant"},
	[AT] = {"at"},
	[ACTION] = {"action"},
	[ACTOR] = {"actor"},
	[WHO] = {"who"},
	[ORIGIN] = {"origin"},
	[REQUEST_ID] = {"request_id"},
	[SUBJECT] = {"subject"},
	[DETAILS] = {"details"},
	[SEQUENCE] = {"sequence"},
	[N_COLUMNS] = {NULL},
};

/* 2026-11-29T10:39:18.000001Z. */
static const char *instant_text(struct arena *arena, int64_t at_us)
{
	struct civil at;

	clock_to_civil(at_us, 0, &at);
	return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", at.year, at.month,
		at.day, at.hour, at.minute, at.second, at.microsecond);
}

static const char *text_of(const char *text)
{
	return text == NULL ? "" : text;
}

static void write_csv(struct arena *arena, const struct audit_listed *entry)
{
	const char *const values[N_COLUMNS] = {
		[ID] = arena_printf(arena, "%" PRId64, entry->id),
		[TENANT] = arena_printf(arena, "%d", entry->entry.tenant_id),
		[AT] = instant_text(arena, entry->at_us),
		[ACTION] = entry->entry.action,
		[ACTOR] = entry->entry.actor,
		[WHO] = text_of(entry->origin.who),
		[ORIGIN] = text_of(entry->origin.address),
		[REQUEST_ID] = text_of(entry->origin.request_id),
		[SUBJECT] = entry->entry.subject,
		[DETAILS] = entry->entry.details,
		[SEQUENCE] = arena_printf(arena, "%" PRId64, entry->sequence),
	};

	csv_write(stdout, values, N_COLUMNS);
}

static void write_ndjson(struct arena *arena, const struct audit_listed *entry)
{
	json_t *line = json_pack("{sI si ss ss ss ss* ss* ss* ss so? sI}", audit_columns[ID].name,
		(json_int_t)entry->id, audit_columns[TENANT].name, entry->entry.tenant_id,
		audit_columns[AT].name, instant_text(arena, entry->at_us),
		audit_columns[ACTION].name, entry->entry.action, audit_columns[ACTOR].name,
		entry->entry.actor, audit_columns[WHO].name, entry->origin.who,
		audit_columns[ORIGIN].name, entry->origin.address, audit_columns[REQUEST_ID].name,
		entry->origin.request_id, audit_columns[SUBJECT].name, entry->entry.subject,
		audit_columns[DETAILS].name, json_loads(entry->entry.details, 0, NULL),
		audit_columns[SEQUENCE].name, (json_int_t)entry->sequence);

	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(line);
}

static enum err write_entries(struct db *db, const struct audit_filter *filter,
	void (*write)(struct arena *arena, const struct audit_listed *entry), size_t *n_written_r)
{
	struct arena *arena = arena_new(MEMORY_MAX);
	const struct audit_listed *entries;
	int64_t last_id = 0;
	enum err err;
	size_t n;

	*n_written_r = 0;
	db_set_arena(db, arena);
	do {
		err = audit_list_page(db, filter, &last_id, &entries, &n);
		for (size_t i = 0; i < n && err == ERR_NONE; i++)
			write(arena, &entries[i]);
		*n_written_r += n;
		arena_reset(arena);
	} while (err == ERR_NONE && n > 0);
	db_set_arena(db, NULL);
	arena_free(arena);
	return err;
}

/* Says what entries that were chosen cannot show. */
static int end_chosen(size_t n_written)
{
	if (n_written == 0)
		return ctl_fail(NOTHING_MATCHES);
	fputs("wxuserctl: note: these are chosen entries, so they do not prove that none is "
	      "missing; to prove it of all, run: wxuserctl audit verify\n",
		stderr);
	return EXIT_SUCCESS;
}

static int export_audit(struct ctl *ctl, const struct argument *arguments)
{
	const bool is_csv = arguments[FORMAT].number == CSV;
	struct audit_filter filter;
	size_t n_written;
	enum err err;
	int status = audit_read_filter(ctl, arguments, &filter);

	if (status == EXIT_SUCCESS)
		status = argument_value_time(&arguments[FROM], "--since", &filter.since_us);
	if (status == EXIT_SUCCESS)
		status = argument_value_time(&arguments[UNTIL], "--until", &filter.until_us);
	if (status != EXIT_SUCCESS)
		return status;
	if (is_csv)
		csv_write_columns(stdout, audit_columns);
	err = write_entries(ctl->db, &filter, is_csv ? write_csv : write_ndjson, &n_written);
	return err == ERR_NONE && audit_is_matched(&filter) ? end_chosen(n_written)
							    : ctl_status(err, "");
}

/* ---- The commands. */

#define CHOICE                                                                                  \
	"With --action, --subject or --who only those are printed that have all of these,\n"    \
	"each whole, as the list prints it: --action key.add --subject 'key 7', or what\n"      \
	"key 7 has done, --who 'key 7 NAME'.\n"

const struct command command_audit_list = {
	.name = "audit list",
	.arguments = FILTER " [--last N]",
	.summary = "Lists the last entries of the audit, the newest first",
	.details =
		"Lists 20 entries, or the number of --last: of all, of one tenant, or with\n"
		"--installation of what is done to the installation, which is shown as tenant 0.\n"
		CHOICE,
	.has_json = true,
	.needs = NEEDS_DB,
	.run = list_audit,
};

const struct command command_audit_export = {
	.name = "audit export",
	.arguments = FILTER " [--since TIME] [--until TIME] [--format ndjson|csv]",
	.summary = "Prints the entries of the audit, a line each",
	.details =
		"All entries, or those of one tenant, or with --installation those of the\n"
		"installation, which has tenant 0; from --since on and before --until. The\n"
		"lines are objects of JSON, or those of a CSV file. sequence is the entry's place\n"
		"in its chain, 0 if it is not sealed yet.\n" CHOICE
		"Entries that are chosen so lack those between them, so they do not prove that\n"
		"none is missing. \"wxuserctl audit verify\" does, of all.\n" CTL_TIME,
	.needs = NEEDS_DB,
	.run = export_audit,
};
