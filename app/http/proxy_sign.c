#include "proxy_sign.h"
#include "request.h"
#include "str.h"

/* How their names begin, as FastCGI writes them after HTTP_. */
static const char *const beginnings[] = {
	/* Apache, Caddy, Traefik; HAProxy with "option forwardfor" or "option forwarded"; nginx as
	 * most configure it; all load balancers */
	"X_FORWARDED",
	"FORWARDED", /* RFC 7239, and Forwarded-For */
	"VIA=",      /* RFC 9110: Caddy, Varnish, Squid, CDNs; Apache with ProxyVia */
	"CDN_",      /* CDN-Loop of RFC 8586: Cloudflare, Fastly; CDN-Src-IP: Huawei */
	"X_REAL_",   /* nginx as most configure it, Traefik, CLB of Tencent, ELB of Huawei, frp */
	/* further names of the client's address */
	"X_CLIENT_", /* also X-Client-Scheme: CDN of Aliyun; X-Client-Proto: CLB of Tencent */
	"CLIENT_IP=",
	"TRUE_CLIENT_IP=",
	"X_CLUSTER_CLIENT_IP=",
	"X_ORIGINAL_FORWARDED_",
	"X_FORWARD_", /* X-Forward-Port: CDN of Tencent */
	"X_PROXY",
	"PROXY_CLIENT_",
	"WL_PROXY_", /* WebLogic, WAF of Aliyun */
	/* of one vendor */
	"CF_",       /* CF-Connecting-IP, CF-Ray, CF-Visitor: Cloudflare */
	"ALI_",      /* Ali-CDN-Real-IP: CDN of Aliyun */
	"EAGLEEYE_", /* EagleEye-TraceId: CDN and load balancers of Aliyun */
	"SLB_",      /* SLB-ID, SLB-IP: CLB of Aliyun */
	"ALB_",      /* ALB-ID: ALB of Aliyun */
	"EO_",       /* EO-Connecting-IP: EdgeOne of Tencent */
	"X_STGW_",   /* CLB of Tencent */
	"X_NWS_",    /* CDN of Tencent */
	"X_TENCENT_",
	"X_ELB_",     /* Huawei */
	"X_AMZN_",    /* load balancers of AWS */
	"X_AMZ_CF_",  /* CloudFront */
	"CLOUDFRONT_",
	"X_AZURE_",
	"X_ARR_", /* IIS */
	"X_CLOUD_TRACE_CONTEXT=", /* Google */
	"AKAMAI_",
	"FASTLY_",
	"X_VARNISH=",
	"X_ENVOY_",
};

static bool is_of_proxy(const char *name)
{
	if (str_starts_with(name, "X_FORWARDED_FOR="))
		return false;
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (str_starts_with(name, beginnings[i]))
			return true;
	return false;
}

bool proxy_sign_in_headers(const struct request *req)
{
	static const char prefix[] = "HTTP_";

	for (char *const *at = req->environment; at != NULL && *at != NULL; at++) {
		const char *value = strchr(*at, '=');

		if (str_starts_with(*at, prefix) && value != NULL && value[1] != '\0' &&
			is_of_proxy(*at + sizeof(prefix) - 1))
			return true;
	}
	return false;
}

/* nginx passes the protocol in REQUEST_LINE, the other web servers in SERVER_PROTOCOL. */
static bool is_of_http_1_0(const char *param)
{
	const char *protocol = str_starts_with(param, "REQUEST_LINE=") ? strrchr(param, ' ')
		: str_starts_with(param, "SERVER_PROTOCOL=")           ? strchr(param, '=')
								       : NULL;

	return protocol != NULL && strcmp(protocol + 1, "HTTP/1.0") == 0;
}

bool proxy_sign_is_there(const struct request *req)
{
	for (char *const *at = req->environment; at != NULL && *at != NULL; at++)
		if (is_of_http_1_0(*at))
			return true;
	return proxy_sign_in_headers(req);
}
