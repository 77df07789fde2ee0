#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include "command.h"
#include "conf.h"
#include "secret.h"
#include "str.h"

/* Root makes the files, the service's user reads them. */
static int give_away(const char *path, const char *user)
{
	const struct passwd *passwd;

	if (geteuid() != 0 || str_is_empty(user))
		return EXIT_SUCCESS;
	passwd = getpwnam(user);
	if (passwd == NULL)
		return ctl_fail("%s: [server] user names %s, who does not exist", path, user);
	if (lchown(path, passwd->pw_uid, passwd->pw_gid) != 0)
		return ctl_fail("%s: %s", path, strerror(errno));
	return EXIT_SUCCESS;
}

static int create(const char *path, const char *user)
{
	if (secret_key_file_create(path, 1) == 0) {
		printf("made  %s\n", path);
		return give_away(path, user);
	}
	if (errno == EEXIST) {
		printf("kept  %s\n", path);
		return EXIT_SUCCESS;
	}
	return ctl_fail("%s: %s; does its directory exist, and may you write there?", path,
		strerror(errno));
}

/* Lines are added to it; as a key file, it is for the service alone. */
static int create_log(const char *path, const char *user)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return ctl_fail("%s: %s; does its directory exist, and may you write there?", path,
			strerror(errno));
	close(fd);
	return give_away(path, user);
}

static int keys_create(struct ctl *ctl, const struct argument *arguments)
{
	const char *user = ctl->conf->server_user;

	(void)arguments;
	if (create(ctl->conf->keys_sealing, user) != EXIT_SUCCESS ||
		create(ctl->conf->keys_lookup, user) != EXIT_SUCCESS ||
		create(ctl->conf->keys_erasure, user) != EXIT_SUCCESS ||
		create_log(ctl->conf->keys_erasures, user) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	fputs("Back these files up, apart from the database: what they sealed opens with them "
	      "only.\n",
		stderr);
	return EXIT_SUCCESS;
}

const struct command command_keys_create = {
	.name = "keys create",
	.arguments = "",
	.summary = "Makes the key files that the configuration names, where there are none",
	.details = "[keys] sealing seals personal data, [keys] lookup hashes what is looked up,\n"
		   "[keys] erasure hashes who was erased, for the log in [keys] erasures.\n"
		   "Files that exist are kept. As root the files are given to [server] user.\n",
	.needs = NEEDS_CONF,
	.run = keys_create,
};
