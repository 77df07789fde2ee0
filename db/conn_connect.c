#include <errmsg.h>
#include <errno.h>
#include <mysql.h>

#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "conn_connect.h"
#include "conn_node.h"
#include "counters.h"
#include "crypto.h"
#include "db_user.h"
#include "regular_file.h"
#include "secret_file.h"
#include "server_address.h"
#include "shortage.h"
#include "str.h"

/* The methods of authentication that show a server nothing of the password. Others send it as it
 * is, or encrypted for whatever key the server shows. A unix_socket user needs none. */
#define SAFE_METHODS "mysql_native_password,client_ed25519,parsec"
#define METHOD_NOT_ALLOWED 5010 /* CR_PLUGIN_NOT_ALLOWED of newer libraries */

static void conn_set_tls(MYSQL *connection, const struct conf *conf)
{
	const my_bool yes = 1;

	if (server_address_is_local(conf->database_host) && str_is_empty(conf->database_tls_ca)) {
#if HAVE_DECL_MARIADB_OPT_RESTRICTED_AUTH /* older libraries have none */
		mysql_optionsv(connection, MARIADB_OPT_RESTRICTED_AUTH, SAFE_METHODS);
#endif
		return;
	}
	mysql_optionsv(connection, MYSQL_OPT_SSL_ENFORCE, &yes);
	mysql_optionsv(connection, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
	mysql_optionsv(connection, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
	if (!str_is_empty(conf->database_tls_ca))
		mysql_optionsv(connection, MYSQL_OPT_SSL_CA, conf->database_tls_ca);
}

static void conn_set_options(
	MYSQL *connection, const struct db *db, const struct server_address *address)
{
	const unsigned tcp = MYSQL_PROTOCOL_TCP;
	const unsigned limit_s = (unsigned)db->conf->database_connect_timeout_s;
	const unsigned connect_s = conn_node_hurries(db->conn) ? (limit_s + 1) / 2 : limit_s;
	const unsigned wait_s = db->conn->no_timeout
		? CONN_NO_TIMEOUT_S
		: (unsigned)db->conf->database_read_timeout_s;
	const unsigned no = 0;
	const my_bool yes = 1;

	mysql_optionsv(connection, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	mysql_optionsv(connection, MYSQL_OPT_READ_TIMEOUT, &wait_s);
	mysql_optionsv(connection, MYSQL_OPT_WRITE_TIMEOUT, &wait_s);
	mysql_optionsv(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_optionsv(connection, MYSQL_OPT_LOCAL_INFILE, &no);
	mysql_optionsv(connection, MYSQL_REPORT_DATA_TRUNCATION, &yes);
	mysql_optionsv(connection, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", PACKAGE_NAME);
	if (address->is_tcp)
		mysql_optionsv(connection, MYSQL_OPT_PROTOCOL, &tcp);
	conn_set_tls(connection, db->conf);
}

static int conn_refuse_password(struct db *db)
{
	const unsigned code =
		shortage_is_meant(errno) ? CR_SOCKET_CREATE_ERROR : CR_UNKNOWN_ERROR;
	const char *path = db->conf->database_password_file;
	char text[PERMISSION_TEXT_SIZE];
	const char *problem = "it is too long";

	if (!str_is_empty(path))
		problem = secret_file_find_problem(path, text);
	return conn_fail(db, code, "(connect)",
		arena_printf(db->scratch, "[database] password_file: %s", problem));
}

static int conn_refuse_authorities(struct db *db)
{
	return conn_refuse(db, "(connect)",
		arena_printf(db->scratch, "[database] tls_ca %s: %s", db->conf->database_tls_ca,
			regular_file_error(ENXIO)));
}

/* The library's own text for a forbidden method names it from memory that it has freed. */
static const char *conn_refusal(const struct db *db, const struct server_address *address)
{
	MYSQL *mysql = db->conn->mysql;
	const unsigned code = mysql_errno(mysql);

	if (code == CR_SSL_CONNECTION_ERROR && address->host != NULL &&
		server_address_is_local(address->host) &&
		!server_address_is_local(db->conf->database_host))
		return arena_printf(db->scratch,
			"%s; all hosts of [database] host need TLS, since one of them is another "
			"machine; set ssl_cert and ssl_key on this one",
			mysql_error(mysql));
	return code == METHOD_NOT_ALLOWED
		? "without TLS no server gets the password but by " SAFE_METHODS
		  "; run: ALTER USER ... IDENTIFIED VIA ed25519 USING PASSWORD('...'), or set "
		  "[database] tls_ca"
		: mysql_error(mysql);
}

static bool conn_read_password(const struct db *db, char password_r[SECRET_FILE_SIZE])
{
	const struct conf *conf = db->conf;
	const struct db_login *login = db->conn->login;

	return login != NULL
		? secret_file_read(login->password, "", password_r, SECRET_FILE_SIZE)
		: secret_file_read(conf->database_password, conf->database_password_file,
			  password_r, SECRET_FILE_SIZE);
}

int conn_connect(struct db *db, const struct server_address *address)
{
	const struct conf *conf = db->conf;
	const struct db_login *login = db->conn->login;
	const char *user = login != NULL ? login->user : conf->database_user;
	MYSQL *mysql;
	const MYSQL *opened;
	char password[SECRET_FILE_SIZE];

	db->conn->asked_us = clock_monotonic_us();
	if (regular_file_is_other(conf->database_tls_ca))
		return conn_refuse_authorities(db);
	if (!conn_read_password(db, password))
		return conn_refuse_password(db);
	mysql = db->conn->mysql = mysql_init(NULL);
	if (mysql == NULL)
		BUG("out of memory");
	conn_set_options(mysql, db, address);
	/* With CLIENT_FOUND_ROWS an UPDATE reports how many rows it matched, changed or not. */
	opened = mysql_real_connect(mysql, address->host, user, password,
		db->conn->is_without_database ? NULL : conf->database_name, address->port,
		conf->database_socket, CLIENT_FOUND_ROWS);
	crypto_wipe(password, sizeof(password));
	if (opened == NULL) {
		conn_fail(db, mysql_errno(mysql), "(connect)", conn_refusal(db, address));
		if (db->error.kind == DB_ERROR_LOST || db->error.kind == DB_ERROR_UNSENT)
			db->error.kind = DB_ERROR_ABSENT;
		conn_close(db->conn);
		return -1;
	}
	db->conn->n_opened++;
	counter_add(COUNTER_DATABASE_CONNECTIONS, 1);
	return 0;
}
