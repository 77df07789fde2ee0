/*
 * Any bytes as the records of a FastCGI request, as spool.h takes them before libfcgi sees them.
 * However they come in pieces, the request ends at the same place, what is kept of its streams is
 * what was sent, and no more is kept than the header of spool.h says.
 *
 * The first byte of an input chooses the size of the pieces.
 */
#include <fastcgi.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "fuzz.h"
#include "spool.h"

#define BODY_MAX 2000
#define REST_MAX (128 * 1024)
#define N_STREAMS (FCGI_STDIN + 1)

/* What the streams of a request hold, by the type of its records. */
struct streams {
	struct buf of[N_STREAMS];
	bool is_ended;
};

/* Reads records up to the end of the request, or up to what is none of a request. */
static void streams_read(struct streams *streams, struct arena *arena, const char *at, size_t size)
{
	while (size >= sizeof(FCGI_Header) && !streams->is_ended) {
		const FCGI_Header *header = (const void *)at;
		const size_t content =
			(size_t)header->contentLengthB1 << 8 | header->contentLengthB0;
		const size_t whole = sizeof(*header) + content + header->paddingLength;

		if (header->version != FCGI_VERSION_1 || header->type >= N_STREAMS ||
			header->type == FCGI_ABORT_REQUEST || whole > size)
			return;
		streams->of[header->type].arena = arena;
		buf_append(&streams->of[header->type], at + sizeof(*header), content);
		streams->is_ended = header->type == FCGI_STDIN && content == 0;
		at += whole;
		size -= whole;
	}
}

static void check_stream(const struct buf *sent, const struct buf *kept, size_t most)
{
	if (kept->size > sent->size || kept->size > most ||
		(kept->size > 0 && memcmp(kept->data, sent->data, kept->size) != 0))
		BUG("a stream of %zu bytes is kept as %zu others", sent->size, kept->size);
}

static void check_kept(struct arena *arena, const struct streams *sent, const struct spool *spool)
{
	struct streams kept = {0};

	streams_read(&kept, arena, spool->records.data, spool->whole_size);
	if (spool->records.size > BODY_MAX + REST_MAX + 2 * (FCGI_MAX_LENGTH + 263))
		BUG("%zu bytes are kept", spool->records.size);
	for (int type = FCGI_BEGIN_REQUEST; type < N_STREAMS; type++)
		check_stream(&sent->of[type], &kept.of[type],
			type == FCGI_STDIN ? BODY_MAX + FCGI_MAX_LENGTH : SIZE_MAX);
	if (sent->is_ended && !spool_is_too_large(spool) &&
		kept.of[FCGI_STDIN].size != sent->of[FCGI_STDIN].size)
		BUG("a part of the body is lost");
	if (sent->is_ended && kept.of[FCGI_PARAMS].size != sent->of[FCGI_PARAMS].size)
		BUG("a parameter is lost");
}

/* Whether the spool has seen an end before all was sent. */
static bool feed(struct spool *spool, const char *bytes, size_t size, size_t piece)
{
	bool is_done = false;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		abort();
	for (size_t at = 0; at < size && !is_done; at += piece) {
		const size_t n = size - at < piece ? size - at : piece;

		if (send(ends[0], bytes + at, n, 0) != (ssize_t)n)
			abort();
		is_done = spool_read(spool, ends[1]);
	}
	close(ends[0]);
	close(ends[1]);
	return is_done;
}

/* Gives it to another process and back. */
static void move(struct spool *spool)
{
	struct spool moved;
	int fd = spool_open(spool);

	spool_init(&moved, BODY_MAX);
	spool_load(&moved, fd);
	if (moved.whole_size != spool->whole_size || moved.records.size != spool->records.size ||
		moved.is_ended != spool->is_ended)
		BUG("%zu bytes arrive as %zu", spool->records.size, moved.records.size);
	spool_release(&moved);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const size_t pieces[] = {1, 7, 8, 9, 100, 4096, 16384, 16384};
	struct fuzz_input input;
	struct arena *arena = fuzz_begin(&input, bytes, size);
	const size_t piece = pieces[fuzz_take_below(&input, 8)];
	const char *records = fuzz_copy(&input);
	struct streams sent = {0};
	struct spool spool;
	bool is_done;

	spool_init(&spool, BODY_MAX);
	streams_read(&sent, arena, records, input.size);
	if (spool_is_whole(records, input.size) != sent.is_ended)
		BUG("a request is%s whole", sent.is_ended ? "" : " not");
	is_done = feed(&spool, records, input.size, piece);
	if (sent.is_ended && !is_done)
		BUG("the end of a request is not seen");
	check_kept(arena, &sent, &spool);
	move(&spool);
	spool_release(&spool);
	return 0;
}
