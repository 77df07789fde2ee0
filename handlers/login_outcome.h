/*
 * What came of a request to log in, noted when it has been served: a refusal is kept as a row
 * (login_refusal.h), so that it can be told why somebody could not get in; and each outcome is
 * counted (statistics.h).
 *
 * Of the refusals of an app at most 60 a minute and host become rows, and 60 more of those in which
 * WeChat has named the openid, so that a flood fills neither the table nor hides whom WeChat knows.
 * Nothing is written while the operator has switched the service off, or the database fails.
 */
#ifndef LOGIN_OUTCOME_H
#define LOGIN_OUTCOME_H

struct request;

/* Call it once, before the request's database is closed. Does nothing for an endpoint that is no
 * login. */
void login_outcome_note(struct request *req);

#endif
