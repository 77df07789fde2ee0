#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto.h"
#include "encoding.h"
#include "secret_keys.h"

#define FILE_SIZE (SECRET_KEYS_MAX * SECRET_KEY_LINE_SIZE)

/* Writes the line of a new key. Returns its size. */
static size_t write_new_line(uint16_t number, char line_r[SECRET_KEY_LINE_SIZE + 1])
{
	char base64[SECRET_KEY_BASE64_SIZE + 1];
	uint8_t bytes[SECRET_KEY_SIZE];
	int size;

	crypto_random(bytes, sizeof(bytes));
	encode_base64(bytes, sizeof(bytes), base64);
	size = snprintf(
		line_r, SECRET_KEY_LINE_SIZE + 1, "%d " SECRET_KEY_HKDF "%s\n", number, base64);
	crypto_wipe(bytes, sizeof(bytes));
	crypto_wipe(base64, sizeof(base64));
	return (size_t)size;
}

/* Writes a new file and closes it. Removes it if that fails. */
static int write_file(int fd, const char *path, const char *text, size_t size)
{
	const bool is_written = write(fd, text, size) == (ssize_t)size && fsync(fd) == 0;
	const int saved_errno = errno;

	close(fd);
	if (is_written)
		return 0;
	unlink(path);
	errno = saved_errno;
	return -1;
}

int secret_key_file_create(const char *path, uint16_t number)
{
	char line[SECRET_KEY_LINE_SIZE + 1];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), status;

	if (fd < 0)
		return -1;
	status = write_file(fd, path, line, write_new_line(number, line));
	crypto_wipe(line, sizeof(line));
	return status;
}

/* The whole file, with room for a line. */
struct key_text {
	char text[FILE_SIZE + SECRET_KEY_LINE_SIZE + 2];
	size_t size;
	struct stat st;
};

static int key_text_read(struct key_text *file, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	if (fstat(fd, &file->st) == 0)
		n = read(fd, file->text, FILE_SIZE);
	close(fd);
	if (n == FILE_SIZE)
		errno = EFBIG;
	if (n < 0 || n == FILE_SIZE)
		return -1;
	file->size = (size_t)n;
	file->text[n] = '\0';
	return 0;
}

/* In place of the old file, whose link is followed. A file that a killed process has left is
 * written anew. */
static int key_text_write(const struct key_text *file, const char *path)
{
	char real[PATH_MAX], new[PATH_MAX + sizeof(".new")];
	int fd;

	if (realpath(path, real) == NULL)
		return -1;
	snprintf(new, sizeof(new), "%s.new", real);
	unlink(new);
	fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if ((geteuid() == 0 && fchown(fd, file->st.st_uid, file->st.st_gid) != 0) ||
		fchmod(fd, file->st.st_mode & 0777) != 0) {
		close(fd);
		unlink(new);
		return -1;
	}
	if (write_file(fd, new, file->text, file->size) != 0)
		return -1;
	return rename(new, real);
}

static void key_text_add(struct key_text *file, uint16_t number)
{
	if (file->size > 0 && file->text[file->size - 1] != '\n')
		file->text[file->size++] = '\n';
	file->size += write_new_line(number, file->text + file->size);
}

static void key_text_drop(struct key_text *file, uint16_t number)
{
	char *to = file->text, *next;

	for (char *line = file->text; *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		next += *next == '\n';
		if (strtol(line, NULL, 10) == number)
			continue;
		memmove(to, line, (size_t)(next - line));
		to += next - line;
	}
	file->size = (size_t)(to - file->text);
}

static int key_file_change(
	const char *path, void (*change)(struct key_text *file, uint16_t number), uint16_t number)
{
	struct key_text file;
	int status = key_text_read(&file, path);

	if (status == 0) {
		change(&file, number);
		status = key_text_write(&file, path);
	}
	crypto_wipe(&file, sizeof(file));
	return status;
}

int secret_key_file_add(const char *path, uint16_t number)
{
	return key_file_change(path, key_text_add, number);
}

int secret_key_file_drop(const char *path, uint16_t number)
{
	return key_file_change(path, key_text_drop, number);
}
