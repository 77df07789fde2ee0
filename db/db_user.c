#include <string.h>

#include "conf.h"
#include "db_user.h"
#include "str.h"

static const char *db_user_own_name(const struct conf *conf, enum db_user user)
{
	switch (user) {
	case DB_USER_CONTROL:
		return conf->database_control_user;
	case DB_USER_MIGRATION:
		return conf->database_migration_user;
	default:
		return conf->database_user;
	}
}

const char *db_user_name(const struct conf *conf, enum db_user user)
{
	const char *name = db_user_own_name(conf, user);

	return str_is_empty(name) ? conf->database_user : name;
}

const char *db_user_password_file(const struct conf *conf, enum db_user user)
{
	if (str_is_empty(db_user_own_name(conf, user)))
		user = DB_USER_SERVICE;
	switch (user) {
	case DB_USER_CONTROL:
		return conf->database_control_password_file;
	case DB_USER_MIGRATION:
		return conf->database_migration_password_file;
	default:
		return conf->database_password_file;
	}
}

const char *db_user_key(enum db_user user)
{
	static const char *const keys[N_DB_USERS] = {
		[DB_USER_SERVICE] = "user",
		[DB_USER_ADMIN] = "user",
		[DB_USER_CONTROL] = "control_user",
		[DB_USER_MIGRATION] = "migration_user",
	};

	return keys[user];
}

enum db_user db_user_of_service(const struct conf *conf)
{
	return conf->admin_api ? DB_USER_ADMIN : DB_USER_SERVICE;
}

enum db_user db_user_same(const struct conf *conf, enum db_user user)
{
	enum db_user same = DB_USER_SERVICE;

	while (strcmp(db_user_name(conf, same), db_user_name(conf, user)) != 0)
		same++;
	return same;
}
