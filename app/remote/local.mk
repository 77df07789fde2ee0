libremote_a_CPPFLAGS = $(SEES_REMOTE) $(CURL_CFLAGS) $(JANSSON_CFLAGS)
libremote_a_SOURCES = \
	%D%/answer.c %D%/answer.h \
	%D%/app_kind.c %D%/app_kind.h \
	%D%/authorities.c %D%/authorities.h \
	%D%/http_call.h \
	%D%/http_client.c %D%/http_client.h \
	%D%/http_url.c %D%/http_url.h \
	%D%/sms.c %D%/sms.h \
	%D%/sms_aliyun.c \
	%D%/sms_driver.h \
	%D%/sms_signature.c %D%/sms_signature.h \
	%D%/sms_template.c \
	%D%/sms_tencent.c \
	%D%/transfers.c %D%/transfers.h \
	%D%/transport.c %D%/transport.h \
	%D%/wechat.c %D%/wechat.h \
	%D%/wechat_phone.c %D%/wechat_phone.h \
	%D%/wechat_push.c %D%/wechat_push.h \
	%D%/wechat_refusal.c %D%/wechat_refusal.h \
	%D%/wechat_reply.c %D%/wechat_reply.h
