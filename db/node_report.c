#include <string.h>

#include "clock.h"
#include "conn.h"
#include "migrations.h"
#include "node_report.h"
#include "str.h"

#define SYNCED "4" /* of wsrep_local_state */
#define DONOR "2"

static const char node_report_sql[] =
	"SELECT LOWER(variable_name), variable_value FROM information_schema.global_status "
	"WHERE variable_name IN ('wsrep_ready', 'wsrep_cluster_status', 'wsrep_local_state', "
	"'wsrep_cluster_state_uuid') "
	"UNION ALL SELECT 'read_only', @@GLOBAL.read_only "
	"UNION ALL SELECT 'time', TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) "
	"UNION ALL SELECT 'tables', COUNT(*) FROM information_schema.tables "
	"WHERE table_schema = DATABASE() AND table_name = 'schema_version'";

const char node_report_version_sql[] = "SELECT 'version', MAX(version) FROM schema_version";

/* Those of two clusters are alike by chance once in 2³². */
static uint32_t node_report_cluster(const char *uuid)
{
	const uint32_t cluster = (uint32_t)(str_hash(STR_HASH_BEGIN, uuid) >> 32);

	return cluster > NODE_NO_CLUSTER ? cluster : NODE_NO_CLUSTER + 1;
}

static void node_report_note(void *ctx, const char *name, const char *value)
{
	struct node_report *report = ctx;

	if (strcmp(name, "wsrep_ready") == 0)
		report->is_ready = strcmp(value, "ON") == 0;
	else if (strcmp(name, "wsrep_cluster_status") == 0)
		report->is_primary = strcmp(value, "Primary") == 0;
	else if (strcmp(name, "wsrep_local_state") == 0) {
		report->is_synced = strcmp(value, SYNCED) == 0;
		report->is_donor = strcmp(value, DONOR) == 0;
	} else if (strcmp(name, "wsrep_cluster_state_uuid") == 0)
		report->cluster = node_report_cluster(value);
	else if (strcmp(name, "read_only") == 0)
		report->is_read_only = strcmp(value, "0") != 0 && strcmp(value, "OFF") != 0;
	else if (strcmp(name, "tables") == 0)
		report->has_no_tables = strcmp(value, "0") == 0;
	else
		str_parse_int64(value, &report->ahead_us);
}

/* Without a row a first migration has just begun. */
static void node_report_note_version(void *ctx, const char *name, const char *value)
{
	struct node_report *report = ctx;
	int32_t version;

	(void)name;
	report->has_no_tables = value == NULL;
	report->has_old_schema = value != NULL && str_parse_int32(value, &version) &&
		version < migrations_newest();
}

/* A node of a cluster that is not ready refuses it. */
static int node_report_read_version(struct db *db, struct node_report *report)
{
	if (report->has_no_tables ||
		(report->is_cluster && (!report->is_primary || !report->is_ready)))
		return 0;
	return conn_read(db, node_report_version_sql, node_report_note_version, report);
}

bool node_report_tells_cluster(const struct node_report *report)
{
	return !report->is_read_only && report->cluster != 0 &&
		(!report->is_cluster || (report->is_primary && report->is_ready));
}

int node_report_read(struct db *db, struct node_report *report_r)
{
	const int64_t before_us = clock_now_us();

	*report_r = (struct node_report){.is_cluster = db->conn->is_cluster};
	if (conn_read(db, node_report_sql, node_report_note, report_r) != 0)
		return -1;
	report_r->ahead_us -= (before_us + clock_now_us()) / 2;
	if (!report_r->is_cluster)
		report_r->cluster = NODE_NO_CLUSTER;
	return node_report_read_version(db, report_r);
}
