/*
 * SMS gateways, as strict as the real ones where that shows a client's mistakes: signatures, time
 * stamps, nonces, what must be there, registered signatures and templates. They send nothing; the
 * inbox has what a phone would get.
 *
 * Each has one account, with an access key that stands on the sandbox's page.
 */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <stdint.h>

#include "sandbox_endpoint.h"

struct request;
struct sandbox_sms;

/* What a gateway says no with. */
struct refusal {
	const char *code; /* NULL: it says yes */
	const char *text;
	int status;       /* HTTP; 0: of the message, not of the call */
};

struct gateway {
	const char *name;
	/* Whether the call is good, and what it sends to whom. */
	struct refusal (*check)(struct request *req, struct sandbox_sms *sms_r);
	void (*write)(struct request *req, const struct refusal *refusal,
		const struct sandbox_sms *sms);
};

extern const struct dialect gateway_dialect;

/* Plays faults as for WeChat's APIs; "code" says no to a message with the fault's text. */
enum err gateway_run(struct request *req, const struct gateway *gateway);

#define GATEWAY(its_path, its_summary, its_run)                                                 \
	{                                                                                       \
		.endpoint = SANDBOX_ENDPOINT(gateway_dialect, "POST", its_path, its_summary,       \
			.source = FROM_NOTHING, .answer = ANSWER_BY_RUN),                       \
		.run = its_run,                                                                 \
	}

#define GATEWAY_SIGN_NAME "沙箱"

/* A mobile number of the mainland. */
bool gateway_is_phone(const char *phone);
/* Four to six digits. */
bool gateway_is_code(const char *code);
/* Whether a time, in seconds since 1970, is further from now than that. */
bool gateway_is_stale(int64_t timestamp, int64_t tolerance_s);
/* As they number their requests. */
const char *gateway_request_id(struct request *req);
/* json is used up. */
void gateway_write_json(struct request *req, int status, json_t *json);

#endif
