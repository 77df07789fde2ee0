#include "unit.h"

#include <unistd.h>

#include "captured_log.h"
#include "conf.h"
#include "log.h"

static struct log *taken;
static char path[32];
static int fd;

void captured_log_begin(void)
{
	const struct conf conf = {
		.log_path = path, .log_level = "debug", .log_facility = "user"};

	snprintf(path, sizeof(path), "/tmp/wxuser_log_XXXXXX");
	fd = mkstemp(path);
	taken = log_new(&conf);
	assert_non_null(taken);
	log_use(taken);
}

const char *captured_log_end(void)
{
	static char text[16384];
	ssize_t size = read(fd, text, sizeof(text) - 1);

	log_free(taken);
	close(fd);
	unlink(path);
	assert_true(size >= 0);
	text[size] = '\0';
	return text;
}
