#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "command.h"
#include "conf.h"
#include "config_check.h"
#include "db.h"
#include "key_uses.h"
#include "permission.h"
#include "privileges.h"
#include "regular_file.h"
#include "secret_keys.h"
#include "str.h"

enum { NEW };

struct key_file {
	const char *path;
	enum secret_key_kind kind;
	bool is_missing, is_created;
};

struct creation {
	struct ctl *ctl;
	struct key_file files[SECRET_KEY_KINDS];
	bool is_new;          /* --new: the operator says that nothing was there before */
	struct key_uses uses; /* empty if the database cannot be read */
};

/* ---- keys create. */

/* If root creates the files, they are given to this user. */
static int check_service_user(const char *user)
{
	if (geteuid() == 0 && !str_is_empty(user) && getpwnam(user) == NULL)
		return ctl_fail("[server] user names %s, who does not exist", user);
	return EXIT_SUCCESS;
}

static int give_to_service(const char *path, const char *user)
{
	if (privileges_give(path, user) != 0)
		return ctl_fail("%s: %s", path, strerror(errno));
	return EXIT_SUCCESS;
}

static int fail_to_create(const char *path)
{
	return ctl_fail("%s: %s; does its directory exist, and may you write there?", path,
		regular_file_error(errno));
}

static int create_file(struct key_file *file, uint16_t number, const char *user)
{
	if (secret_key_file_create(file->path, number) != 0)
		return fail_to_create(file->path);
	file->is_created = true;
	return give_to_service(file->path, user);
}

/* Returns whether the directory has the configuration, which stays root's, or keys. */
static bool has_more_than_erasures(const struct creation *creation, const char *directory)
{
	const char *conf_path = creation->ctl->conf->path;
	char other[PATH_MAX] = "";

	if (conf_path != NULL)
		permission_directory_of(conf_path, other);
	for (size_t i = 0; i < SECRET_KEY_KINDS && strcmp(other, directory) != 0; i++)
		permission_directory_of(creation->files[i].path, other);
	return strcmp(other, directory) == 0;
}

/* Creates the log of erasures, to which the service appends. Others may not read it. "make install"
 * has made its directory as root. */
