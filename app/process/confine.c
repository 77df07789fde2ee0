#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine.h"
#include "log.h"

#define ADDRESS_SPACE_MAX (1024 * 1024 * 1024)

/* ---- Landlock: linux/landlock.h, which systems have in many versions. The numbers of the system
 * calls are the same on all of them. */

#define SYSCALL_CREATE_RULESET 444
#define SYSCALL_ADD_RULE 445
#define SYSCALL_RESTRICT_SELF 446

#define GET_VERSION 1U  /* a flag of the first */
#define PATH_BENEATH 1  /* a kind of rule */
#define VERSION_REFER 2 /* the first that knows the right */
#define VERSION_TRUNCATE 3
#define VERSION_NET 4

#define RIGHT_EXECUTE (UINT64_C(1) << 0)
#define RIGHT_WRITE_FILE (UINT64_C(1) << 1)
/* Remove directories and files, make each kind of file: bits 4 to 12. */
#define RIGHTS_OF_NAMES (UINT64_C(0x1ff) << 4)
#define RIGHT_REFER (UINT64_C(1) << 13)
#define RIGHT_TRUNCATE (UINT64_C(1) << 14)
#define RIGHT_BIND_TCP (UINT64_C(1) << 0)

struct ruleset_attr {
	uint64_t handled_files;
	uint64_t handled_net;
};

struct path_attr {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

/* What is refused where no rule allows it. */
static struct ruleset_attr landlock_handled(int version)
{
	struct ruleset_attr attr = {
		.handled_files = RIGHT_EXECUTE | RIGHT_WRITE_FILE | RIGHTS_OF_NAMES,
	};

	if (version >= VERSION_REFER)
		attr.handled_files |= RIGHT_REFER;
	if (version >= VERSION_TRUNCATE)
		attr.handled_files |= RIGHT_TRUNCATE;
	if (version >= VERSION_NET)
		attr.handled_net = RIGHT_BIND_TCP;
	return attr;
}

static void landlock_allow(int ruleset, const char *directory, uint64_t rights)
{
	struct path_attr attr = {
		.allowed = rights,
		.parent_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC),
	};

	if (attr.parent_fd < 0) {
		log_warning("%s: %m; make it and restart: a worker writes only to what was there "
			    "when it began",
			directory);
		return;
	}
	if (syscall(SYSCALL_ADD_RULE, ruleset, PATH_BENEATH, &attr, 0) != 0)
		log_warning("%s: %m; it cannot be written to", directory);
	close(attr.parent_fd);
}

static void landlock(int version, const char *const *directories)
{
	struct ruleset_attr attr = landlock_handled(version);
	int ruleset;

	if (version < 1)
		return;
	ruleset = (int)syscall(SYSCALL_CREATE_RULESET, &attr, sizeof(attr), 0);
	for (; *directories != NULL; directories++)
		landlock_allow(ruleset, *directories, attr.handled_files & ~RIGHT_EXECUTE);
	if (ruleset < 0 || syscall(SYSCALL_RESTRICT_SELF, ruleset, 0) != 0)
		log_warning("cannot confine a worker with Landlock: %m");
	close(ruleset);
}

/* ---- */

static void limit(__rlimit_resource_t resource, rlim_t most)
{
	struct rlimit bound;

	getrlimit(resource, &bound);
	if (bound.rlim_max == RLIM_INFINITY || most < bound.rlim_max)
		bound.rlim_max = most;
	bound.rlim_cur = bound.rlim_max;
	setrlimit(resource, &bound);
}

void confine_process(void)
{
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, RLIM_INFINITY);
}

const char *confine_lack(int landlock_version)
{
	if (landlock_version < 1)
		return "start programs, write to all files of the service's user, and bind ports: "
		       "this system has no Landlock, which takes Linux 5.13, and landlock in the "
		       "list of: cat /sys/kernel/security/lsm";
	if (landlock_version < VERSION_TRUNCATE)
		return "bind ports, which takes Linux 6.7 to refuse, and empty files of the "
		       "service's user, which takes 6.2";
	if (landlock_version < VERSION_NET)
		return "bind ports, which takes Linux 6.7 to refuse";
	return NULL;
}

int confine_landlock_version(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		long version = syscall(SYSCALL_CREATE_RULESET, NULL, 0, GET_VERSION);

		_exit(version < 0 ? 0 : (int)version);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int confine_find_landlock(void)
{
	const int version = confine_landlock_version();

	if (version < 0)
		log_warning("workers are not confined with Landlock, whose system calls are not "
			    "allowed here; run: systemctl daemon-reload && systemctl restart "
			    "wxuser");
	if (version == 0)
		log_warning("a worker that somebody takes over can %s", confine_lack(version));
	return version < 0 ? 0 : version;
}

void confine_worker(int landlock_version, const char *const *directories)
{
	confine_process();
#ifndef HAVE_SANITIZERS
	limit(RLIMIT_AS, ADDRESS_SPACE_MAX);
#endif
	landlock(landlock_version, directories);
}
