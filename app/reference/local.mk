# What the program's tables say, for documents of the source; tests/lint/run tells when they are stale.
wxuser_reference_CPPFLAGS = $(libctl_a_CPPFLAGS) -iquote $(srcdir)/%D% -USYSCONFDIR -DSYSCONFDIR='"@sysconfdir'@'"' \
	-URUNSTATEDIR -DRUNSTATEDIR='"@runstatedir'@'"' \
	-ULOCALSTATEDIR -DLOCALSTATEDIR='"@localstatedir'@'"' \
	-UDATABASE_SOCKET -DDATABASE_SOCKET='"@database_socket'@'"' \
	-UWEB_GROUP -DWEB_GROUP='"@web_group'@'"' $(INIH_CFLAGS)
wxuser_reference_SOURCES = %D%/main.c app/base/conf_key.c \
	%D%/cause.c %D%/cause.h \
	%D%/cause_table.c %D%/cause_table.h \
	%D%/form_value.c %D%/form_value.h \
	%D%/html.c %D%/html.h \
	%D%/login_errors.c %D%/login_errors.h \
	%D%/media.c %D%/media.h \
	%D%/members.c %D%/members.h \
	%D%/openapi.c %D%/openapi.h \
	%D%/page.c %D%/page.h \
	%D%/page_errors.c %D%/page_errors.h \
	%D%/page_samples.c %D%/page_samples.h \
	%D%/pages.c %D%/pages.h \
	%D%/responses.c %D%/responses.h \
	%D%/sample.c %D%/sample.h \
	%D%/schema.c %D%/schema.h \
	%D%/settings.c %D%/settings.h \
	%D%/snippet.c %D%/snippet.h \
	%D%/told.c %D%/told.h
wxuser_reference_LDADD = libctl.a $(OWN_LIBS) $(FOREIGN_LIBS)
documents: wxuser-reference
	./wxuser-reference sample >$(srcdir)/conf/wxuser.conf.in
	./wxuser-reference keys >$(srcdir)/man/keys.mdoc
	./wxuser-reference commands >$(srcdir)/man/commands.mdoc
	./wxuser-reference login-errors >$(srcdir)/docs/refusals.md
	./wxuser-reference login-errors-zh >$(srcdir)/docs/zh/refusals.md
	./wxuser-reference settings >$(srcdir)/docs/settings.md
	./wxuser-reference settings-zh >$(srcdir)/docs/zh/settings.md
.PHONY: documents