static int create_erasures(const struct creation *creation)
{
	const char *path = creation->ctl->conf->keys_erasure_log;
	const char *user = creation->ctl->conf->server_user;
	char directory[PATH_MAX];
	int fd = regular_file_open(path, O_WRONLY | O_CREAT, 0600);

	if (fd < 0)
		return fail_to_create(path);
	close(fd);
	permission_directory_of(path, directory);
	if (permission_may_be_given(directory) && !has_more_than_erasures(creation, directory) &&
		give_to_service(directory, user) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	return give_to_service(path, user);
}

static bool find_missing_files(struct creation *creation)
{
	bool is_any = false;

	for (size_t i = 0; i < SECRET_KEY_KINDS; i++) {
		struct key_file *file = &creation->files[i];
		struct stat st;

		file->kind = (enum secret_key_kind)i;
		file->path = secret_key_path(creation->ctl->conf, file->kind);
		file->is_missing = lstat(file->path, &st) != 0;
		is_any |= file->is_missing;
	}
	return is_any;
}

/* Asks which keys the database has had, with the rights of the service's user, whom it may know by
 * its socket. */
static int read_key_uses(struct creation *creation)
{
	struct ctl *ctl = creation->ctl;
	enum err err = ERR_INTERNAL;

	if (ctl_log_in(ctl, DB_USER_CONTROL) != 0)
		return EXIT_FAILURE;
	ctl->db = ctl_new_db(ctl, DB_USER_CONTROL);
	if (privileges_use_temporarily(ctl->conf->server_user) == 0)
		err = key_uses_find(ctl->db, &creation->uses);
	privileges_restore();
	if (err == ERR_PARAMETER)
		return ctl_fail("key files are missing, and the schema is not this release's; run "
				"first: wxuserctl migrate");
	if (err == ERR_NONE || creation->is_new)
		return EXIT_SUCCESS;
	return ctl_fail("key files are missing, and the database must tell whether it has had "
			"others, but it cannot be read (see above). Run this again when it does. "
			"If the installation is new, on this host and any other, run: wxuserctl "
			"keys create --new");
}

static bool has_erasures(const struct conf *conf)
{
	struct stat st;

	return stat(conf->keys_erasure_log, &st) == 0 && st.st_size > 0;
}

static int check_missing_key(const struct creation *creation, const struct key_file *file)
{
	const struct key_use *use = &creation->uses.of[file->kind];

	if (!file->is_missing)
		return EXIT_SUCCESS;
	if (use->is_needed)
		return ctl_fail("%s: is missing, and the database has what only that key reads; "
				"restore it from its backup, or copy it from a host that has "
				"it. If there is none, see: wxuserctl keys create --help",
			file->path);
	if (file->kind == SECRET_KEY_ERASURE && has_erasures(creation->ctl->conf))
		return ctl_fail("%s: is missing, and %s has what only that key reads; restore it "
				"from its backup. If there is none, see: wxuserctl keys create "
				"--help",
			file->path, creation->ctl->conf->keys_erasure_log);
	if (use->is_known && !creation->is_new)
		return ctl_fail(
			"%s: is missing, and the database has had one; copy it from the "
			"host that has it, or restore it from its backup. If the installation "
			"is new, on this host and any other, run: wxuserctl keys create --new",
			file->path);
	return EXIT_SUCCESS;
}

static int check_missing_keys(const struct creation *creation)
{
	for (size_t i = 0; i < SECRET_KEY_KINDS; i++)
		if (check_missing_key(creation, &creation->files[i]) != EXIT_SUCCESS)
			return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

static int create_missing(struct creation *creation)
{
	const struct conf *conf = creation->ctl->conf;

	for (size_t i = 0; i < SECRET_KEY_KINDS; i++) {
		struct key_file *file = &creation->files[i];
		uint16_t number = 1;

		if (file->kind == SECRET_KEY_SEALING || file->kind == SECRET_KEY_AUDIT)
			number = (uint16_t)(creation->uses.of[file->kind].highest + 1);
		if (file->is_missing &&
			create_file(file, number, conf->server_user) != EXIT_SUCCESS)
			return EXIT_FAILURE;
	}
	return create_erasures(creation);
}

/* An installation that has no data yet has no entry: its keys may still be replaced. */
static enum err audit_creation(const struct creation *creation)
{
	const struct audit_entry entry = {
		.tenant_id = AUDIT_INSTALLATION,
		.action = "keys.create",
		.actor = "wxuserctl",
		.subject = "keys",
		.details = "{}",
	};
	bool is_used = false, is_any = false;

	for (size_t i = 0; i < SECRET_KEY_KINDS; i++) {
		is_used |= creation->uses.of[i].is_needed;
		is_any |= creation->files[i].is_created;
	}
	return is_used && is_any ? audit_write_alone(creation->ctl->db, &entry) : ERR_NONE;
}

/* Makes the database forget keys that are replaced and record the new ones, before anything uses
 * them. */
static enum err register_keys(const struct creation *creation, const char **reason_r)
{
	struct ctl *ctl = creation->ctl;
	enum err err = ERR_NONE;

	for (size_t i = 0; i < SECRET_KEY_KINDS && err == ERR_NONE; i++)
		if (creation->files[i].is_missing)
			err = key_forget(ctl->db, &creation->uses, creation->files[i].kind);
	if (err == ERR_NONE)
		err = key_check(ctl->db, reason_r);
	return err == ERR_NONE ? audit_creation(creation) : err;
}

static int record_keys(const struct creation *creation)
{
	struct ctl *ctl = creation->ctl;
	enum err err = ERR_INTERNAL;
	const char *reason = "";

	db_free(ctl->db);
	ctl->db = ctl_new_db(ctl, DB_USER_CONTROL);
	if (privileges_use_temporarily(ctl->conf->server_user) == 0)
		err = register_keys(creation, &reason);
	privileges_restore();
	return ctl_status(err, reason);
}

/* Loads the files as the service would, the kept ones too. */
static int load_files(struct creation *creation)
{
	struct ctl *ctl = creation->ctl;
	char error[1024];

	ctl->keys = secret_keys_load(ctl->conf, error, sizeof(error));
	if (ctl->keys == NULL)
		return ctl_fail("%s", error);
	return creation->uses.has_schema ? record_keys(creation) : EXIT_SUCCESS;
}

/* The next try would keep files that cannot be used. */
static void remove_created(const struct creation *creation)
{
	for (size_t i = 0; i < SECRET_KEY_KINDS; i++)
		if (creation->files[i].is_created)
			unlink(creation->files[i].path);
}

static void print_files(const struct creation *creation)
{
	for (size_t i = 0; i < SECRET_KEY_KINDS; i++)
		printf("%s  %s\n", creation->files[i].is_created ? "made" : "kept",
			creation->files[i].path);
}

static int create_keys(struct ctl *ctl, const struct argument *arguments)
{
	struct creation creation = {
		.ctl = ctl,
		.is_new = arguments[NEW].text != NULL,
	};
	char text[PERMISSION_TEXT_SIZE];

	if (config_find_old_erasure_log(ctl->conf, text) != NULL)
		return ctl_fail("[keys] erasure_log: %s", text);
	if (check_service_user(ctl->conf->server_user) != EXIT_SUCCESS ||
		(find_missing_files(&creation) && read_key_uses(&creation) != EXIT_SUCCESS) ||
		check_missing_keys(&creation) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	if (create_missing(&creation) != EXIT_SUCCESS || load_files(&creation) != EXIT_SUCCESS) {
		remove_created(&creation);
		return EXIT_FAILURE;
	}
	print_files(&creation);
	fputs("Back these files up, apart from the database: only they open what they have "
	      "sealed.\n",
		stderr);
	return EXIT_SUCCESS;
}

/* ---- The commands. */

const struct command command_keys_create = {
	.name = "keys create",
	.arguments = "[--new]",
	.summary = "Creates the key files that the configuration names and that are missing",
	.details =
		"[keys] sealing seals personal data, [keys] lookup hashes what is looked up,\n"
		"[keys] erasure hashes the users that were erased, for the log in [keys]\n"
		"erasure_log, [keys] audit signs the audit. Existing files are kept. If this is\n"
		"root, the files are given to [server] user, and so is the directory of the log\n"
		"if nothing else of the configuration lies there.\n"
		"If a file is missing, the database is asked whether it has had that key: what\n"
		"a key has sealed or hashed is lost without it, and another key does not bring\n"
		"it back. If there is such data, nothing is created: restore the file from its\n"
		"backup, or copy it from a host that has it. --new says that the installation\n"
		"is new, on this host and any other. Then the database need not exist yet, and\n"
		"a key that nothing was sealed or hashed with is replaced.\n"
		"If no copy of a key is left, say so in its file: a line with its number and\n"
		"the word lost, and a new key with a higher number. All hosts take the same\n"
		"file; then reload.\n"
		"(umask 077; printf '1 lost\\n2 hkdf %s\\n' \"$(openssl rand -base64 32)\" \\\n"
		"  >sealing.keys)\n"
		"What a lost sealing key has sealed reads as empty: phones until users send\n"
		"them again, AppSecrets until \"wxuserctl app set-secret APPID\", the Tokens of\n"
		"pushes until \"wxuserctl app set-push APPID\". The phone of a member stays\n"
		"empty, but still finds the member. A key that is found after all goes in place\n"
		"of the word lost. Without the look-up key nobody is found by a phone stored\n"
		"before, and an import creates its members anew, until \"wxuserctl keys rotate\n"
		"lookup\" has hashed all phones anew; confirmed phones must be confirmed again.\n"
		"Without the erasure key \"wxuserctl erasures replay\" does not find users that\n"
		"were erased before. Without the audit key nobody can tell whether entries were\n"
		"changed. The same line gives up a wrong key that the database has accepted: the\n"
		"right look-up or erasure key comes after it, with a higher number.\n",
	.needs = NEEDS_CONF,
	.run = create_keys,
};
