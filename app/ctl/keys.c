#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "conf.h"
#include "db.h"
#include "key_check.h"
#include "key_verify.h"
#include "privileges.h"
#include "secret_keys.h"
#include "str.h"

enum { NEW };

struct key_file {
	const char *path;
	enum secret_key_kind kind;
	bool is_missing, is_made;
};

struct creation {
	struct ctl *ctl;
	struct key_file files[SECRET_KEY_KINDS];
	bool is_new;          /* the operator says that nothing was there before */
	struct key_uses uses; /* none where the database does not tell */
};

/* Root makes the files, the service's user reads them. */
static int check_service_user(const char *user)
{
	if (geteuid() == 0 && !str_is_empty(user) && getpwnam(user) == NULL)
		return ctl_fail("[server] user names %s, who does not exist", user);
	return EXIT_SUCCESS;
}

static int give_away(const char *path, const char *user)
{
	if (privileges_give(path, user) != 0)
		return ctl_fail("%s: %s", path, strerror(errno));
	return EXIT_SUCCESS;
}

static int fail_to_create(const char *path)
{
	return ctl_fail("%s: %s; does its directory exist, and may you write there?", path,
		strerror(errno));
}

static int create_file(struct key_file *file, uint16_t number, const char *user)
{
	if (secret_key_file_create(file->path, number) != 0)
		return fail_to_create(file->path);
	file->is_made = true;
	return give_away(file->path, user);
}

/* Lines are added to it; as a key file, it is for the service alone. */
static int create_erasures(const char *path, const char *user)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail_to_create(path);
	close(fd);
	return give_away(path, user);
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

/* As the service's user, whom the database may know by the socket. */
static int ask_database(struct creation *creation)
{
	struct ctl *ctl = creation->ctl;
	enum err err = ERR_INTERNAL;

	ctl->db = db_new(ctl->conf, NULL);
	db_set_arena(ctl->db, ctl->arena);
	if (privileges_use_temporarily(ctl->conf->server_user) == 0)
		err = key_uses_find(ctl->db, &creation->uses);
	privileges_restore();
	if (err == ERR_PARAMETER)
		return ctl_fail("key files are missing, and the schema is not this release's; say "
				"first: wxuserctl migrate");
	if (err == ERR_NONE || creation->is_new)
		return EXIT_SUCCESS;
	return ctl_fail("key files are missing, and the database must tell whether it has had "
			"others, but cannot be asked (see above). When it can, say this again. Of "
			"an installation that is new, on this host and any other, say: wxuserctl "
			"keys create --new");
}

static bool has_erasures(const struct conf *conf)
{
	struct stat st;

	return stat(conf->keys_erasures, &st) == 0 && st.st_size > 0;
}

static int refuse_to_create(const struct creation *creation, const struct key_file *file)
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
			file->path, creation->ctl->conf->keys_erasures);
	if (use->is_known && !creation->is_new)
		return ctl_fail(
			"%s: is missing, and the database has had one; copy it from the "
			"host that has it, or restore it from its backup. Of an installation "
			"that is new, on this host and any other, say: wxuserctl keys create "
			"--new",
			file->path);
	return EXIT_SUCCESS;
}

