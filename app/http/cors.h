/*
 * Requests of pages of another origin: the CORS protocol of the Fetch Standard, without its
 * credentials mode. http.origins lists the origins whose pages may read what an endpoint answers
 * that a person may call. A page of another origin is answered without the headers, so its browser
 * keeps the answer from it. No page has an API key, see authenticate.h.
 */
#ifndef CORS_H
#define CORS_H

#include <stdbool.h>

struct request;
struct service;

#define CORS_TEXT_SIZE 256

/* Returns the header Origin, by which a browser names the page; NULL if it is absent. */
const char *cors_origin(const struct request *req);
/* Call if the path of a request has no endpoint of its method. If that is a preflight of a listed
 * origin, answers which methods a person may use there, and returns true. */
bool cors_answer_preflight(const struct service *service, struct request *req);
/* Adds the headers of any other answer. */
void cors_write_headers(struct request *req);

/* Moves *list behind its next origin, and writes that to origin_r. Returns false at the end. */
bool cors_next_origin(const char **list, char origin_r[CORS_TEXT_SIZE]);
/* Returns what is wrong with http.origins, in text_r; NULL if it is fine. */
const char *cors_find_problem(const char *origins, char text_r[CORS_TEXT_SIZE]);

#endif
