#include <errno.h>
#include <fastcgi.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto.h"
#include "log.h"
#include "spool.h"

#ifndef MFD_NOEXEC_SEAL /* before glibc 2.38 */
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define CHUNK_SIZE 16384
#define REST_MAX (128 * 1024)

enum record_state {
	RECORD_PART, /* some of it has not come */
	RECORD_WHOLE,
	RECORD_END,     /* of the request */
	RECORD_FOREIGN, /* none that a request goes on with */
};

struct record {
	size_t content_size;
	size_t size; /* with header and padding */
};

static enum record_state record_look(const void *bytes, size_t size, struct record *record_r)
{
	const FCGI_Header *header = bytes;
	size_t content_size;

	if (size < sizeof(*header))
		return RECORD_PART;
	if (header->version != FCGI_VERSION_1 || header->type == FCGI_ABORT_REQUEST ||
		header->type > FCGI_STDIN)
		return RECORD_FOREIGN;
	content_size = (size_t)header->contentLengthB1 << 8 | header->contentLengthB0;
	*record_r = (struct record){
		.content_size = content_size,
		.size = sizeof(*header) + content_size + header->paddingLength,
	};
	if (record_r->size > size)
		return RECORD_PART;
	return header->type == FCGI_STDIN && content_size == 0 ? RECORD_END : RECORD_WHOLE;
}

bool spool_is_whole(const void *records, size_t size)
{
	const char *at = records;
	enum record_state state;
	struct record record;

	while ((state = record_look(at, size, &record)) == RECORD_WHOLE) {
		at += record.size;
		size -= record.size;
	}
	return state == RECORD_END;
}

void spool_init(struct spool *spool, size_t body_max)
{
	*spool = (struct spool){.body_max = body_max};
}

void spool_release(struct spool *spool)
{
	if (!spool_is_empty(spool))
		crypto_wipe(spool->records.data, spool->records.capacity);
	buf_release(&spool->records);
	spool_init(spool, spool->body_max);
}

bool spool_is_empty(const struct spool *spool)
{
	return spool->records.size == 0 && spool->body_size == 0;
}

bool spool_is_too_large(const struct spool *spool)
{
	return spool->body_size > spool->body_max;
}

/* Whether the record continues the last one, and both fit into one. An empty one ends its stream.
 */
static bool spool_may_join(const struct spool *spool, const FCGI_Header *header, size_t size)
{
	const FCGI_Header *last = (const void *)(spool->records.data + spool->last);

	return spool->whole_size > spool->last + sizeof(*last) && header->type >= FCGI_PARAMS &&
		size > 0 && memcmp(header, last, offsetof(FCGI_Header, contentLengthB1)) == 0 &&
		spool->whole_size - spool->last + size <= sizeof(*last) + FCGI_MAX_LENGTH;
}

/* Moves the record to the end of the whole ones. */
static void spool_keep(struct spool *spool, const FCGI_Header *header, size_t content_size)
{
	const void *from = header;
	size_t size = sizeof(*header) + content_size;
	FCGI_Header *last;

	if (spool_may_join(spool, header, content_size)) {
		from = header + 1;
		size = content_size;
	} else {
		spool->last = spool->whole_size;
	}
	memmove(spool->records.data + spool->whole_size, from, size);
	spool->whole_size += size;
	last = (void *)(spool->records.data + spool->last);
	content_size = spool->whole_size - spool->last - sizeof(*last);
	last->contentLengthB1 = (unsigned char)(content_size >> 8);
	last->contentLengthB0 = (unsigned char)content_size;
	last->paddingLength = 0;
}

static void spool_take(struct spool *spool, const FCGI_Header *header, size_t content_size)
{
	if (header->type == FCGI_STDIN)
		spool->body_size += content_size;
	if (header->type != FCGI_STDIN || content_size == 0 || !spool_is_too_large(spool))
		spool_keep(spool, header, content_size);
	spool->is_ended = spool->whole_size > spool->body_max + REST_MAX ||
		spool->body_size > spool->body_max + SPOOL_DROPPED_MAX;
}

/* Takes the records that are whole now. */
static void spool_settle(struct spool *spool)
{
	char *bytes = spool->records.data;
	size_t at = spool->whole_size;
	enum record_state state = RECORD_WHOLE;
	struct record record;

	while (!spool->is_ended) {
		state = record_look(bytes + at, spool->records.size - at, &record);
		if (state != RECORD_WHOLE && state != RECORD_END)
			break;
		spool_take(spool, (const void *)(bytes + at), record.content_size);
		at += record.size;
		spool->is_ended = spool->is_ended || state == RECORD_END;
	}
	spool->is_ended = spool->is_ended || state == RECORD_FOREIGN;
	spool->records.size -= at - spool->whole_size;
	memmove(bytes + spool->whole_size, bytes + at, spool->records.size - spool->whole_size);
}

bool spool_read(struct spool *spool, int socket)
{
	struct buf *records = &spool->records;
	ssize_t got = recv(socket, buf_reserve(records, CHUNK_SIZE), CHUNK_SIZE, MSG_DONTWAIT);

	if (got < 0)
		return errno != EAGAIN;
	records->size += (size_t)got;
	if (got > 0)
		spool_settle(spool);
	return got == 0 || spool->is_ended;
}

/* Seals the file, since libfcgi answers some records where it reads them, which would overwrite
 * what it has yet to read. */
static bool spool_fill(int fd, const struct buf *records)
{
	return write(fd, records->data, records->size) == (ssize_t)records->size &&
		fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0 && lseek(fd, 0, SEEK_SET) == 0;
}

/* vm.memfd_noexec=2 refuses a file that might be executed; kernels before 6.3 know no other. */
static int spool_open_empty(void)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("request", flags | MFD_NOEXEC_SEAL);

	return fd < 0 && errno == EINVAL ? memfd_create("request", flags) : fd;
}

int spool_open(const struct spool *spool)
{
	int fd = spool_open_empty();

	if (fd >= 0 && spool_fill(fd, &spool->records))
		return fd;
	log_error("cannot open what has come of a request: %m");
	if (fd >= 0)
		close(fd);
	return -1;
}

void spool_load(struct spool *spool, int fd)
{
	struct buf *records = &spool->records;
	ssize_t got;

	while ((got = read(fd, buf_reserve(records, CHUNK_SIZE), CHUNK_SIZE)) > 0) {
		records->size += (size_t)got;
		spool_settle(spool);
	}
	close(fd);
}
