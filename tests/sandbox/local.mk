# The stand-in for WeChat's servers; built with the rest, since the quick start runs on it.
wxuser_sandbox_fcgi_CPPFLAGS = $(SEES_PROCESS) -iquote $(srcdir)/app/remote -iquote $(srcdir)/db \
	-I tests/sandbox $(JANSSON_CFLAGS)
wxuser_sandbox_fcgi_SOURCES = \
	%D%/api.c %D%/api.h \
	%D%/apps.c \
	%D%/call_note.c %D%/call_note.h \
	%D%/call_store.c %D%/call_store.h \
	%D%/calls.c \
	%D%/cgi_bin.c \
	%D%/random_id.c %D%/random_id.h \
	%D%/codes.c \
	%D%/control.c %D%/control.h \
	%D%/sandbox_endpoint.c %D%/sandbox_endpoint.h \
	%D%/endpoints.h \
	%D%/errcode.h \
	%D%/fault.c %D%/fault.h \
	%D%/faults.c \
	%D%/gateway.c %D%/gateway.h \
	%D%/gateway_aliyun.c \
	%D%/gateway_template.c \
	%D%/gateway_tencent.c \
	%D%/hex.c %D%/hex.h \
	%D%/inbox.c %D%/inbox.h \
	%D%/main.c \
	%D%/page.c \
	%D%/phone_code.c %D%/phone_code.h \
	%D%/push.c \
	%D%/sns.c \
	%D%/store.c %D%/store.h \
	%D%/wxa.c
wxuser_sandbox_fcgi_LDADD = libdb.a libremote.a libprocess.a libhttp.a libwire.a libstats.a libbase.a \
	$(FOREIGN_LIBS)

%D%/schema.inc: $(srcdir)/tests/sandbox/schema.sql $(srcdir)/db/schema/embed.awk
	$(AM_V_GEN)$(MKDIR_P) tests/sandbox && \
		$(AWK) -f $(srcdir)/db/schema/embed.awk $(srcdir)/tests/sandbox/schema.sql > $@.new && \
		mv $@.new $@
%D%/wxuser_sandbox_fcgi-store.$(OBJEXT): %D%/schema.inc
AS_C_STRING = sed 's/[\\"]/\\&/g; s/.*/"&\\n"/'
%D%/page.inc: $(srcdir)/tests/sandbox/page.html
	$(AM_V_GEN)$(MKDIR_P) tests/sandbox && \
		$(AS_C_STRING) $(srcdir)/tests/sandbox/page.html > $@.new && mv $@.new $@
%D%/page_script.inc: $(srcdir)/tests/sandbox/page.js
	$(AM_V_GEN)$(MKDIR_P) tests/sandbox && \
		$(AS_C_STRING) $(srcdir)/tests/sandbox/page.js > $@.new && mv $@.new $@
%D%/wxuser_sandbox_fcgi-page.$(OBJEXT): %D%/page.inc %D%/page_script.inc
CLEANFILES += %D%/schema.inc %D%/page.inc %D%/page_script.inc
