#include "ascii.h"
#include "buf.h"
#include "clock.h"
#include "crypto.h"
#include "encoding.h"
#include "sms_signature.h"

static int compare_names(const void *a, const void *b)
{
	const struct http_param *one = a, *other = b;

	return strcmp(one->name, other->name);
}

void aliyun_sign(const char *method, struct http_param *params, const char *secret,
	char signature_r[ALIYUN_SIGNATURE_SIZE])
{
	struct buf query = {0}, text = {0}, key = {0};
	uint8_t mac[CRYPTO_SHA1_SIZE];
	size_t n_params = 0;

	while (params[n_params].name != NULL)
		n_params++;
	qsort(params, n_params, sizeof(params[0]), compare_names);
	http_url_append_params(&query, params);
	buf_printf(&text, "%s&%%2F&", method);
	buf_append_encoded(&text, query.data);
	buf_printf(&key, "%s&", secret);
	crypto_hmac_sha1(key.data, key.size, text.data, text.size, mac);
	encode_base64(mac, sizeof(mac), signature_r);
	buf_release(&query);
	buf_release(&text);
	buf_wipe(&key, 0);
}

void tencent_date(int64_t timestamp, char date_r[TENCENT_DATE_SIZE])
{
	struct civil civil;

	clock_to_civil(timestamp * CLOCK_SECOND_US, 0, &civil);
	snprintf(date_r, TENCENT_DATE_SIZE, "%04d-%02d-%02d", civil.year, civil.month, civil.day);
}

static void append_hash(struct buf *out, const void *bytes, size_t size)
{
	uint8_t hash[CRYPTO_HASH_SIZE];
	char hex[2 * CRYPTO_HASH_SIZE + 1];

	crypto_sha256(bytes, size, hash);
	encode_hex(hash, sizeof(hash), hex);
	buf_append_str(out, hex);
}

/* Appends the request in Tencent's canonical form. Header names are in lower case already. */
static void append_canonical(struct buf *out, const struct tencent_call *call)
{
	buf_append_str(out, "POST\n/\n\n");
	for (const struct http_param *header = call->headers; header->name != NULL; header++) {
		buf_printf(out, "%s:", header->name);
		for (const char *at = header->value; *at != '\0'; at++)
			buf_append_char(out, ascii_lower(*at));
		buf_append_char(out, '\n');
	}
	buf_append_char(out, '\n');
	for (const struct http_param *header = call->headers; header->name != NULL; header++)
		buf_printf(out, "%s%s", header == call->headers ? "" : ";", header->name);
	buf_append_char(out, '\n');
	append_hash(out, call->body, call->size);
}

static void derive(uint8_t key[CRYPTO_HASH_SIZE], const char *text)
{
	uint8_t mac[CRYPTO_HASH_SIZE];

	crypto_hmac_sha256(key, CRYPTO_HASH_SIZE, text, strlen(text), mac);
	memcpy(key, mac, sizeof(mac));
}

void tencent_sign(const struct tencent_call *call, const char *secret,
	char signature_r[TENCENT_SIGNATURE_SIZE])
{
	struct buf canonical = {0}, text = {0}, first = {0};
	uint8_t key[CRYPTO_HASH_SIZE];
	char date[TENCENT_DATE_SIZE];

	tencent_date(call->timestamp, date);
	append_canonical(&canonical, call);
	buf_printf(&text, "TC3-HMAC-SHA256\n%lld\n%s/%s/tc3_request\n", (long long)call->timestamp,
		date, call->service);
	append_hash(&text, canonical.data, canonical.size);
	buf_printf(&first, "TC3%s", secret);
	crypto_hmac_sha256(first.data, first.size, date, strlen(date), key);
	derive(key, call->service);
	derive(key, "tc3_request");
	derive(key, text.data);
	encode_hex(key, sizeof(key), signature_r);
	buf_release(&canonical);
	buf_release(&text);
	buf_wipe(&first, 0);
}
