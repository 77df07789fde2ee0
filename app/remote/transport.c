#include <string.h>

#include "transport.h"

#if LIBCURL_VERSION_NUM >= 0x075500 /* 7.85 */

CURLcode transport_allow(CURL *curl, const char *scheme)
{
	return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, scheme);
}

#else

CURLcode transport_allow(CURL *curl, const char *scheme)
{
	const bool is_https = strcmp(scheme, "https") == 0;

	return curl_easy_setopt(
		curl, CURLOPT_PROTOCOLS, (long)(is_https ? CURLPROTO_HTTPS : CURLPROTO_HTTP));
}

#endif

#if LIBCURL_VERSION_NUM >= 0x075000 /* 7.80 */

/* Called when the connection stands, before the request goes out. */
static int before_request(void *ctx, char *remote, char *local, int remote_port, int local_port)
{
	unsigned *n_sent = ctx;

	(void)remote, (void)local, (void)remote_port, (void)local_port;
	return (*n_sent)++ == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

CURLcode transport_send_once(CURL *curl, unsigned *n_sent)
{
	CURLcode refused = curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, before_request);

	return refused != CURLE_OK ? refused : curl_easy_setopt(curl, CURLOPT_PREREQDATA, n_sent);
}

bool transport_has_sent(CURL *curl, unsigned n_sent)
{
	(void)curl;
	return n_sent > 0;
}

#else

CURLcode transport_send_once(CURL *curl, unsigned *n_sent)
{
	(void)n_sent;
	return curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
}

bool transport_has_sent(CURL *curl, unsigned n_sent)
{
	curl_off_t began_us = 0;

	(void)n_sent;
	curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &began_us);
	return began_us > 0;
}

#endif
