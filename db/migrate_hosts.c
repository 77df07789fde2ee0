#include "arena.h"
#include "buf.h"
#include "conf.h"
#include "conn.h"
#include "db.h"
#include "migrate_hosts.h"
#include "node_report.h"
#include "server_address.h"
#include "session.h"

#define IF_MEANT                                                                                  \
	"if %s is the right one, run: WXUSER_CONF_database__host=%s wxuserctl migrate"

struct host_report {
	const char *name;
	const char *problem; /* why it has not told; NULL: it has */
	struct node_report report;
};

static void ask(struct db *db, const struct server_address *address, struct host_report *host_r)
{
	struct db *other = db_new_of_host(db->conf, address);

	*host_r = (struct host_report){.name = address->name};
	other->conn->login = db->conn->login;
	if (session_open(other) != 0 || node_report_read(other, &host_r->report) != 0)
		host_r->problem = arena_strdup(db->arena, db_err_text(other));
	db_free(other);
}

/* A node that is not primary cannot be migrated, and so cannot be meant alone. */
static bool has_told(const struct host_report *host)
{
	const struct node_report *report = &host->report;

	return host->problem == NULL &&
		(!report->is_cluster || (report->is_primary && report->is_ready));
}

/* Whether both take writes, of which each has what the other lacks. */
static bool are_apart(const struct host_report *a, const struct host_report *b)
{
	if (!has_told(a) || !has_told(b) || !node_report_tells_cluster(&a->report) ||
		!node_report_tells_cluster(&b->report))
		return false;
	if (a->report.cluster != b->report.cluster)
		return true;
	return a->report.cluster == NODE_NO_CLUSTER && !a->report.has_no_tables &&
		!b->report.has_no_tables;
}

static const char *find_apart(
	struct db *db, const struct host_report *hosts, size_t n, const char *used)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (are_apart(&hosts[i], &hosts[j]))
				return arena_printf(db->arena,
					"%s and %s take writes and are not of one cluster; take "
					"the wrong one out of [database] host; " IF_MEANT,
					hosts[j].name, hosts[i].name, used, used);
	return NULL;
}

static const char *list_silent(struct db *db, const struct host_report *hosts, size_t n)
{
	struct buf list = {0};
	const char *text;

	for (size_t i = 0; i < n; i++)
		if (!has_told(&hosts[i]))
			buf_printf(&list, "%s%s (%s)", list.size == 0 ? "" : ", ", hosts[i].name,
				hosts[i].problem == NULL ? "not_primary" : hosts[i].problem);
	text = arena_strdup(db->arena, list.data);
	buf_release(&list);
	return text;
}

void migrate_hosts_find_problem(struct db *db, const char **problem_r)
{
	struct server_address *addresses = arena_array(db->arena, struct server_address, NODES_MAX);
	struct host_report *hosts = arena_array(db->arena, struct host_report, NODES_MAX);
	const size_t n = server_address_list(db->arena, db->conf, addresses, NODES_MAX);
	const char *used = arena_strdup(db->arena, db_host(db));
	size_t n_told = 0;

	*problem_r = NULL;
	for (size_t i = 0; i < n && n > 1; i++) {
		ask(db, &addresses[i], &hosts[i]);
		n_told += has_told(&hosts[i]);
	}
	if (n == 1)
		return;
	if (2 * n_told <= n)
		*problem_r = arena_printf(db->arena,
			"%zu of the %zu hosts of [database] host do not serve: %s; what does may "
			"be another database; start the others; " IF_MEANT,
			n - n_told, n, list_silent(db, hosts, n), used, used);
	else
		*problem_r = find_apart(db, hosts, n, used);
}
