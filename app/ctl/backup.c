#include <string.h>

#include "arena.h"
#include "buf.h"
#include "command.h"
#include "conf.h"
#include "db_user.h"
#include "listing.h"
#include "node.h"
#include "secret_keys.h"
#include "server_address.h"
#include "shell.h"
#include "str.h"
#include "v1/admin_shapes.h"

#define ITEMS_MAX 32

struct backup {
	struct ctl *ctl;
	struct admin_backup_item items[ITEMS_MAX];
	size_t n_items;
};

static void add_item(
	struct backup *backup, const char *what, const char *path, const char *reason)
{
	if (str_is_empty(path))
		return;
	if (backup->n_items == ITEMS_MAX)
		BUG("more than %d items", ITEMS_MAX);
	backup->items[backup->n_items++] = (struct admin_backup_item){
		.what = what, .path = path, .is_needed = reason == NULL, .reason = reason};
}

static void add_needed(struct backup *backup)
{
	const struct conf *conf = backup->ctl->conf;

	add_item(backup, "configuration", backup->ctl->conf_path, NULL);
	add_item(backup, "sealing keys", secret_key_path(conf, SECRET_KEY_SEALING), NULL);
	add_item(backup, "look-up keys", secret_key_path(conf, SECRET_KEY_LOOKUP), NULL);
	add_item(backup, "erasure key", secret_key_path(conf, SECRET_KEY_ERASURE), NULL);
	add_item(backup, "audit keys", secret_key_path(conf, SECRET_KEY_AUDIT), NULL);
	add_item(backup, "erased users", conf->keys_erasure_log, NULL);
	add_item(backup, "database password", conf->database_password_file, NULL);
	add_item(backup, "database password", conf->database_control_password_file, NULL);
	add_item(backup, "database password", conf->database_migration_password_file, NULL);
	add_item(backup, "SMS secret", conf->sms_secret_file, NULL);
	add_item(backup, "CA file", conf->database_tls_ca, NULL);
	add_item(backup, "CA file", conf->wechat_ca_file, NULL);
	add_item(backup, "CA file", conf->sms_ca_file, NULL);
}

static void add_unneeded(struct backup *backup)
{
	const struct conf *conf = backup->ctl->conf;

	add_item(backup, "sockets, state", conf->server_state_directory,
		"it is made anew at each start");
	add_item(backup, "log", conf->log_path, "it is kept for days by logrotate");
	add_item(backup, "access log", conf->log_access_path, "likewise");
}

/* Of several the one that the workers come to last. */
static struct server_address backup_address(struct backup *backup)
{
	struct server_address addresses[NODES_MAX];
	const size_t n = server_address_list(
		backup->ctl->arena, backup->ctl->conf, addresses, NODES_MAX);

	return addresses[n - 1];
}

/* As on shared hosting: the web server starts the workers, and one user of the database does
 * everything. */
static bool is_without_root(const struct conf *conf)
{
	return str_is_empty(conf->server_listen_core) &&
		db_user_same(conf, DB_USER_CONTROL) == DB_USER_SERVICE;
}

/* The options by which a client of the database finds it. */
static const char *client_options(struct backup *backup, const char **place_r)
{
	struct arena *arena = backup->ctl->arena;
	const struct conf *conf = backup->ctl->conf;
	const struct server_address address = backup_address(backup);
	const char *tls = "", *login = "";

	*place_r = address.name;
	if (is_without_root(conf))
		login = arena_printf(arena, " --user=%s --password",
			shell_word(arena, db_user_name(conf, DB_USER_SERVICE)));
	else if (address.host != NULL)
		login = " --user=root --password";
	if (address.host == NULL)
		return arena_printf(arena, "--socket=%s%s", shell_word(arena, address.name), login);
	if (!str_is_empty(conf->database_tls_ca))
		tls = arena_printf(arena, " --ssl-ca=%s", shell_word(arena, conf->database_tls_ca));
	return arena_printf(arena, "--host=%s --port=%u%s%s", address.host, address.port, login,
		tls);
}

static struct admin_backup backup_find(struct backup *backup)
{
	struct arena *arena = backup->ctl->arena;
	const char *name = backup->ctl->conf->database_name;
	struct buf files = {.arena = arena};
	const char *place;
	const char *options = client_options(backup, &place);
	struct admin_backup found = {
		.dump = arena_printf(arena,
			"umask 077; mariadb-dump %s --single-transaction --hex-blob "
			"--add-drop-database --databases %s >wxuser.sql && tail -n 1 wxuser.sql | "
			"grep '^-- Dump completed' && gzip -f wxuser.sql",
			options, shell_word(arena, name)),
	};

	add_item(backup, "database", arena_printf(arena, "%s at %s", name, place), NULL);
	add_needed(backup);
	buf_append_str(&files, "umask 077; tar czf wxuser-keys.tar.gz");
	for (size_t i = 1; i < backup->n_items; i++)
		buf_printf(&files, " %s", shell_word(arena, backup->items[i].path));
	add_unneeded(backup);
	found.files = files.data;
	found.items = (struct object_list){.items = backup->items, .n_items = backup->n_items};
	return found;
}

static void print_lines(const struct admin_backup *found, bool is_by_tcp)
{
	printf("\nThe database, as its administrator; mariadb-dump is in the package "
	       "mariadb-client%s:\n\n%s\n\n"
	       "The files, as root, to another place than the database:\n\n%s\n",
		is_by_tcp ? "; where root may not\ncome from another machine, run it on that of "
			    "the database, without the options before --single-transaction"
			  : "",
		found->dump, found->files);
}

static int list_backup(struct ctl *ctl, const struct argument *arguments)
{
	struct backup backup = {.ctl = ctl};
	const struct admin_backup found = backup_find(&backup);
	const bool is_by_tcp = backup_address(&backup).host != NULL;

	(void)arguments;
	if (ctl->is_json) {
		listing_object(ctl, &admin_backup_shape, &found);
		return EXIT_SUCCESS;
	}
	puts("BACK UP  WHAT               WHERE");
	for (size_t i = 0; i < backup.n_items; i++) {
		const struct admin_backup_item *item = &backup.items[i];

		printf("%-7s  %-17s  %s%s%s\n", item->is_needed ? "yes" : "no", item->what,
			item->path, item->is_needed ? "" : ": ",
			item->is_needed ? "" : item->reason);
	}
	if (is_without_root(ctl->conf))
		printf("\nThe database; its password is asked for:\n\n%s\n\n"
		       "The files, to another place than the database:\n\n%s\n",
			found.dump, found.files);
	else
		print_lines(&found, is_by_tcp);
	return EXIT_SUCCESS;
}

const struct command command_backup_list = {
	.name = "backup list",
	.arguments = "",
	.summary = "Lists what belongs into a backup, and the lines that store it",
	.details =
		"By the configuration that is in force: the database, the configuration, the key\n"
		"files, the list of erased users and files of passwords; and what does not\n"
		"belong into it. The database and the keys together open the personal data:\n"
		"store them apart. Files of the web server are not listed. Of several hosts of\n"
		"the database the dump is of the last one in [database] host.\n",
	.has_json = true,
	.needs = NEEDS_CONF,
	.run = list_backup,
};
