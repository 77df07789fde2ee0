/*
 * A UUID: 16 bytes, passed by value. The nil one, all zero, stands for none; in the database it is
 * NULL.
 */
#ifndef UUID_H
#define UUID_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define UUID_SIZE 16
#define UUID_TEXT_SIZE 37

struct uuid {
	uint8_t bytes[UUID_SIZE];
};

static inline bool uuid_is_equal(struct uuid a, struct uuid b)
{
	return memcmp(a.bytes, b.bytes, UUID_SIZE) == 0;
}

static inline bool uuid_is_nil(struct uuid uuid)
{
	return uuid_is_equal(uuid, (struct uuid){{0}});
}

/* Sixteen random bytes, without a version. */
struct uuid uuid_random(void);

/* Writes 8-4-4-4-12 lower-case hexadecimal digits. */
void uuid_format(struct uuid uuid, char text_r[UUID_TEXT_SIZE]);
/* Reads that form, in any case. Returns false, with uuid_r undefined, if the text is another. */
bool uuid_parse(const char *text, struct uuid *uuid_r);

#endif
