/*
 * The certificates of authorities with which a site's certificate is verified: those in a file of
 * the configuration, or the system's. libcurl reads the whole file of the system for each new
 * connection, which takes 20 ms and a megabyte. From a directory with hashed names it reads only
 * the certificate that it needs, so that is preferred.
 */
#ifndef AUTHORITIES_H
#define AUTHORITIES_H

struct authorities {
	const char *file, *directory; /* NULL: none */
};

/* ca_file: NULL or "" for the system's. */
struct authorities authorities_choose(const char *ca_file, const struct authorities *of_system);

#endif