static int refuse_any(const struct creation *creation)
{
	for (size_t i = 0; i < SECRET_KEY_KINDS; i++)
		if (refuse_to_create(creation, &creation->files[i]) != EXIT_SUCCESS)
			return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

static int create_missing(struct creation *creation)
{
	const struct conf *conf = creation->ctl->conf;

	for (size_t i = 0; i < SECRET_KEY_KINDS; i++) {
		struct key_file *file = &creation->files[i];
		uint16_t number = 1;

		if (file->kind == SECRET_KEY_SEALING)
			number = (uint16_t)(creation->uses.sealing_number + 1);
		if (file->is_missing &&
			create_file(file, number, conf->server_user) != EXIT_SUCCESS)
			return EXIT_FAILURE;
	}
	return create_erasures(conf->keys_erasures, conf->server_user);
}

/* A key that was seen and is needed no more makes room. The database knows the new ones before
 * anybody begins with them. */
static enum err register_keys(const struct creation *creation, const char **reason_r)
{
	struct ctl *ctl = creation->ctl;
	enum err err = ERR_NONE;

	for (size_t i = 0; i < SECRET_KEY_KINDS && err == ERR_NONE; i++)
		if (creation->files[i].is_missing)
			err = key_forget(ctl->db, &creation->uses, creation->files[i].kind);
	return err == ERR_NONE ? key_check(ctl->db, reason_r) : err;
}

static int tell_database(const struct creation *creation)
{
	struct ctl *ctl = creation->ctl;
	enum err err = ERR_INTERNAL;
	const char *reason = "";

	db_free(ctl->db);
	ctl->db = db_new(ctl->conf, ctl->keys);
	db_set_arena(ctl->db, ctl->arena);
	if (privileges_use_temporarily(ctl->conf->server_user) == 0)
		err = register_keys(creation, &reason);
	privileges_restore();
	return ctl_status(err, reason);
}

/* Whether the service can begin with them, those that were kept too. */
static int try_files(struct creation *creation)
{
	struct ctl *ctl = creation->ctl;
	char error[1024];

	ctl->keys = secret_keys_load(ctl->conf, error, sizeof(error));
	if (ctl->keys == NULL)
		return ctl_fail("%s", error);
	return creation->uses.has_schema ? tell_database(creation) : EXIT_SUCCESS;
}

/* Files that nobody may begin with would be kept by the next try. */
static void remove_made(const struct creation *creation)
{
	for (size_t i = 0; i < SECRET_KEY_KINDS; i++)
		if (creation->files[i].is_made)
			unlink(creation->files[i].path);
}

static void print_files(const struct creation *creation)
{
	for (size_t i = 0; i < SECRET_KEY_KINDS; i++)
		printf("%s  %s\n", creation->files[i].is_made ? "made" : "kept",
			creation->files[i].path);
}

static int create_keys(struct ctl *ctl, const struct argument *arguments)
{
	struct creation creation = {
		.ctl = ctl,
		.is_new = arguments[NEW].text != NULL,
	};

	if (check_service_user(ctl->conf->server_user) != EXIT_SUCCESS ||
		(find_missing_files(&creation) && ask_database(&creation) != EXIT_SUCCESS) ||
		refuse_any(&creation) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	if (create_missing(&creation) != EXIT_SUCCESS || try_files(&creation) != EXIT_SUCCESS) {
		remove_made(&creation);
		return EXIT_FAILURE;
	}
	print_files(&creation);
	fputs("Back these files up, apart from the database: what they sealed opens with them "
	      "only.\n",
		stderr);
	return EXIT_SUCCESS;
}

/* Prints the columns and counts their wrong values. */
static int64_t print_columns(const struct verified_column *columns, size_t n_columns)
{
	int64_t n_wrong = 0;

	for (size_t i = 0; i < n_columns; i++) {
		n_wrong += columns[i].n_wrong;
		printf("%10" PRId64 " %10" PRId64 " %10" PRId64 " %10" PRId64 "  %s.%s\n",
			columns[i].n_values, columns[i].n_wrong, columns[i].wrong_id,
			columns[i].n_lost, columns[i].table, columns[i].name);
	}
	return n_wrong;
}

static int verify_keys(struct ctl *ctl, const struct argument *arguments)
{
	struct verified_column *columns;
	int64_t n_closed = 0, n_wrong = 0;
	size_t n;
	enum err err;

	(void)arguments;
	printf("%10s %10s %10s %10s  COLUMN\n", "VALUES", "WRONG", "FIRST", "LOST");
	err = key_verify_sealed(ctl->db, VERIFY_ALL, &columns, &n);
	if (err == ERR_NONE) {
		n_closed = print_columns(columns, n);
		err = key_verify_hashed(ctl->db, VERIFY_ALL, &columns, &n);
	}
	if (err != ERR_NONE)
		return ctl_status(err, "");
	n_wrong = print_columns(columns, n);
	if (n_wrong > 0)
		ctl_fail("another key has hashed %" PRId64 " phones, by which nobody is found "
			 "until they are stored again",
			n_wrong);
	if (n_closed > 0)
		ctl_fail("no key opens %" PRId64 " values; if a backup has another sealing.keys, "
			 "add its lines to the file",
			n_closed);
	return n_wrong + n_closed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct command command_keys_create = {
	.name = "keys create",
	.arguments = "[--new]",
	.summary = "Makes the key files that the configuration names, where there are none",
	.details = "[keys] sealing seals personal data, [keys] lookup hashes what is looked up,\n"
		   "[keys] erasure hashes who was erased, for the log in [keys] erasures.\n"
		   "Files that exist are kept. As root the files are given to [server] user.\n"
		   "Where a file is missing the database is asked whether it has had that key:\n"
		   "what a key has sealed or hashed is lost without it, and another one does not\n"
		   "bring it back. So nothing is made where there is such data; restore the file\n"
		   "from its backup, or copy it from a host that has it. --new says that the\n"
		   "installation is new, on this host and any other: then the database need not\n"
		   "be there yet, and a key that nothing was sealed or hashed with is replaced.\n"
		   "When no copy of a key is left, say so in its file: a line with its number\n"
		   "and the word lost, and a new key with a higher number. All hosts take the\n"
		   "same file; then reload.\n"
		   "(umask 077; printf '1 lost\\n2 %s\\n' \"$(openssl rand -base64 32)\" \\\n"
		   "  >sealing.keys)\n"
		   "What a lost sealing key has sealed reads as empty: phones until users send\n"
		   "them again, AppSecrets until \"wxuserctl app set APPID --secret\", the Tokens\n"
		   "of pushes until \"wxuserctl app set-push APPID\"; the phone of a member stays\n"
		   "empty, but finds it. A key that is found after all goes in the place of the\n"
		   "word lost. Without the look-up key nobody is found by a phone stored before,\n"
		   "and an import makes its members anew. Without the erasure key \"wxuserctl\n"
		   "erasures replay\" does not find who was erased before.\n"
		   "The same line gives up a wrong key that the database has taken up: the right\n"
		   "look-up or erasure key comes after it, with a higher number.\n",
	.needs = NEEDS_CONF,
	.run = create_keys,
};

const struct command command_keys_verify = {
	.name = "keys verify",
	.arguments = "",
	.summary = "Opens every sealed value and hashes every phone, and counts what is wrong",
	.details = "One line a column: how many values it has, how many are wrong, the\n"
		   "primary key of the first of these, and how many were sealed with a key that\n"
		   "its file says is lost. A sealed value is wrong when no key opens it: it was\n"
		   "sealed with a key that [keys] sealing does not have, or is damaged. Where two\n"
		   "keys have had one number the file takes the lines of both, and one of a\n"
		   "higher number:\n"
		   "printf '2 %s\\n' \"$(openssl rand -base64 32)\" >>sealing.keys\n"
		   "A hash is wrong when it was made under another look-up key.\n"
		   "Exit status 1 when anything is wrong. Nothing is changed.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = verify_keys,
};
