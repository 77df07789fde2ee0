/*
 * The cookie of a session of the Admin API (db/admin_session.h), and whether the page that made the
 * browser send it is this service's.
 *
 * No script reads the cookie (HttpOnly), no other site's page makes the browser send it
 * (SameSite=Strict), and no other path gets it. It goes over TLS alone (Secure), but for plain HTTP
 * on this host, and then its name says so: nobody plants one over plain HTTP. It has no age: the
 * browser forgets it when it is closed.
 */
#ifndef ADMIN_COOKIE_H
#define ADMIN_COOKIE_H

#include <stdbool.h>

struct request;

/* Returns its value; NULL if the request has none, or has two different ones. */
const char *admin_cookie_of(const struct request *req);
/* Whether another site's page has made the browser send the request, by Sec-Fetch-Site or, from a
 * browser that does not send it, by Origin. So is a request that may change something and has
 * neither: each browser sends one of them with it. */
bool admin_cookie_is_cross_site(const struct request *req);
/* Sets the cookie. text NULL: removes it. */
void admin_cookie_set(struct request *req, const char *text);

#endif
