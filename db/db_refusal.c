#include <mysqld_error.h>
#include <stddef.h>

#include "conn.h"
#include "db.h"

static const struct {
	unsigned code;
	const char *remedy;
} remedies[] = {
	{ER_ACCESS_DENIED_ERROR,
		"it runs, and refuses this user or its password; see [database] user and "
		"password_file, and in SQL on it: SELECT user, host, plugin FROM mysql.user"},
	{ER_ACCESS_DENIED_NO_PASSWORD_ERROR,
		"it runs, and refuses this user, who must be the user of the system with that name "
		"or have a password; see [database] user and password_file, and in SQL on it: "
		"SELECT user, host, plugin FROM mysql.user"},
	{ER_HOST_NOT_PRIVILEGED,
		"it runs, and no user may come from this host; see in SQL on it: SELECT user, host "
		"FROM mysql.user"},
	{ER_ACCOUNT_HAS_BEEN_LOCKED,
		"it runs, and this user is locked; run in SQL on it, with user and host as "
		"mysql.user has them: ALTER USER 'wxuser'@'localhost' ACCOUNT UNLOCK"},
	{ER_MUST_CHANGE_PASSWORD_LOGIN,
		"it runs, and this user's password has expired; run in SQL on it, with user and "
		"host as mysql.user has them: ALTER USER 'wxuser'@'localhost' PASSWORD EXPIRE "
		"NEVER"},
	{ER_DBACCESS_DENIED_ERROR,
		"it runs, and this user has no right in the database; run as an administrator of "
		"the database: wxuserctl migrate --grants | mariadb"},
	{ER_BAD_DB_ERROR,
		"it runs, and has no database of that name; see [database] name, and whether it is "
		"the right server"},
	{ER_CON_COUNT_ERROR,
		"it runs, and all its connections are taken; raise max_connections"},
	{ER_TOO_MANY_USER_CONNECTIONS,
		"it runs, and all connections of this user are taken; raise max_user_connections"},
	{ER_HOST_IS_BLOCKED,
		"it runs, and has blocked this host after connections that were broken off; run on "
		"it: mariadb-admin flush-hosts"},
};

const char *db_err_remedy(const struct db *db)
{
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
		if (remedies[i].code == db->error.code)
			return remedies[i].remedy;
	return NULL;
}

bool db_err_is_of_password(const struct db *db)
{
	return db->error.code == ER_ACCESS_DENIED_ERROR;
}
