/*
 * Sends verification codes by SMS: one interface, with a driver each for Aliyun, Tencent Cloud and
 * a call that the configuration describes (sms.driver).
 *
 * A gateway that is asked twice sends the message twice, so a call is never repeated. Only
 * ERR_UPSTREAM leaves open whether the message was sent; it then counts as sent. Codes and secrets
 * never reach a log, and phone numbers are masked there. No transaction is open during a call.
 */
#ifndef SMS_H
#define SMS_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct arena;
struct breaker_table;
struct conf;
struct sms;
struct transfers;

/* Makes what one request at a time calls the gateway with. Returns NULL and logs the reason if the
 * configuration is refused. All must outlive it. breakers NULL: none; transfers NULL: it is not to
 * call. */
struct sms *sms_new(
	const struct conf *conf, struct transfers *transfers, struct breaker_table *breakers);
void sms_free(struct sms *sms);
/* Returns false if sms.driver is none or sms is NULL. */
bool sms_is_configured(const struct sms *sms);
/* Returns the time that all calls so far have waited for the gateway; 0 if sms is NULL. */
int64_t sms_waited_us(const struct sms *sms);

struct sms_message {
	const char *phone; /* of the mainland, 11 digits */
	const char *code;
	const char *request_id; /* for the gateway's own log */
};

/* What is told of a message that was not sent, or perhaps not. */
struct sms_told {
	/* With ERR_SMS_RATE the seconds for which the limit lasts; 0: the gateway does not tell.
	 * Its days are those of UTC+8; of a limit of a month it is the rest of the day, too. */
	int32_t wait_s;
	const char *reason; /* for the log: the gateway's code, or what else it was */
};

/* Returns ERR_NONE if the message was sent. It was not sent: ERR_SMS_RATE (the gateway's own
 * limits), ERR_SMS_REFUSED (a wrong or barred number), ERR_UPSTREAM_CONFIG (balance, signature,
 * permission, template, no driver), ERR_UPSTREAM_UNSENT. Perhaps sent: ERR_UPSTREAM.
 * Texts of told_r are static or in the arena. */
enum err sms_send_code(struct sms *sms, struct arena *arena, const struct sms_message *message,
	struct sms_told *told_r);

/* Sends nothing and finds out whether the gateway answers at all, for operators' checks. Returns
 * ERR_NONE, ERR_UPSTREAM or ERR_UPSTREAM_UNSENT. */
enum err sms_probe(struct sms *sms);

#endif
