#include <inttypes.h>
#include <string.h>

#include "arena.h"
#include "audit_chain.h"
#include "audit_verify.h"
#include "buf.h"
#include "clock.h"
#include "command.h"
#include "job.h"
#include "listing.h"
#include "v1/admin_host.h"

/* How long an entry may not be committed or wait for the job, in seconds. Cron may run that every
 * ten minutes. */
#define COMMIT_S 300
#define LATE_S 1800

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

/* ---- As JSON. */

#define FINDINGS_MAX 1000

struct verdict {
	struct ctl *ctl;
	struct admin_audit_verdict shown;
	struct admin_audit_finding *findings;
	struct buf heads;
};

static void note_finding(void *ctx, const struct audit_finding *finding)
{
	static const char *const faults[] = {
		[AUDIT_ENTRY_CHANGED] = "entry_changed",
		[AUDIT_ENTRY_DELETED] = "entry_deleted",
		[AUDIT_ENTRY_UNSIGNED] = "entry_unsigned",
		[AUDIT_ENTRY_UNSEALED] = "entry_unsealed",
		[AUDIT_LINK_CHANGED] = "link_changed",
		[AUDIT_LINK_MISSING] = "link_missing",
		[AUDIT_CUT_OFF] = "cut_off",
	};
	struct verdict *verdict = ctx;
	struct object_list *list = &verdict->shown.findings;

	if (list->n_items == FINDINGS_MAX)
		return;
	verdict->findings[list->n_items++] = (struct admin_audit_finding){
		.fault = faults[finding->fault],
		.tenant_id = finding->tenant_id,
		.entry_id = finding->entry_id,
		.sequence = finding->sequence,
		.n_links = finding->n_links,
	};
}

static void note_head(void *ctx, const struct audit_head *head)
{
	struct buf *heads = ctx;

	buf_printf(heads, "%s%s", heads->size == 0 ? "" : ",", head->text);
}

static int show_verdict(struct verdict *verdict, const struct audit_verification *done)
{
	enum err err = audit_heads(verdict->ctl->db, note_head, &verdict->heads);

	if (err != ERR_NONE)
		return ctl_status(err, "");
	verdict->shown.is_sound = done->n_findings == 0 && done->n_late == 0;
	verdict->shown.n_entries = done->n_links;
	verdict->shown.n_chains = done->n_chains;
	verdict->shown.n_waiting = done->n_waiting;
	verdict->shown.n_late = done->n_late;
	verdict->shown.n_lost = done->n_lost;
	verdict->shown.n_findings = done->n_findings;
	verdict->shown.findings.items = verdict->findings;
	verdict->shown.heads = verdict->heads.data == NULL ? "" : verdict->heads.data;
	listing_object(verdict->ctl, &admin_audit_verdict_shape, &verdict->shown);
	return verdict->shown.is_sound ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- The command. */

static int verify_audit(struct ctl *ctl, const struct argument *arguments)
{
	struct verdict verdict = {
		.ctl = ctl,
		.findings = arena_array(ctl->arena, struct admin_audit_finding, FINDINGS_MAX),
		.heads = {.arena = ctl->arena},
	};
	struct audit_verification verification = {
		.late_until_us = clock_now_us() - LATE_S * CLOCK_SECOND_US,
		.found = ctl->is_json ? note_finding : print_finding,
		.ctx = &verdict,
	};
	int64_t ended_us = 0;
	enum err err;

	if (arguments[SINCE].text != NULL) {
		verification.heads =
			read_heads(ctl->arena, arguments[SINCE].text, &verification.n_heads);
		if (verification.heads == NULL)
			return ctl_fail_usage("--since: a head is TENANT:LINK:MAC, as in the log's "
					      "line \"audit heads\"");
	}
	err = job_list(ctl->db, find_seal, &ended_us);
	verification.sealed_until_us = ended_us - COMMIT_S * CLOCK_SECOND_US;
	if (err == ERR_NONE)
		err = audit_verify(ctl->db, &verification);
	if (err != ERR_NONE)
		return ctl_status(err, "");
	return ctl->is_json ? show_verdict(&verdict, &verification)
			    : print_verdict(ctl, &verification);
}

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
	.has_json = true,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = verify_audit,
};
