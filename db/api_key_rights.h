/*
 * What one API key may do that another one may not: nobody gives a key more than the own key has.
 */
#ifndef DB_API_KEY_RIGHTS_H
#define DB_API_KEY_RIGHTS_H

#include <stdint.h>

struct api_key;

/* A set. */
enum api_key_right {
	API_KEY_SCOPES = 1,
	API_KEY_APPS = 2,
	API_KEY_NETWORKS = 4,
	API_KEY_RATE = 8,
	API_KEY_END = 16,
};

/* Returns in which of them key has more than own. A network has to lie within one of own's: two
 * halves do not make a whole. */
int32_t api_key_beyond(const struct api_key *own, const struct api_key *key);

#endif
