#include "arena.h"
#include "buf.h"
#include "json_writer.h"
#include "listing.h"

static const char *json_of(struct ctl *ctl, const struct shape *shape, const void *model)
{
	struct buf json = {.arena = ctl->arena};

	json_write(&json, shape, model);
	return json.data;
}

void listing_object(struct ctl *ctl, const struct shape *shape, const void *model)
{
	puts(json_of(ctl, shape, model));
}

void listing_add(struct listing *listing, const void *row)
{
	if (listing->ctl->is_json) {
		printf("%s%s", listing->n_rows == 0 ? "[" : ",\n",
			json_of(listing->ctl, listing->shape, row));
	} else {
		ctl_print_heading(&listing->heading);
		listing->print(row);
	}
	listing->n_rows++;
}

int listing_end(struct listing *listing, enum err err, const char *reason)
{
	if (listing->ctl->is_json) {
		if (err == ERR_NONE || listing->n_rows > 0)
			puts(listing->n_rows == 0 ? "[]" : "]");
		return ctl_status(err, reason);
	}
	return ctl_end_list(err, &listing->heading, reason);
}

int listing_nothing(struct listing *listing, const char *reason)
{
	if (listing->ctl->is_json)
		puts("[]");
	return ctl_fail("%s", reason);
}
