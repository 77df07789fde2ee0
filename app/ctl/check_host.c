#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "check.h"
#include "conf.h"
#include "confine.h"
#include "control_client.h"
#include "ctl.h"
#include "encoding.h"
#include "key_check.h"
#include "key_verify.h"
#include "log_sink.h"
#include "permission.h"
#include "secret_keys.h"
#include "socket_name.h"
#include "str.h"

void check_key_files(struct check *check)
{
	char error[1024];

	check->ctl->keys = secret_keys_load(check->conf, error, sizeof(error));
	if (check->ctl->keys == NULL)
		check_report(check, CHECK_FAIL, "keys: %s", error);
}

static void check_sealed(struct check *check)
{
	char uuid[2 * UUID_SIZE + 1];
	struct verified_column *columns;
	size_t n;

	if (key_verify_sealed(check->ctl->db, VERIFY_FIRST, &columns, &n) != ERR_NONE) {
		check_report(check, CHECK_FAIL, "keys: sealed values cannot be read (see above)");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		encode_hex(columns[i].wrong_uuid.bytes, UUID_SIZE, uuid);
		if (columns[i].n_wrong > 0)
			check_report(check, CHECK_FAIL,
				"keys: %lld of the first %lld values of %s.%s do not open, as that "
				"of row %lld (row_uuid %s); sealed with another key, or damaged. "
				"To count them all: wxuserctl keys verify",
				(long long)columns[i].n_wrong, (long long)columns[i].n_values,
				columns[i].table, columns[i].name, (long long)columns[i].wrong_id,
				uuid);
		if (columns[i].n_lost > 0)
			check_report(check, CHECK_WARN,
				"keys: %lld of the first %lld values of %s.%s read as empty, since "
				"their key is lost",
				(long long)columns[i].n_lost, (long long)columns[i].n_values,
				columns[i].table, columns[i].name);
	}
}

static void check_hashed(struct check *check)
{
	struct verified_column *columns;
	size_t n;

	if (key_verify_hashed(check->ctl->db, &columns, &n) != ERR_NONE) {
		check_report(check, CHECK_FAIL, "keys: hashes cannot be read (see above)");
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (columns[i].n_wrong > 0)
			check_report(check, CHECK_FAIL,
				"keys: %lld of the first %lld hashes of %s.%s were made with "
				"another key, as that of row %lld. To count them all: wxuserctl "
				"keys verify",
				(long long)columns[i].n_wrong, (long long)columns[i].n_values,
				columns[i].table, columns[i].name, (long long)columns[i].wrong_id);
}

/* Returns whether all values were right. */
static bool check_key_values(struct check *check)
{
	const int n_failed = check->n_failed;

	check_sealed(check);
	check_hashed(check);
	return check->n_failed == n_failed;
}

static const char *compare_keys(struct check *check, bool can_read)
{
	const char *reason = "cannot be compared with the database (see above)";

	if (!can_read)
		return "not compared with the database";
	return key_check_read(check->ctl->db, &reason) == ERR_NONE ? NULL : reason;
}

bool check_keys(struct check *check, bool can_read)
{
	const struct conf *conf = check->conf;
	const char *reason;

	if (check->ctl->keys == NULL)
		return false;
	reason = compare_keys(check, can_read);
	if (reason != NULL && !check->lacks_control)
		check_report(check, can_read ? CHECK_FAIL : CHECK_WARN, "keys: %s", reason);
	else if (reason == NULL && check_key_values(check))
		check_report(check, CHECK_OK, "keys: %s, %s, %s and %s, those of this database",
			conf->keys_sealing, conf->keys_lookup, conf->keys_erasure,
			conf->keys_audit);
	if (reason == NULL)
		check_erasures(check);
	return reason == NULL;
}

static void check_landlock(struct check *check)
{
	const int version = confine_landlock_version();
	const char *lack = confine_lack(version);

	if (version < 1)
		check_report(check, CHECK_WARN,
			"Landlock: a worker that somebody takes over can %s", lack);
	else
		check_report(check, CHECK_OK, "Landlock: version %d confines the workers%s%s",
			version, lack == NULL ? "" : ". One that somebody takes over can still ",
			lack == NULL ? "" : lack);
}

/* For a directory that others may write to. A directory of theirs must not be changed. */
static void report_open_to_others(struct check *check, const char *path, const struct stat *st)
{
	if ((st->st_mode & S_ISVTX) != 0 || st->st_uid != geteuid())
		check_report(check, CHECK_FAIL,
			"state directory: others may write to %s; name one of the service's own in "
			"[server] state_directory",
			path);
	else
		check_report(check, CHECK_FAIL,
			"state directory: others may write to %s; run: chmod go-w %s", path, path);
}

/* By it processes share [rates]. One that was left by another user is shared by nobody. */
static bool has_foreign_limits(
	const char *directory, const struct stat *owner, char path_r[PATH_MAX])
{
	struct stat st;

	snprintf(path_r, PATH_MAX, "%s/limits", directory);
	return lstat(path_r, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_uid != owner->st_uid);
}

static void check_state_directory(struct check *check)
{
	const char *path = check->conf->server_state_directory;
	char text[PERMISSION_TEXT_SIZE], limits[PATH_MAX];
	const char *problem = permission_check_directory(path, check->conf->server_user, text);
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 022) != 0)
		report_open_to_others(check, path, &st);
	else if (problem != NULL)
		check_report(check, CHECK_FAIL, "state directory: %s", problem);
	else if (has_foreign_limits(path, &st, limits))
		check_report(check, CHECK_FAIL,
			"state directory: %s is not a file of the directory's owner, so that each "
			"program counts [rates] alone; run: rm %s, and restart the program",
			limits, limits);
	else
		check_report(check, CHECK_OK, "state directory: %s", path);
}

