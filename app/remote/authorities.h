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

/* Returns which of the system's to use. It reads the directory, so a process asks once. */
struct authorities authorities_choose(const struct authorities *of_system);

#endif
