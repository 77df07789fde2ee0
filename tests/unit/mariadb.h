/*
 * A MariaDB of a test's own: real, in a directory of its own, reachable by a unix socket only,
 * gone with the test.
 */
#ifndef MARIADB_H
#define MARIADB_H

#include <stdint.h>

#include "err.h"

struct conf;
struct db;
struct secret_keys;

/* Set by mariadb_open(). */
extern struct conf *test_conf;
extern struct secret_keys *test_keys;
/* Connected, the schema in place. */
extern struct db *test_db;

/* More for the server's command line; NULL: none. */
extern const char *mariadb_options[4];

/* For cmocka's group set-up and tear-down. */
int mariadb_open(void **state);
int mariadb_close(void **state);

void mariadb_stop(void);
void mariadb_start(void);
/* Silent, with its connections open, until mariadb_thaw(). */
void mariadb_freeze(void);
void mariadb_thaw(void);

/* Asserts that it works; several statements may be given. */
void sql(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The number of the error, 0 for none. */
unsigned sql_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The first value of the first row; NULL and none: 0. */
int64_t sql_number(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Until that number is not 0; fails after half a minute. */
void wait_until(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same as text, valid until the next call; NULL for NULL and none. */
const char *sql_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* How many rows the server has read of its tables since it began. */
int64_t mariadb_rows_read(void);
/* Of information_schema.columns. The other columns of bytes are WeChat's identifiers. */
#define SQL_IS_SEALED "data_type = 'varbinary' AND column_name NOT IN ('openid', 'unionid')"

/* Asserts that it works; the number of rows that it has deleted. */
int64_t purged(enum err (*purge)(struct db *db));

/* The lines of this host's erasures.log. */
int n_erasure_lines(void);

/* Forks n processes that run fn(index) at the same moment, each with a struct db of its own in
 * test_db; the number of those that returned 0. */
int mariadb_race(int n, int (*fn)(int index));

#endif
