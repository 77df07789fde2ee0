/*
 * Whose certificates a site's is verified with: those in a file of the configuration, or the
 * system's. Of these libcurl would read the whole file for each new connection, which takes 20 ms
 * and a megabyte; of a directory with hashed names, the one that is asked for.
 */
#ifndef AUTHORITIES_H
#define AUTHORITIES_H

struct authorities {
	const char *file, *directory; /* NULL: none */
};

/* ca_file: NULL or "" for the system's. */
struct authorities authorities_choose(const char *ca_file, const struct authorities *of_system);

#endif
