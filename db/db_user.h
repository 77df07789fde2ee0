/*
 * The users of the database as whom the programs connect. Each may do what its statements need and
 * nothing else, so that somebody who takes over the service cannot make an API key, change the
 * audit or drop a table. Where the hosting gives one user, it is all three.
 */
#ifndef DB_USER_H
#define DB_USER_H

struct conf;

/* In this order, each runs the statements of those before it. */
enum db_user {
	DB_USER_SERVICE,   /* [database] user: the workers, and "wxuserctl jobs" */
	DB_USER_ADMIN,     /* likewise, where the Admin API is served */
	DB_USER_CONTROL,   /* control_user: wxuserctl */
	DB_USER_MIGRATION, /* migration_user: "wxuserctl migrate" */
	N_DB_USERS,
};

struct db_login {
	const char *user, *password;
};

/* Its name, and the file of its password. Unless it has a name of its own, it is the service's. */
const char *db_user_name(const struct conf *conf, enum db_user user);
const char *db_user_password_file(const struct conf *conf, enum db_user user);
/* "user", "control_user": the key that names it. */
const char *db_user_key(enum db_user user);
/* Whose statements the service runs: its own, or those of the Admin API as well. */
enum db_user db_user_of_service(const struct conf *conf);
/* Returns as whom the database knows it: the first one of the same name. */
enum db_user db_user_same(const struct conf *conf, enum db_user user);

#endif
