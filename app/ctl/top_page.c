#include <math.h>
#include <stdarg.h>
#include <stdbool.h>

#include "buf.h"
#include "top_page.h"
#include "top_view.h"

#define TEXT_SIZE 512
#define NUMBER_SIZE 32

struct drawing {
	const struct top_page *page;
	struct buf *out;
	size_t n_lines;
};

static bool is_full(const struct drawing *drawing)
{
	return drawing->page->height != 0 && drawing->n_lines == drawing->page->height;
}

static void write_line(struct drawing *drawing, const char *text)
{
	size_t size = strlen(text);

	if (drawing->page->width != 0 && size > drawing->page->width)
		size = drawing->page->width;
	buf_append(drawing->out, text, size);
}

static void draw_heading(struct drawing *drawing, const char *text)
{
	if (is_full(drawing))
		return;
	buf_append_str(drawing->out, drawing->page->heading);
	write_line(drawing, text);
	buf_append_str(drawing->out, drawing->page->plain);
	buf_append_char(drawing->out, '\n');
	drawing->n_lines++;
}

__attribute__((format(printf, 2, 3)))
static void draw_line(struct drawing *drawing, const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list args;

	if (is_full(drawing))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	write_line(drawing, text);
	buf_append_char(drawing->out, '\n');
	drawing->n_lines++;
}

/* ---- Numbers. */

static const char *span_text(double seconds, char text_r[NUMBER_SIZE])
{
	if (isnan(seconds))
		snprintf(text_r, NUMBER_SIZE, "-");
	else if (seconds < 0.01)
		snprintf(text_r, NUMBER_SIZE, "%.1fms", seconds * 1000);
	else if (seconds < 1)
		snprintf(text_r, NUMBER_SIZE, "%.0fms", seconds * 1000);
	else
		snprintf(text_r, NUMBER_SIZE, "%.1fs", seconds);
	return text_r;
}

static const char *share_text(double share, char text_r[NUMBER_SIZE])
{
	if (isnan(share))
		snprintf(text_r, NUMBER_SIZE, "-");
	else
		snprintf(text_r, NUMBER_SIZE, "%.0f%%", share * 100);
	return text_r;
}

/* 3d 04:05:06 */
static const char *age_text(double seconds, char text_r[NUMBER_SIZE])
{
	int64_t s = seconds > 0 ? (int64_t)seconds : 0;
	int64_t days = s / 86400;
	size_t size = 0;

	if (days > 0)
		size = (size_t)snprintf(text_r, NUMBER_SIZE, "%lldd ", (long long)days);
	snprintf(text_r + size, NUMBER_SIZE - size, "%02d:%02d:%02d", (int)(s / 3600 % 24),
		(int)(s / 60 % 60), (int)(s % 60));
	return text_r;
}

/* ---- The parts of a page. */

static void draw_program(struct drawing *drawing, const struct top_view *view)
{
	const struct top_reading *now = view->now;
	char up[NUMBER_SIZE], database[NUMBER_SIZE], remote[NUMBER_SIZE], of[NUMBER_SIZE];

	draw_line(drawing, "%s  pid %s  %s  generation %s  up %s", now->program, now->pid,
		now->state, now->generation, age_text(now->read_s - now->started_s, up));
	snprintf(of, sizeof(of), view->is_since_start ? "since start" : "in %.1f s",
		view->seconds);
	draw_line(drawing, "%s: %.1f requests/s  %.1f errors/s  waits: database %s, remote %s", of,
		view->requests_per_s, view->errors_per_s,
		share_text(view->database_share, database),
		share_text(view->remote_share, remote));
}

static void draw_circuits(struct drawing *drawing, const struct top_view *view)
{
	const struct top_reading *now = view->now;
	char text[TEXT_SIZE] = "";
	size_t size = 0;

	for (size_t i = 0; i < now->n_circuits && size < sizeof(text); i++) {
		const struct top_circuit *circuit = &now->circuits[i];

		if (circuit->is_open)
			size += (size_t)snprintf(text + size, sizeof(text) - size, " %s/%s",
				circuit->host, circuit->path);
	}
	if (size > 0)
		draw_line(drawing, "circuits open:%s", text);
	else
		draw_line(drawing, "circuits: %zu, none open", now->n_circuits);
}

static void draw_pools(struct drawing *drawing, const struct top_view *view)
{
	draw_heading(drawing, "POOL    WANTED STARTING   IDLE   BUSY LEAVING "
			      "CONNECTIONS  QUEUED p50     p99");
	for (size_t i = 0; i < view->now->n_pools; i++) {
		const struct top_pool *pool = &view->now->pools[i];
		char p50[NUMBER_SIZE], p99[NUMBER_SIZE];

		draw_line(drawing, "%-7s %6.0f %8.0f %6.0f %6.0f %7.0f %11.0f %11s %7s",
			pool->name, pool->n_wanted, pool->n_starting, pool->n_idle, pool->n_busy,
			pool->n_leaving, pool->n_connections,
			span_text(view->queued[i].p50_s, p50),
			span_text(view->queued[i].p99_s, p99));
	}
}

static void draw_endpoints(struct drawing *drawing, const struct top_view *view, size_t n)
{
	draw_heading(drawing, "REQUESTS/s ERRORS/s     p50     p99  ENDPOINT");
	for (size_t i = 0; i < n; i++) {
		const struct top_line *line = &view->lines[i];
		const struct top_endpoint *endpoint = line->endpoint;
		char p50[NUMBER_SIZE], p99[NUMBER_SIZE];

		draw_line(drawing, "%10.1f %8.1f %7s %7s  %s %s%s%s", line->requests_per_s,
			line->errors_per_s, span_text(line->took.p50_s, p50),
			span_text(line->took.p99_s, p99), endpoint->dialect, endpoint->method,
			*endpoint->method == '\0' ? "(none)" : " ", endpoint->path);
	}
}

static void draw_requests(struct drawing *drawing, const struct top_view *view)
{
	draw_heading(drawing, "POOL         PID     AGE  AT            FOR  ENDPOINT");
	for (size_t i = 0; i < view->now->n_requests; i++) {
		const struct top_request *request = &view->now->requests[i];
		char age[NUMBER_SIZE], still[NUMBER_SIZE];

		draw_line(drawing, "%-7s %8s %7s  %-9s %7s  %s %s", request->pool, request->pid,
			span_text(request->age_s, age), request->at,
			span_text(request->still_s, still), request->method, request->endpoint);
	}
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

void top_page_draw(const struct top_page *page, const struct top_view *view, struct buf *out)
{
	struct drawing drawing = {.page = page, .out = out};
	size_t n_endpoints = view->now->n_endpoints;

	draw_program(&drawing, view);
	draw_circuits(&drawing, view);
	draw_line(&drawing, "%s", page->notice);
	draw_pools(&drawing, view);
	draw_line(&drawing, "%s", "");
	if (page->height != 0) { /* up to half of what is left is for requests */
		size_t n_left = page->height - least(page->height, drawing.n_lines + 3);

		n_endpoints = least(n_endpoints,
			n_left - least(view->now->n_requests, n_left / 2));
	}
	draw_endpoints(&drawing, view, n_endpoints);
	draw_line(&drawing, "%s", "");
	draw_requests(&drawing, view);
}
