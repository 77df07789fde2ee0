/*
 * SMS gateways: one interface, a driver each for Aliyun, Tencent Cloud and a request that the
 * configuration describes (sms.driver).
 *
 * A gateway sends the same message twice if asked twice, so a call is never repeated; only
 * ERR_UPSTREAM says that it may or may not have been sent, and then it counts as sent. Codes and
 * secrets never reach a log, phones not whole. No transaction is open while a gateway is asked.
 */
#ifndef SMS_H
#define SMS_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct breaker_table;
struct conf;
struct sms;

/* Returns NULL and logs the reason if the configuration is refused. conf and breakers must outlive
 * it; breakers may be NULL. */
struct sms *sms_new(const struct conf *conf, struct breaker_table *breakers);
void sms_free(struct sms *sms);
/* False: sms.driver is none, or sms is NULL. */
bool sms_is_configured(const struct sms *sms);
/* Waited for the gateway in all; the difference of two is what lay between. NULL: 0. */
int64_t sms_waited_us(const struct sms *sms);

struct sms_message {
	const char *phone; /* of the mainland, 11 digits */
	const char *code;
	const char *request_id; /* for the gateway's books */
};

/* ERR_NONE; not sent: ERR_SMS_RATE (the gateway's own limits), ERR_SMS_REFUSED (a wrong or barred
 * number), ERR_UPSTREAM_CONFIG (balance, signature, permission, template, no driver),
 * ERR_UPSTREAM_UNSENT; perhaps sent: ERR_UPSTREAM. */
enum err sms_send_code(struct sms *sms, const struct sms_message *message);

/* Whether the gateway answers at all, for operators' checks; sends nothing: ERR_NONE, ERR_UPSTREAM,
 * ERR_UPSTREAM_UNSENT. */
enum err sms_probe(struct sms *sms);

#endif
