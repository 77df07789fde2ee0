/*
 * The errors of a request, for all dialects. A rule returns one of them, ERR_NONE for success. Each
 * dialect has a table that gives each error its own number, HTTP status and texts.
 */
#ifndef ERR_H
#define ERR_H

#include <stdio.h>
#include <stdlib.h>

#define ERR_LIST(X)                                                                             \
	X(NONE, "success")                                                                      \
	/* Found before a handler runs. */                                                      \
	X(NOT_FOUND, "no endpoint there, or a required parameter of the URL is missing")        \
	X(METHOD, "the endpoint has another method")                                            \
	X(TOO_LARGE, "body over the limit")                                                     \
	X(MEDIA_TYPE, "body of a type that the endpoint does not read")                         \
	X(BAD_REQUEST, "a parameter of the URL or the body as a whole cannot be read")          \
	X(RATE, "too many requests")                                                            \
	X(UNAUTHORIZED, "no credential, or an unknown one")                                     \
	X(FORBIDDEN, "the credential does not allow this")                                      \
	X(KEY_NETWORK, "the API key is not for the client's address")                           \
	X(MAINTENANCE, "switched off by the operator")                                          \
	X(TENANT_DISABLED, "the operator has disabled the tenant")                              \
	X(PARAMETER, "a member of the message is missing or malformed")                         \
	X(APP_UNKNOWN, "no app, or an app of another tenant, is named")                         \
	X(APP_KIND, "an app of this kind has no such thing")                                    \
	X(TOKEN_EXPIRED, "a known access token that has expired or was renewed")                \
	X(TOKEN_REVOKED, "a known access token that was revoked")                               \
	/* Returned by rules. */                                                                \
	X(USER_UNKNOWN, "no such WeChat user")                                                  \
	X(OPENID_MALFORMED, "not an openid")                                                    \
	X(OPENID_FIXED, "the openid of a stored user cannot change")                            \
	X(TENANT_OTHER, "tenantId is not the caller's")                                         \
	X(MEMBER_ID_FIXED, "memberId cannot be changed here")                                   \
	X(CODE_INVALID, "WeChat does not know this code")                                       \
	X(CODE_USED, "this code was used before")                                               \
	X(CODE_PENDING, "the outcome for this code is not known")                               \
	X(CODE_OTHER, "this code is not of the account's person")                               \
	X(PHONE_CODE_INVALID, "WeChat does not know this code of the phone button")             \
	X(NOT_PHONE_CODE, "this code was used as a login code")                                  \
	X(APP_NOT_MINI, "only a mini program has the phone button")                             \
	X(WATERMARK_OTHER, "the phone was given to another app")                                \
	X(RISK_USER, "WeChat has blocked this user")                                            \
	X(SNAPSHOT_USER, "a virtual user of WeChat's snapshot page")                            \
	X(ACCOUNT_DISABLED, "account switched off, locked or deleted")                          \
	X(ACCOUNT_CLOSED, "its person has closed the account, which can be taken back")         \
	X(PROOF_MISSING, "nothing proves that the openid is the caller's")                      \
	X(UNIONID_OTHER, "the unionid is not the stored one")                                   \
	X(NAME_MALFORMED, "not a person's name")                                                \
	X(PHONE_MALFORMED, "not a mobile number")                                               \
	X(ID_CARD_MALFORMED, "not an identity card's number")                                   \
	X(REGION_UNKNOWN, "no such division")                                                   \
	X(RESIDENT_UNKNOWN, "the id is another resident's, or nobody's")                        \
	X(VERIFY_CODE_NEEDED, "a new phone must be confirmed by a code")                        \
	X(VERIFY_CODE_NONE, "the phone has no code that can be used")                           \
	X(VERIFY_CODE_WRONG, "not the code that was sent")                                      \
	X(VERIFY_CODE_EXPIRED, "the code has expired")                                          \
	X(VERIFY_CODE_TRIES, "too many wrong codes")                                            \
	X(SMS_RATE, "too many codes for this phone or from this address")                       \
	X(SMS_REFUSED, "the SMS gateway refuses the phone")                                     \
	X(SMS_SILENT, "the SMS gateway did not answer: the code may come")                      \
	X(SMS_UNSENT, "the code could not be sent")                                             \
	X(MEMBER_UNKNOWN, "no member has this phone")                                           \
	X(MEMBER_OTHER, "the user is bound to another member")                                  \
	X(MEMBER_TAKEN, "the member is bound to another user")                                  \
	X(MEMBER_MISMATCH, "name or idCard are not the member's")                               \
	X(MEMBER_REFUSED, "a phone that is missing, taken or not confirmed")                    \
	X(PHONE_CONFIRMED_ELSEWHERE, "another account has confirmed the phone by SMS")          \
	X(PHONE_UNCONFIRMED, "the account has confirmed no phone, or too long ago")             \
	X(PHONE_TAKEN, "the phone belongs to a member")                                         \
	X(CURSOR_TOO_OLD, "what has gone since then is no longer known")                        \
	X(CARD_LOST, "the member's card is reported lost")                                      \
	X(CARD_VOID, "the member's card is void")                                               \
	X(CARD_UNUSABLE, "the member's card cannot be used")                                    \
	/* Caused by other servers. */                                                          \
	X(UPSTREAM, "WeChat or the SMS gateway answered badly or not at all")                   \
	X(UPSTREAM_SILENT, "WeChat did not answer in time")                                     \
	X(UPSTREAM_UNSENT, "WeChat or the SMS gateway: nothing was sent")                       \
	X(UPSTREAM_BUSY, "WeChat is busy or limits the rate")                                   \
	X(UPSTREAM_CONFIG, "WeChat or the SMS gateway refuses what is set up")                  \
	X(UPSTREAM_TOKEN, "WeChat does not take the app's access token any more")               \
	/* Between the rules and the database: never an answer. */                              \
	X(ABSENT, "nothing is stored there")                                                    \
	X(DUPLICATE, "a unique key has the value already")                                      \
	X(BUSY, "the database does not answer")                                                 \
	X(INTEGRITY, "a sealed value is damaged, or stands in the place of another")            \
	X(INTERNAL, "our fault")

enum err {
#define ERR_ENUM(name, meaning) ERR_##name,
	ERR_LIST(ERR_ENUM)
#undef ERR_ENUM
	ERR_N
};

/* Returns the name in the log: "CODE_USED". */
const char *err_name(enum err err);

/* Reports a bug of the program on standard error and aborts the process. The master then starts
 * another worker. */
#define BUG(...)                                                                                \
	do {                                                                                    \
		fprintf(stderr, "BUG at %s:%d: ", __FILE__, __LINE__);                          \
		fprintf(stderr, __VA_ARGS__);                                                   \
		fputc('\n', stderr);                                                            \
		abort();                                                                        \
	} while (0)

#endif
