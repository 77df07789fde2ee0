#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "log_sink.h"
#include "permission.h"
#include "str.h"
#include "user_name.h"

/* conf accepts no other name. */
static int facility_of(const char *name)
{
	if (str_starts_with(name, "local"))
		return LOG_LOCAL0 + ((name[strlen("local")] - '0') << 3);
	return strcmp(name, "user") == 0 ? LOG_USER : LOG_DAEMON;
}

/* Returns whether the place is the driver's, and its address. */
static bool log_driver_has(
	const struct log_driver *driver, const char *place, const char **address_r)
{
	const char *rest = place + strlen(driver->name);

	if (!str_starts_with(place, driver->name))
		return false;
	if (*rest == ':' && driver->address != NULL)
		*address_r = rest + 1;
	else
		*address_r = driver->address;
	return *rest == '\0' || *address_r == rest + 1;
}

static const struct log_driver *log_driver_find(const char *place, const char **address_r)
{
	static const struct log_driver *const named[] = {&log_stderr, &log_syslog, &log_journald};

	if (str_is_empty(place))
		place = log_stderr.name;
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (log_driver_has(named[i], place, address_r))
			return named[i];
	*address_r = place;
	return strchr(place, '/') != NULL ? &log_file : NULL;
}

/* Returns why this process can neither write to the file nor make it. */
static const char *log_file_find_problem(const char *path, char text_r[PERMISSION_TEXT_SIZE])
{
	const char *me = user_name(geteuid());
	char directory[PATH_MAX];
	struct stat file;

	if (stat(path, &file) == 0 && S_ISDIR(file.st_mode))
		return "it is a directory; name a file in it";
	if (permission_allows(path, W_OK))
		return NULL;
	permission_directory_of(path, directory);
	if (errno == EACCES && access(path, F_OK) == 0 && permission_may_be_given(path))
		snprintf(text_r, PERMISSION_TEXT_SIZE,
			"user %s may not write to it; run: chown %s %s", me, me, path);
	else if (errno == EACCES && access(path, F_OK) == 0)
		snprintf(text_r, PERMISSION_TEXT_SIZE,
			"user %s may not write to it; name a file of its own", me);
	else if (errno == ENOENT || errno == EACCES || errno == EROFS)
		return permission_check_directory(directory, me, text_r);
	else
		return strerror(errno);
	return text_r;
}

const char *log_sink_path(const char *place)
{
	const char *address;

	return log_driver_find(place, &address) == &log_file ? address : NULL;
}

const char *log_sink_check(const char *place, char text_r[PERMISSION_TEXT_SIZE])
{
	const char *address;
	const struct log_driver *driver = log_driver_find(place, &address);

	if (driver == NULL)
		return "neither a path nor syslog, journald or stderr";
	return driver == &log_file ? log_file_find_problem(address, text_r) : NULL;
}

const char *log_sink_open(struct log_sink *sink, const char *place, const char *facility,
	char text_r[PERMISSION_TEXT_SIZE])
{
	const char *problem = log_sink_check(place, text_r);
	const struct log_driver *driver;
	const char *address;

	if (problem != NULL)
		return problem;
	driver = log_driver_find(place, &address);
	*sink = (struct log_sink){.facility = facility_of(facility)};
	if (address != NULL)
		snprintf(sink->address, sizeof(sink->address), "%s", address);
	sink->fd = driver->open(sink);
	if (sink->fd < 0)
		return strerror(errno);
	sink->driver = driver;
	return NULL;
}

const char *log_sink_check_rotation(const struct log_sink *sink, char text_r[PERMISSION_TEXT_SIZE])
{
	char directory[PATH_MAX];
	struct stat status;

	if (sink->driver != &log_file || fstat(sink->fd, &status) < 0 || !S_ISREG(status.st_mode))
		return NULL;
	snprintf(directory, sizeof(directory), "%s", sink->address);
	strrchr(directory, '/')[1] = '\0';
	if (permission_allows(directory, W_OK | X_OK))
		return NULL;
	snprintf(text_r, PERMISSION_TEXT_SIZE,
		"user %s may make no file there, so whoever rotates it must", user_name(geteuid()));
	return text_r;
}

const char *log_sink_reopen(struct log_sink *sink)
{
	int fd;

	if (sink->driver != &log_file)
		return NULL;
	fd = log_file.open(sink);
	if (fd < 0)
		return strerror(errno);
	close(sink->fd);
	sink->fd = fd;
	return NULL;
}

bool log_sink_is_renamed(const struct log_sink *sink)
{
	struct stat ours, there;

	return sink->driver == &log_file && fstat(sink->fd, &ours) == 0 &&
		(stat(sink->address, &there) < 0 || ours.st_ino != there.st_ino ||
			ours.st_dev != there.st_dev);
}

void log_sink_close(struct log_sink *sink)
{
	if (sink->driver != NULL && sink->fd != STDERR_FILENO)
		close(sink->fd);
	sink->driver = NULL;
}