/* Whether the program, whose mounts may be others, cannot write to the file or make it. A device
 * may be written to where all else is read-only. */
static bool is_read_only(pid_t pid, const char *path, const char *directory)
{
	char there[PATH_MAX + 32];
	struct statvfs mount;
	struct stat file;

	snprintf(there, sizeof(there), "/proc/%d/root%s", (int)pid, path);
	if (stat(there, &file) == 0 && !S_ISREG(file.st_mode))
		return false;
	snprintf(there, sizeof(there), "/proc/%d/root%s", (int)pid, directory);
	return statvfs(there, &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0;
}

static void check_file_place(struct check *check, pid_t pid, const char *key, const char *path)
{
	char directory[PATH_MAX], text[PERMISSION_TEXT_SIZE];

	if (path == NULL || *path != '/')
		return;
	permission_directory_of(path, directory);
	if (is_read_only(pid, path, directory))
		check_report(check, CHECK_FAIL, "%s: %s", key,
			permission_describe_read_only(directory, "the program", text));
}

/* What the program appends to. Its unit lets it write to few places. */
static void check_file_places(struct check *check)
{
	const struct conf *conf = check->conf;
	struct master_status found[MASTERS_MAX];

	if (control_client_find(check->ctl, found) == 0 || found[0].pid == 0)
		return;
	check_file_place(check, found[0].pid, "log.path", log_sink_path(conf->log_path));
	check_file_place(
		check, found[0].pid, "log.access_path", log_sink_path(conf->log_access_path));
	check_file_place(check, found[0].pid, "keys.erasure_log", conf->keys_erasure_log);
}

static void check_socket(struct check *check, const char *pool, const char *listen)
{
	int error = str_is_empty(listen) ? 0 : socket_name_probe(listen);
	struct master_status found[MASTERS_MAX];

	if (str_is_empty(listen))
		check_report(check, CHECK_OK,
			"socket of the %s pool: none, the web server starts workers", pool);
	else if (error == 0)
		check_report(check, CHECK_OK, "socket of the %s pool: %s takes connections", pool,
			listen);
	else if (error == EACCES)
		check_report(check, CHECK_WARN,
			"socket of the %s pool: you may not connect to %s; see [server] "
			"socket_group and socket_mode",
			pool, listen);
	else if (error == ENOENT && control_client_find(check->ctl, found) > 0)
		check_report(check, CHECK_FAIL,
			"socket of the %s pool: the program runs, but %s is not there: it was "
			"removed, or listen_%s has changed since the start; run: systemctl restart "
			"wxuser, or: wxuserctl drain, and start wxuser.fcgi again",
			pool, listen, pool);
	else
		check_report(check, CHECK_FAIL,
			"socket of the %s pool: nobody listens at %s (%s); run: %s; where the web "
			"server starts the workers, leave [server] listen_%s empty",
			pool, listen, strerror(error), control_client_start_line(check->ctl), pool);
}

static void check_orphans(struct check *check)
{
	const char *orphans = control_client_find_orphans(check->ctl);

	if (orphans != NULL)
		check_report(check, CHECK_FAIL, "program: %s", orphans);
}

void check_host(struct check *check)
{
	check_orphans(check);
	check_landlock(check);
	check_state_directory(check);
	check_file_places(check);
	check_socket(check, "core", check->conf->server_listen_core);
	check_socket(check, "remote", check->conf->server_listen_remote);
}
