#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ascii.h"
#include "crypto.h"
#include "encoding.h"
#include "regular_file.h"
#include "secret_keys.h"
#include "str.h"

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
	int fd = regular_file_open(path, O_RDONLY, 0);
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

/* In place of the old file. A file that a killed process has left is written anew. */
static int key_text_write(const struct key_text *file, const char *path)
{
	char new[PATH_MAX + sizeof(".new")];
	int fd;

	snprintf(new, sizeof(new), "%s.new", path);
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
	return rename(new, path);
}

/* Returns the first line, which a byte order mark may precede. */
static char *key_text_lines(struct key_text *file)
{
	const bool has_mark = str_starts_with(file->text, STR_BYTE_ORDER_MARK);

	return file->text + (has_mark ? strlen(STR_BYTE_ORDER_MARK) : 0);
}

static char *key_line_end(char *line)
{
	char *end = line + strcspn(line, "\n");

	return end + (*end == '\n');
}

static bool key_line_is_of(const char *line, uint16_t number)
{
	return strtol(line, NULL, 10) == number;
}

static bool key_text_has(struct key_text *file, uint16_t number)
{
	for (char *line = key_text_lines(file); *line != '\0'; line = key_line_end(line))
		if (key_line_is_of(line, number))
			return true;
	return false;
}

static size_t key_text_count(struct key_text *file)
{
	size_t n = 0;

	for (char *line = key_text_lines(file); *line != '\0'; line = key_line_end(line))
		n += ascii_is_digit(*line);
	return n;
}

static int key_text_add(struct key_text *file, uint16_t number)
{
	const bool has_number = key_text_has(file, number);

	if (has_number || key_text_count(file) >= SECRET_KEYS_MAX) {
		errno = has_number ? EEXIST : ENOSPC;
		return -1;
	}
	if (file->size > 0 && file->text[file->size - 1] != '\n')
		file->text[file->size++] = '\n';
	file->size += write_new_line(number, file->text + file->size);
	return 0;
}

static int key_text_drop(struct key_text *file, uint16_t number)
{
	char *to = key_text_lines(file), *next;

	if (!key_text_has(file, number)) {
		errno = ENOENT;
		return -1;
	}
	for (char *line = to; *line != '\0'; line = next) {
		next = key_line_end(line);
		if (key_line_is_of(line, number))
			continue;
		memmove(to, line, (size_t)(next - line));
		to += next - line;
	}
	file->size = (size_t)(to - file->text);
	return 0;
}

/* Opens the file's directory and locks it: one process at a time changes a file in it. */
static int open_locked_directory(const char *path)
{
	char copy[PATH_MAX];
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && flock(fd, LOCK_EX) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

typedef int key_change(struct key_text *file, uint16_t number);

static int key_file_replace(const char *path, int directory, key_change *change, uint16_t number)
{
	struct key_text file;
	int status = key_text_read(&file, path);

	if (status == 0)
		status = change(&file, number);
	if (status == 0)
		status = key_text_write(&file, path);
	if (status == 0)
		status = fsync(directory);
	crypto_wipe(&file, sizeof(file));
	return status;
}

/* A link is followed. */
static int key_file_change(const char *path, key_change *change, uint16_t number)
{
	char real[PATH_MAX];
	int directory = realpath(path, real) == NULL ? -1 : open_locked_directory(real);
	int status, saved_errno;

	if (directory < 0)
		return -1;
	status = key_file_replace(real, directory, change, number);
	saved_errno = errno;
	close(directory);
	errno = saved_errno;
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
