/*
 * Signatures of calls of Aliyun and Tencent Cloud. Sources: Aliyun's documentation of RPC
 * signatures, version 1; Tencent Cloud's of signature v3 (TC3-HMAC-SHA256).
 */
#ifndef SMS_SIGNATURE_H
#define SMS_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "http_url.h"

#define ALIYUN_SIGNATURE_SIZE (28 + 1)
#define TENCENT_SIGNATURE_SIZE (64 + 1)
#define TENCENT_DATE_SIZE (10 + 1)

/* Sorts params, which are all but Signature itself and end with a NULL name. */
void aliyun_sign(const char *method, struct http_param *params, const char *secret,
	char signature_r[ALIYUN_SIGNATURE_SIZE]);

struct tencent_call {
	const char *service; /* "sms" */
	const struct http_param *headers; /* signed ones, names in lower case and sorted */
	const char *body;
	size_t size;
	int64_t timestamp; /* seconds since 1970 */
};

/* Writes a date like 2019-02-25, in UTC. */
void tencent_date(int64_t timestamp, char date_r[TENCENT_DATE_SIZE]);
void tencent_sign(const struct tencent_call *call, const char *secret,
	char signature_r[TENCENT_SIGNATURE_SIZE]);

#endif
