#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "called_app.h"
#include "charset.h"
#include "conf.h"
#include "config_check.h"
#include "cors.h"
#include "log.h"
#include "network.h"
#include "node.h"
#include "regular_file.h"
#include "secret_file.h"
#include "server_address.h"
#include "sms.h"
#include "str.h"
#include "trusted_network.h"
#include "user_name.h"
#include "wechat.h"

#define CERTIFICATE_LINE_SIZE 128

static int config_check_network_list(const char *key, const char *list)
{
	const char *word;
	size_t size;

	if (!network_list_find_problem(list, &word, &size))
		return 0;
	log_error("%s: %.*s is no network; write it as 10.1.2.0/24 or 2001:db8::7", key, (int)size,
		word);
	return -1;
}

static int config_check_networks(const struct conf *conf)
{
	const char *problem = trusted_network_find_problem(conf);
	int status = config_check_network_list("http.trusted_proxies", conf->http_trusted_proxies) |
		config_check_network_list("ops.networks", conf->ops_networks);

	if (problem != NULL) {
		log_error("%s", problem);
		return -1;
	}
	if (*conf->auth_trusted_networks != '\0')
		log_warning("auth.trusted_networks is %s: whoever is there needs no credential",
			conf->auth_trusted_networks);
	return status;
}

/* Checks the addresses and proxies of WeChat and the SMS gateway. */
static int config_check_sites(const struct conf *conf)
{
	struct wechat *wechat = wechat_new(conf, NULL, NULL);
	struct sms *sms = sms_new(conf, NULL, NULL);
	int status = wechat == NULL || sms == NULL ? -1 : 0;

	sms_free(sms);
	wechat_free(wechat);
	return status;
}

/* errno: 0 if the file could be read. */
static bool holds_certificate(const char *path)
{
	FILE *file = regular_file_read(path);
	char line[CERTIFICATE_LINE_SIZE];
	bool holds = false;

	if (file == NULL)
		return false;
	while (!holds && fgets(line, sizeof(line), file) != NULL)
		holds = str_starts_with(line, "-----BEGIN ") &&
			strstr(line, "CERTIFICATE-----") != NULL;
	errno = ferror(file) ? errno : 0;
	fclose(file);
	return holds;
}

static int config_check_authorities(const char *key, const char *path)
{
	char text[PERMISSION_TEXT_SIZE];

	if (str_is_empty(path) || holds_certificate(path))
		return 0;
	if (errno == 0)
		log_error("%s: %s holds no certificate; it is a file of certificates in PEM", key,
			path);
	else if (errno == EACCES && permission_check_parents(path, text) != NULL)
		log_error("%s: %s", key, text);
	else if (errno == EACCES)
		log_error("%s: user %s may not read %s; run: chmod a+r %s", key,
			user_name(geteuid()), path, path);
	else
		log_error("%s: %s: %s; name a file of certificates in PEM", key, path,
			regular_file_error(errno));
	return -1;
}

static int config_check_secret(const char *key, const char *path)
{
	char text[PERMISSION_TEXT_SIZE];
	const char *problem = str_is_empty(path) ? NULL : secret_file_find_problem(path, text);

	if (problem != NULL)
		log_error("%s: %s", key, problem);
	return problem == NULL ? 0 : -1;
}

/* Root reads the file at the start, the service's user at a reload and an upgrade. */
static void config_check_own_file(const char *path)
{
	char text[PERMISSION_TEXT_SIZE];
	const char *denial = path == NULL ? NULL : permission_check_file(path, text);

	if (denial != NULL)
		log_warning("a reload or an upgrade will be refused: %s", denial);
}

static int config_check_files(const struct conf *conf)
{
	return config_check_authorities("wechat.ca_file", conf->wechat_ca_file) |
		config_check_authorities("sms.ca_file", conf->sms_ca_file) |
		config_check_authorities("database.tls_ca", conf->database_tls_ca) |
		config_check_secret("database.password_file", conf->database_password_file) |
		config_check_secret("sms.secret_file", conf->sms_secret_file);
}

const char *config_find_old_erasure_log(const struct conf *conf, char text_r[PERMISSION_TEXT_SIZE])
{
	return permission_check_moved(conf->keys_erasure_log, SYSCONFDIR "/wxuser/erasures.log",
		conf->server_user, text_r);
}

static int config_check_erasure_log(const struct conf *conf)
{
	char text[PERMISSION_TEXT_SIZE];
	const char *problem = config_find_old_erasure_log(conf, text);

	if (problem != NULL)
		log_error("keys.erasure_log: %s", problem);
	return problem == NULL ? 0 : -1;
}

static int refuse_if(bool is_wrong, const char *what)
{
	if (is_wrong)
		log_error("%s", what);
	return is_wrong ? -1 : 0;
}

static bool is_base_path(const char *path)
{
	const size_t size = strlen(path);

	return size == 0 ||
		(*path == '/' && size > 1 && path[size - 1] != '/' && strpbrk(path, "?# ") == NULL);
}

static int config_check_database(const char *hosts)
{
	const char *problem = server_address_find_problem(hosts);

	if (strstr(hosts, "://") != NULL)
		log_error("database.host is the name of a host, without anything:// before it");
	else if (problem != NULL)
		log_error("database.host: %s: %s", hosts, problem);
	else if (server_address_count(hosts) > NODES_MAX)
		log_error("database.host: %s: at most %d hosts", hosts, NODES_MAX);
	else
		return 0;
	return -1;
}

static int config_check_texts(const struct conf *conf)
{
	return refuse_if(!is_base_path(conf->server_base_path),
		       "server.base_path must begin with / and not end with it, as /wx") |
		refuse_if(!str_is_empty(conf->database_password) &&
				!str_is_empty(conf->database_password_file),
			"database.password and password_file are both set; take out one") |
		refuse_if(!str_is_empty(conf->sms_secret) && !str_is_empty(conf->sms_secret_file),
			"sms.secret and secret_file are both set; take out one") |
		refuse_if(strpbrk(conf->account_email_domain, "@ /") != NULL,
			"account.email_domain is a domain alone, as example.com");
}

static int config_check_origins(const struct conf *conf)
{
	char text[CORS_TEXT_SIZE];
	const char *problem = cors_find_problem(conf->http_origins, text);

	return refuse_if(problem != NULL, problem);
}

static int config_check_apps(const struct conf *conf)
{
	char text[CALLED_APP_TEXT_SIZE];
	const char *problem = called_app_find_problem(conf, text);

	if (problem != NULL)
		log_error("%s", problem);
	return problem == NULL ? 0 : -1;
}

/* Opens them for good, since a worker may have no file left when a client sends such text. */
static int config_check_encodings(void)
{
	if (!charset_open_gb18030())
		log_warning(
			"the C library cannot convert GB18030, so that bodies in it are refused; "
			"install its gconv modules (glibc-gconv-extra)");
	if (charset_open_utf16())
		return 0;
	log_error("the C library cannot convert UTF-16; install its gconv modules");
	return -1;
}

int config_check(const struct conf *conf)
{
	config_check_own_file(conf->path);
	return config_check_texts(conf) | config_check_database(conf->database_host) |
		config_check_apps(conf) | config_check_origins(conf) |
		config_check_networks(conf) | config_check_files(conf) | config_check_sites(conf) |
		config_check_erasure_log(conf) | config_check_encodings();
}
