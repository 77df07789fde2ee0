/*
 * The interface between sms.c and its drivers, which alone include this. A driver writes the call
 * and reads the answer; sms.c does the rest.
 */
#ifndef SMS_DRIVER_H
#define SMS_DRIVER_H

#include "err.h"
#include "http_client.h"

#define SMS_SECRET_SIZE 256

struct arena;
struct conf;
struct sms_message;

/* What a driver makes a call of. */
struct sms_request {
	const struct conf *conf;
	struct arena *arena; /* of the request that sends the message */
	const struct sms_message *message;
	char secret[SMS_SECRET_SIZE];
};

struct sms_result {
	enum err err;
	bool lasts_all_day; /* of ERR_SMS_RATE: the limit is of a day or a month */
	const char *code; /* the gateway's own, for the log; NULL: none */
};

struct sms_driver {
	const char *name;
	const char *base_url; /* the default; NULL: the configuration must have one */
	/* Returns what is missing or wrong in the configuration, or NULL. */
	const char *(*find_problem)(const struct conf *conf);
	/* Sets the driver's members of call_r, in the arena. Without a body, the call is a GET. */
	void (*write_call)(const struct sms_request *request, struct http_call *call_r);
	/* Reads an answer whose status is below 500. */
	struct sms_result (*read_answer)(
		const struct sms_request *request, const struct http_answer *answer);
};

extern const struct sms_driver sms_aliyun, sms_tencent, sms_template;

/* Returns the URL of the gateway, or NULL if neither the configuration nor the driver has one. */
const char *sms_base_url(const struct conf *conf, const struct sms_driver *driver);

/* What those of a gateway's codes mean that begin with prefix. The first one that fits counts. The
 * last prefix of a table is "". */
struct sms_meaning {
	const char *prefix;
	enum err err;
	bool lasts_all_day;
};
/* code NULL: the answer cannot be read. */
struct sms_result sms_result_of(
	const struct sms_request *request, const struct sms_meaning *meanings, const char *code);

#endif
