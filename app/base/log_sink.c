#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "conf.h"
#include "log_sink.h"
#include "place.h"
#include "str.h"
#include "user_name.h"

int log_severity(enum log_level level)
{
	static const int severities[] = {
		[LOG_LEVEL_DEBUG] = LOG_DEBUG,
		[LOG_LEVEL_INFO] = LOG_INFO,
		[LOG_LEVEL_WARNING] = LOG_WARNING,
		[LOG_LEVEL_ERROR] = LOG_ERR,
	};

	return severities[level];
}

/* conf has made sure that it is one. */
static int facility_of(const char *name)
{
	if (str_starts_with(name, "local"))
		return LOG_LOCAL0 + ((name[strlen("local")] - '0') << 3);
	return strcmp(name, "user") == 0 ? LOG_USER : LOG_DAEMON;
}

/* Whether place is the driver's; its address follows. */
static bool is_at(const struct log_driver *driver, const char *place, const char **address_r)
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

/* NULL: logged that it is no place. */
static const struct log_driver *find_driver(
	const char *key, const char *place, const char **address_r)
{
	static const struct log_driver *const named[] = {&log_stderr, &log_syslog, &log_journald};

	if (str_is_empty(place))
		place = log_stderr.name;
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (is_at(named[i], place, address_r))
			return named[i];
	*address_r = place;
	if (strchr(place, '/') != NULL)
		return &log_file;
	log_error("%s %s: neither a path nor syslog, journald or stderr", key, place);
	return NULL;
}

/* NULL: this process may write to the file, or make it. */
static const char *find_problem(const char *path, char text_r[PLACE_TEXT_SIZE])
{
	const char *me = user_name(geteuid());
	char directory[PATH_MAX];
	struct stat file;

	if (stat(path, &file) == 0 && S_ISDIR(file.st_mode))
		return "it is a directory; name a file in it";
	if (place_allows(path, W_OK))
		return NULL;
	place_of(path, directory);
	if (errno == EACCES && access(path, F_OK) == 0 && place_is_own(path))
		snprintf(text_r, PLACE_TEXT_SIZE, "user %s may not write to it; say: chown %s %s",
			me, me, path);
	else if (errno == EACCES && access(path, F_OK) == 0)
		snprintf(text_r, PLACE_TEXT_SIZE,
			"user %s may not write to it; name a file of its own", me);
	else if (errno == ENOENT || errno == EACCES)
		return place_find_problem(directory, me, text_r);
	else
		snprintf(text_r, PLACE_TEXT_SIZE, "%s", strerror(errno));
	return text_r;
}

int log_sink_check(const char *key, const char *place)
{
	char text[PLACE_TEXT_SIZE];
	const char *address, *problem;
	const struct log_driver *driver = find_driver(key, place, &address);

	if (driver != &log_file)
		return driver != NULL ? 0 : -1;
	problem = find_problem(address, text);
	if (problem != NULL)
		log_error("%s %s: %s", key, place, problem);
	return problem == NULL ? 0 : -1;
}

/* Not at the first rotation shall it be seen that there will be none. */
static void look_at_directory(const struct log_sink *sink)
{
	char directory[PATH_MAX];
	struct stat status;

	snprintf(directory, sizeof(directory), "%s", sink->address);
	strrchr(directory, '/')[1] = '\0';
	if (fstat(sink->fd, &status) == 0 && S_ISREG(status.st_mode) &&
		!place_allows(directory, W_OK | X_OK))
		log_warning("%s %s: user %s may make no file there, so whoever rotates it must",
			sink->key, sink->address, user_name(geteuid()));
}

int log_sink_open(
	struct log_sink *sink, const struct conf *conf, const char *key, const char *place)
{
	const char *address;
	const struct log_driver *driver = find_driver(key, place, &address);

	if (driver == NULL || log_sink_check(key, place) < 0)
		return -1;
	*sink = (struct log_sink){.key = key, .facility = facility_of(conf->log_facility)};
	if (address != NULL)
		snprintf(sink->address, sizeof(sink->address), "%s", address);
	sink->fd = driver->open(sink);
	if (sink->fd < 0) {
		log_error("%s %s: %m", key, place);
		return -1;
	}
	if (driver == &log_file)
		look_at_directory(sink);
	sink->driver = driver;
	return 0;
}

void log_sink_close(struct log_sink *sink)
{
	if (sink->driver != NULL && sink->fd != STDERR_FILENO)
		close(sink->fd);
	sink->driver = NULL;
}

void log_sink_reopen(struct log_sink *sink)
{
	int fd;

	if (sink->driver != &log_file)
		return;
	fd = log_file.open(sink);
	if (fd < 0) {
		log_error("%s %s: %m; the old file goes on", sink->key, sink->address);
		return;
	}
	close(sink->fd);
	sink->fd = fd;
}

void log_sink_follow(struct log_sink *sink)
{
	struct stat ours, there;

	if (sink->driver == &log_file && fstat(sink->fd, &ours) == 0 &&
		(stat(sink->address, &there) < 0 || ours.st_ino != there.st_ino ||
			ours.st_dev != there.st_dev))
		log_sink_reopen(sink);
}
