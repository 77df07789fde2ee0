/*
 * The dialect customer: Web API 2 in JSON, XML and forms. A rule's outcome comes with HTTP 200
 * in {data, status, message, errors, url}. status is 1 for success and 0 for failure; errors names
 * the members at fault. In XML the names and their order are DataContractSerializer's.
 */
#ifndef CUSTOMER_DIALECT_H
#define CUSTOMER_DIALECT_H

#include "endpoint.h"

extern const struct dialect customer_dialect;

/* The message of AppAuthorization. */
struct customer_user {
	const char *open_id, *nickname;
	int32_t gender;
	const char *language, *province, *city, *country, *avatar_url;
	struct date subscribe_time;
	const char *union_id;
	const char *session_key; /* of an official account or an app: the user's access token */
	const char *code;        /* a login code of WeChat; the original has no such member */
};

extern const struct shape customer_user_shape;

#define CUSTOMER_STATE_OK 0

/* The answer of a login and of a renewed token. */
struct customer_authorization {
	const char *customer_id, *user_name, *avatar, *nick_name, *phone;
	bool is_mini_program_remind, is_close_order_pda, is_show_statistics_pda;
	bool is_show_no_fee_leave_button;
	int32_t state; /* CUSTOMER_STATE_OK */
	bool can_balance_pay;
	const char *access_token, *token_type;
	int32_t expires_in; /* seconds */
	struct date issued, expires;
};

extern const struct shape customer_authorization_shape;

/* A member at fault, and why. */
struct customer_fault {
	const char *field;
	struct string_list messages;
};

/* The envelope. */
struct customer_result {
	const void *data; /* struct customer_authorization */
	int32_t status;
	const char *message;
	struct object_list errors; /* of struct customer_fault */
	const char *url;
};

/* With data and without. */
extern const struct shape customer_authorized_shape, customer_result_shape;

#endif
