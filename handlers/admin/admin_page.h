/*
 * Pages of lists: "after" is what the page before gave as "next", and "limit" how many items. The
 * last page gives no "next".
 */
#ifndef ADMIN_PAGE_H
#define ADMIN_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "shape.h"

struct request;

#define ADMIN_PAGE_MAX 1000

struct page_request {
	const char *after;
	int32_t limit;
};

/* The fields of a query of which the struct page_request page is the first member. */
#define ADMIN_PAGE_QUERY(model)                                                                 \
	FIELD(model, page.after, STR, .name = "after", .max = 40, .is_id = true,                \
		.text = {"上一页的 next；不填从头开始",                                         \
			"next of the page before; absent: from the beginning"}),                \
	FIELD(model, page.limit, INT32, .name = "limit",                                        \
		.text = {"每页多少项，1 至 1000；不填为 100",                                   \
			"items of the page, 1 to 1000; absent: 100"})

/* The query of a list that has no other parameters. */
extern const struct shape admin_page_shape;

struct page_wanted {
	int64_t after_id; /* 0: from the beginning */
	/* To be asked for: one more than is shown, which says whether there are more. */
	int32_t n_most;
};

/* Of a list whose ids have 32 bits. */
static inline int32_t page_after_int32(const struct page_wanted *page)
{
	return page->after_id > INT32_MAX ? INT32_MAX : (int32_t)page->after_id;
}

/* Reads the limit alone: how many to ask for. Returns ERR_PARAMETER if it is not valid. */
enum err admin_page_limit(struct request *req, int32_t limit, int32_t *n_most_r);
/* Refuses "after". Returns ERR_PARAMETER. */
enum err admin_page_refuse_after(struct request *req);
/* Reads the query. Returns ERR_PARAMETER if a member is not valid. */
enum err admin_page_read(struct request *req, struct page_wanted *page_r);

struct page_answer {
	struct object_list items;
	const char *next;
};

/* The rows that were found for a page, and what is shown of each. */
struct page_rows {
	const void *rows;
	size_t n_rows, row_size;
	size_t item_size; /* of the struct that is shown */
	/* Sets what is shown of a row, which is zeroed, and returns the row's id. */
	int64_t (*show)(void *ctx, const void *row, void *item_r);
	void *ctx;
};

/* n rows of an array, each shown as a type. */
#define PAGE_ROWS(array, n, type, function, context)                                            \
	((struct page_rows){                                                                    \
		.rows = (array), .n_rows = (n), .row_size = sizeof((array)[0]),                 \
		.item_size = sizeof(type), .show = (function), .ctx = (context),                \
	})

/* Sets the answer. */
void admin_page_show(
	struct request *req, const struct page_wanted *page, const struct page_rows *found);

/* The fields of the answer, of which the items are of shape. */
#define ADMIN_PAGE_FIELDS(item_shape, zh, en)                                                   \
	FIELD(struct page_answer, items, OBJECT_LIST, .name = "items", .shape = (item_shape),   \
		.text = {zh, en}),                                                              \
	FIELD(struct page_answer, next, STR, .name = "next", .max = 40, .may_be_null = true,    \
		.text = {"下一页的 after；null 表示没有了",                                    \
			"after of the next page; null: there is none"}),                        \
	FIELD_END

#endif
