/*
 * Anything as what an SMS gateway answers, and any template as what it is asked. Whatever it is, a
 * call is one request, and ends with an error that its header names.
 *
 * An input is a byte that chooses the driver, another for the type of the template's body, lines
 * for the template, and the answer as outside.h takes it.
 */
#include "arena.h"
#include "conf.h"
#include "fuzz.h"
#include "outside.h"
#include "sms.h"
#include "str.h"

static const char *const drivers[] = {"aliyun", "tencent", "template", "template"};
static const char *const types[] = {
	"application/x-www-form-urlencoded", "application/json", "text/xml", "text/plain"};

/* A configuration that conf.h would read: UTF-8 without controls. */
static const char *take_setting(struct fuzz_input *input, const char *preset)
{
	const char *line = fuzz_take_line(input);

	for (const char *at = line; *at != '\0'; at++)
		if ((unsigned char)*at < ' ')
			return preset;
	return str_is_utf8(line, strlen(line)) && *line != '\0' ? line : preset;
}

static void choose(struct conf *conf, struct fuzz_input *input)
{
	const unsigned choice = fuzz_take_byte(input);

	conf->sms_driver = drivers[choice % 4];
	conf->sms_content_type = types[choice / 4 % 4];
	conf->sms_method = (choice & 16) != 0 ? "GET" : "POST";
	conf->sms_access_key = "key";
	conf->sms_secret = "secret";
	conf->sms_sign_name = "签名";
	conf->sms_template_code = "SMS_1";
	conf->sms_app_id = "1400000000";
	conf->sms_template_params = take_setting(input, "${code}");
	conf->sms_query = take_setting(input, "to=${phone}&text=${code}");
	conf->sms_headers = take_setting(input, "");
	conf->sms_body = (choice & 16) != 0 ? "" : take_setting(input, "");
	conf->sms_success_text = take_setting(input, "OK");
	conf->sms_success_member = take_setting(input, "");
}

static void check_err(enum err err, int32_t wait_s)
{
	static const enum err may_be[] = {ERR_NONE, ERR_SMS_RATE, ERR_SMS_REFUSED,
		ERR_UPSTREAM_CONFIG, ERR_UPSTREAM_UNSENT, ERR_UPSTREAM};
	size_t i = 0;

	while (i < sizeof(may_be) / sizeof(may_be[0]) && may_be[i] != err)
		i++;
	if (i == sizeof(may_be) / sizeof(may_be[0]))
		BUG("a call ends with %s", err_name(err));
	if (wait_s < 0 || wait_s > 24 * 3600 || (wait_s > 0 && err != ERR_SMS_RATE))
		BUG("%s and %d seconds", err_name(err), wait_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct sms_message message = {
		.phone = "13800138000", .code = "123456", .request_id = "0123456789abcdef"};
	struct fuzz_input input;
	struct arena *arena = fuzz_begin(&input, bytes, size);
	struct conf conf = *fuzz_conf();
	struct sms *sms;
	struct sms_told told;
	enum err err;

	choose(&conf, &input);
	outside_answer(&input);
	sms = sms_new(&conf, NULL, NULL);
	if (sms == NULL)
		return 0;
	err = sms_send_code(sms, arena, &message, &told);
	check_err(err, told.wait_s);
	if (outside_n_asked() > 1)
		BUG("a message is sent %u times", outside_n_asked());
	sms_probe(sms);
	sms_free(sms);
	return 0;
}
