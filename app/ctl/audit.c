#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "arena.h"
#include "argument_value.h"
#include "audit_chain.h"
#include "audit_list.h"
#include "audit_verify.h"
#include "clock.h"
#include "command.h"
#include "csv.h"
#include "db.h"
#include "job.h"
#include "str.h"
#include "tenant.h"

#define MEMORY_MAX (64 << 20)
#define LAST_PRESET 20
/* How long an entry may not be committed or wait for the job, in seconds. Cron may run that every
 * ten minutes. */
#define COMMIT_S 300
#define LATE_S 1800

/* ---- audit verify. */

enum { SINCE };

static void print_finding(void *ctx, const struct audit_finding *finding)
{
	static const char *const whats[] = {
		[AUDIT_ENTRY_CHANGED] = "was changed after it was sealed",
		[AUDIT_ENTRY_DELETED] = "was deleted",
		[AUDIT_ENTRY_UNSIGNED] = "is not signed by the service, or was changed before it "
					 "was sealed",
		[AUDIT_ENTRY_UNSEALED] = "is not in its chain, though the job audit_seal has "
					 "ended since",
	};

	(void)ctx;
	if (finding->fault == AUDIT_CUT_OFF)
		printf("tenant %d: the chain was cut off or replaced: link %" PRId64
		       " is not that of the head\n",
			finding->tenant_id, finding->sequence);
	else if (finding->fault == AUDIT_LINK_MISSING)
		printf("tenant %d: %" PRId64 " links are missing, from link %" PRId64 " on\n",
			finding->tenant_id, finding->n_links, finding->sequence);
	else if (finding->fault == AUDIT_LINK_CHANGED)
		printf("tenant %d: link %" PRId64 " of entry %" PRId64 " was changed\n",
			finding->tenant_id, finding->sequence, finding->entry_id);
	else
		printf("tenant %d: entry %" PRId64 " %s\n", finding->tenant_id, finding->entry_id,
			whats[finding->fault]);
}

/* Reads heads with commas between, as the log tells them. Returns NULL if the text is none. */
static const struct audit_head *read_heads(struct arena *arena, const char *text, size_t *n_r)
{
	struct audit_head *heads = arena_array(arena, struct audit_head, strlen(text) / 2 + 1);
	char *at = arena_strdup(arena, text), *head;

	*n_r = 0;
	while ((head = strsep(&at, ",")) != NULL)
		if (!audit_head_read(head, &heads[(*n_r)++]))
			return NULL;
	return heads;
}

static void print_head(void *ctx, const struct audit_head *head)
{
	const char **before = ctx;

	printf("%s%s", *before, head->text);
	*before = ",";
}

static int print_heads(struct ctl *ctl)
{
	const char *before = " ";
	enum err err;

	fputs("heads", stdout);
	err = audit_heads(ctl->db, print_head, &before);
	putchar('\n');
	return ctl_status(err, "");
}

