libbase_a_CPPFLAGS = $(SEES_BASE) $(CRYPTO_CFLAGS) $(INIH_CFLAGS)
libbase_a_SOURCES = \
	%D%/arena.c %D%/arena.h \
	%D%/ascii.h \
	%D%/banned.h \
	%D%/buf.c %D%/buf.h \
	%D%/clock.c %D%/clock.h \
	%D%/conf.h \
	%D%/conf_key.c %D%/conf_key.h %D%/conf.def \
	%D%/conf_load.c \
	%D%/crypto.c %D%/crypto.h %D%/crypto_openssl.h \
	%D%/datagram.c %D%/datagram.h \
	%D%/encoding.c %D%/encoding.h \
	%D%/err.c %D%/err.h \
	%D%/fiber.c %D%/fiber.h \
	%D%/fold.c %D%/fold.h \
	%D%/heap.c %D%/heap.h \
	%D%/http_status.c %D%/http_status.h \
	%D%/id_card.c %D%/id_card.h \
	%D%/key_file.c %D%/key_file.h \
	%D%/last_line.c %D%/last_line.h \
	%D%/log.c %D%/log.h \
	%D%/log_file.c \
	%D%/log_journald.c \
	%D%/log_sink.c %D%/log_sink.h \
	%D%/log_syslog.c \
	%D%/logfmt.c %D%/logfmt.h \
	%D%/mobile.c %D%/mobile.h \
	%D%/network.c %D%/network.h \
	%D%/permission.c %D%/permission.h \
	%D%/pool.c %D%/pool.h \
	%D%/principal.c %D%/principal.h \
	%D%/regular_file.c %D%/regular_file.h \
	%D%/sanitize.c %D%/sanitize.h \
	%D%/secret.c %D%/secret.h \
	%D%/secret_file.c %D%/secret_file.h \
	%D%/secret_key_file.c \
	%D%/secret_keys.c %D%/secret_keys.h \
	%D%/secret_purpose.c %D%/secret_purpose.h %D%/secret_purpose.def \
	%D%/secret_token.c \
	%D%/shortage.c %D%/shortage.h \
	%D%/str.c %D%/str.h \
	%D%/suggestion.c %D%/suggestion.h \
	%D%/user_name.c %D%/user_name.h \
	%D%/uuid.c %D%/uuid.h
if OPENSSL_3
libbase_a_SOURCES += %D%/crypto_openssl3.c
else
libbase_a_SOURCES += %D%/crypto_openssl1.c
endif
