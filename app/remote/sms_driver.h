/*
 * What the drivers of sms.c have in common; nobody else includes this. A driver writes the request
 * and reads the answer, sms.c does the rest.
 */
#ifndef SMS_DRIVER_H
#define SMS_DRIVER_H

#include <stdbool.h>

#include "http_client.h"
#include "sms.h"

#define SMS_SECRET_SIZE 256

struct arena;

/* One message on its way. */
struct sms_order {
	const struct conf *conf;
	struct arena *arena; /* of this message */
	const struct sms_message *message;
	char secret[SMS_SECRET_SIZE];
};

/* What a gateway has said. */
struct sms_verdict {
	enum err err;
	const char *code; /* its own word for it, for the log; NULL: none */
};

struct sms_driver {
	const char *name;
	const char *base_url; /* unless the configuration says another; NULL: it must */
	/* What is missing or wrong; NULL: nothing. */
	const char *(*find_problem)(const struct conf *conf);
	/* Sets what is its own of call_r, in the arena; without a body it is a GET. */
	void (*write)(const struct sms_order *order, struct http_call *call_r);
	/* Of an answer with a status under 500. */
	struct sms_verdict (*read)(
		const struct sms_order *order, const struct http_answer *answer);
};

extern const struct sms_driver sms_aliyun, sms_tencent, sms_template;

/* Where the gateway is. */
const char *sms_base_url(const struct conf *conf, const struct sms_driver *driver);

/* What a gateway's word means: the first that it begins with counts; the last is "". */
struct sms_word {
	const char *begin;
	enum err err;
};
/* code NULL: the answer cannot be read. */
struct sms_verdict sms_verdict_of(
	const struct sms_order *order, const struct sms_word *words, const char *code);

#endif