static int print_verdict(struct ctl *ctl, const struct audit_verification *done)
{
	printf("%" PRId64 " entries of %" PRId64 " chains were verified, %" PRId64
	       " wait to be sealed\n",
		done->n_links, done->n_chains, done->n_waiting);
	if (done->n_lost > 0)
		printf("%" PRId64 " of them were signed with a key that its file declares lost\n",
			done->n_lost);
	if (print_heads(ctl) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	if (done->n_findings > 0)
		return ctl_fail("the audit was tampered with or lost: %" PRId64 " findings",
			done->n_findings);
	if (done->n_late > 0)
		return ctl_fail("%" PRId64 " entries have waited for more than 30 minutes to be "
				"sealed; see: wxuserctl jobs list",
			done->n_late);
	return EXIT_SUCCESS;
}

static void find_seal(void *ctx, const struct job_state *state)
{
	int64_t *ended_us = ctx;

	if (strcmp(state->name, "audit_seal") == 0)
		*ended_us = state->ended_us;
}

static int verify_audit(struct ctl *ctl, const struct argument *arguments)
{
	struct audit_verification verification = {
		.late_until_us = clock_now_us() - LATE_S * CLOCK_SECOND_US,
		.found = print_finding,
	};
	int64_t ended_us = 0;
	enum err err;

	if (arguments[SINCE].text != NULL) {
		verification.heads =
			read_heads(ctl->arena, arguments[SINCE].text, &verification.n_heads);
		if (verification.heads == NULL)
			return ctl_fail("--since: a head is TENANT:LINK:MAC, as in the log's line "
					"\"audit heads\"");
	}
	err = job_list(ctl->db, find_seal, &ended_us);
	verification.sealed_until_us = ended_us - COMMIT_S * CLOCK_SECOND_US;
	if (err == ERR_NONE)
		err = audit_verify(ctl->db, &verification);
	return err == ERR_NONE ? print_verdict(ctl, &verification) : ctl_status(err, "");
}

/* ---- audit list. */

/* Whose entries: --tenant and --installation. Returns the exit status. */
static int read_filter(struct ctl *ctl, const struct argument *tenant,
	const struct argument *installation, struct audit_filter *filter_r)
{
	*filter_r = (struct audit_filter){
		.is_of_tenant = tenant->text != NULL || installation->text != NULL,
		.tenant_id = tenant->number,
	};
	return tenant->text == NULL
		? EXIT_SUCCESS
		: ctl_status(tenant_check(ctl->db, tenant->number), CTL_NO_TENANT);
}

enum { LIST_TENANT, LIST_INSTALLATION, LAST };

static const char *or_none(const char *text)
{
	return str_is_empty(text) ? "-" : text;
}

static void print_entry(void *ctx, const struct audit_listed *entry)
{
	char at[CTL_INSTANT_SIZE];

	ctl_print_heading(ctx);
	printf("%8" PRId64 " %6d  %s  %-20s %-12s %s, %s, %s %s\n", entry->id,
		entry->entry.tenant_id, ctl_instant(entry->at_us, at), entry->entry.action,
		entry->entry.actor, or_none(entry->origin.who), or_none(entry->origin.address),
		entry->entry.subject, entry->entry.details);
}

static int list_audit(struct ctl *ctl, const struct argument *arguments)
{
	const char *heading = "ENTRY    TENANT  AT (UTC+8)           ACTION               BY"
			      "           WHO, FROM, SUBJECT AND DETAILS";
	const int32_t n_most =
		arguments[LAST].text == NULL ? LAST_PRESET : arguments[LAST].number;
	struct audit_filter filter;

	if (read_filter(ctl, &arguments[LIST_TENANT], &arguments[LIST_INSTALLATION], &filter) !=
		EXIT_SUCCESS)
		return EXIT_FAILURE;
	return ctl_end_list(audit_list_newest(ctl->db, &filter, n_most, print_entry, &heading),
		&heading, "");
}

/* ---- audit export. */

enum { EXPORT_TENANT, EXPORT_INSTALLATION, FROM, UNTIL, FORMAT };
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
	void (*write)(struct arena *arena, const struct audit_listed *entry))
{
	struct arena *arena = arena_new(MEMORY_MAX);
	const struct audit_listed *entries;
	int64_t last_id = 0;
	enum err err;
	size_t n;

	db_set_arena(db, arena);
	do {
		err = audit_list_page(db, filter, &last_id, &entries, &n);
		for (size_t i = 0; i < n && err == ERR_NONE; i++)
			write(arena, &entries[i]);
		arena_reset(arena);
	} while (err == ERR_NONE && n > 0);
	db_set_arena(db, NULL);
	arena_free(arena);
	return err;
}

static int export_audit(struct ctl *ctl, const struct argument *arguments)
{
	const bool is_csv = arguments[FORMAT].number == CSV;
	struct audit_filter filter;

	if (read_filter(ctl, &arguments[EXPORT_TENANT], &arguments[EXPORT_INSTALLATION],
		    &filter) != EXIT_SUCCESS ||
		!argument_value_time(&arguments[FROM], "--since", &filter.since_us) ||
		!argument_value_time(&arguments[UNTIL], "--until", &filter.until_us))
		return EXIT_FAILURE;
	if (is_csv)
		csv_write_columns(stdout, audit_columns);
	return ctl_status(
		write_entries(ctl->db, &filter, is_csv ? write_csv : write_ndjson), "");
}

/* ---- The commands. */

const struct command command_audit_verify = {
	.name = "audit verify",
	.arguments = "[--since HEADS]",
	.summary = "Finds entries of the audit that were changed, deleted or inserted by hand",
	.details =
		"The job audit_seal seals each entry into the chain of its tenant; tenant 0 is\n"
		"the installation. Prints which entries are not as they were when they were\n"
		"sealed, which are gone, and which the service has not written; then how many\n"
		"were verified, and the heads of the chains. The exit status is 1 if anything is\n"
		"wrong, or an entry has waited for more than 30 minutes to be sealed.\n"
		"A chain whose end was cut off is one without that end: only an older head\n"
		"tells. HEADS is what \"heads\" says in a line \"audit heads\" of the log, which\n"
		"comes every minute, or in another run of this command. Then a chain must have\n"
		"the link of its head, and only what comes after it is verified. Nothing is\n"
		"changed.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = verify_audit,
};

const struct command command_audit_list = {
	.name = "audit list",
	.arguments = "[--tenant ID] [--installation] [--last N]",
	.summary = "Lists the last entries of the audit, the newest first",
	.details =
		"Lists 20 entries, or the number of --last: of all, of one tenant, or with\n"
		"--installation of what is done to the installation, which is shown as tenant 0.\n",
	.needs = NEEDS_DB,
	.run = list_audit,
};

const struct command command_audit_export = {
	.name = "audit export",
	.arguments = "[--tenant ID] [--installation] [--since TIME] [--until TIME] "
		     "[--format ndjson|csv]",
	.summary = "Prints the entries of the audit, a line each",
	.details =
		"All entries, or those of one tenant, or with --installation those of the\n"
		"installation, which has tenant 0; from --since on and before --until. TIME is\n"
		"2026-11-29, 2026-11-29T10:39:18, both in UTC+8, or 2026-11-29T10:39:18Z. The\n"
		"lines are objects of JSON, or those of a CSV file. sequence is the entry's place\n"
		"in its chain, 0 if it is not sealed yet.\n",
	.needs = NEEDS_DB,
	.run = export_audit,
};
