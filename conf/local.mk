# Files that name directories, made from FILE.in: @sbindir@ and its like become this build's.
SUFFIXES = .in
edit = sed -e 's|@bindir[@]|$(bindir)|g' -e 's|@sbindir[@]|$(sbindir)|g' \
	-e 's|@pkglibexecdir[@]|$(pkglibexecdir)|g' -e 's|@pkgdatadir[@]|$(pkgdatadir)|g' \
	-e 's|@sysconfdir[@]|$(sysconfdir)|g' -e 's|@localstatedir[@]|$(localstatedir)|g' \
	-e 's|@runstatedir[@]|$(runstatedir)|g' -e 's|@docdir[@]|$(docdir)|g' \
	-e 's|@database_socket[@]|$(database_socket)|g' -e 's|@web_group[@]|$(web_group)|g' \
	-e 's|@VERSION[@]|$(VERSION)|g'
.in:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed -e '/^[@]keys[@]/r $(srcdir)/man/keys.mdoc' \
		-e '/^[@]commands[@]/r $(srcdir)/man/commands.mdoc' \
		-e '/^[@]keys[@]/d; /^[@]commands[@]/d' $< | $(edit) > $@.new && mv $@.new $@
PLACED = $(man_MANS) $(pkgdata_DATA) $(bash_completion_DATA) $(apache_DATA) $(apache_shared_DATA) $(apache_site_DATA) \
	$(galera_DATA) $(lighttpd_DATA) $(lighttpd_site_DATA) $(logrotate_DATA) $(nginx_DATA) $(nginx_site_DATA) \
	$(supervisord_DATA) $(systemdsystemunit_DATA) $(pkglibexec_SCRIPTS)
$(PLACED): Makefile
CLEANFILES += $(PLACED)

# mod_fcgid starts these.
pkglibexec_SCRIPTS = %D%/apache/core.fcgi %D%/apache/remote.fcgi
if WITH_UNITS
systemdsystemunit_DATA = %D%/systemd/wxuser-core.socket %D%/systemd/wxuser-remote.socket \
	%D%/systemd/wxuser.service
endif

# A web server's site includes these.
nginxdir = $(pkgdatadir)/nginx
dist_nginx_DATA = %D%/nginx/errors.conf %D%/nginx/fastcgi.conf %D%/nginx/log.conf
nginx_DATA = %D%/nginx/console.conf %D%/nginx/routes.conf %D%/nginx/wxuser.conf
apachedir = $(pkgdatadir)/apache
dist_apache_DATA = %D%/apache/log.conf
apache_DATA = %D%/apache/console.conf %D%/apache/fcgid.conf %D%/apache/proxy_fcgi.conf %D%/apache/routes.conf %D%/apache/wxuser.conf
lighttpddir = $(pkgdatadir)/lighttpd
lighttpd_DATA = %D%/lighttpd/console.conf %D%/lighttpd/routes.conf %D%/lighttpd/wxuser.conf
# Which paths there are is the program's to tell.
ROUTES = $(AM_V_GEN)$(MKDIR_P) $(@D) && ./wxuserctl --config /dev/null routes
%D%/nginx/routes.conf: wxuserctl
	$(ROUTES) nginx > $@.new && mv $@.new $@
%D%/apache/routes.conf: wxuserctl
	$(ROUTES) apache > $@.new && mv $@.new $@
%D%/lighttpd/routes.conf: wxuserctl
	$(ROUTES) lighttpd > $@.new && mv $@.new $@
%D%/apache/shared/htaccess: %D%/apache/shared/htaccess.in wxuserctl
	$(ROUTES) htaccess | $(edit) $(srcdir)/%D%/apache/shared/htaccess.in - > $@.new && mv $@.new $@

# Where bash looks for the completion of a command.
bash_completiondir = $(datadir)/bash-completion/completions
bash_completion_DATA = %D%/bash/wxuserctl
%D%/bash/wxuserctl: wxuserctl
	$(AM_V_GEN)$(MKDIR_P) $(@D) && ./wxuserctl completion bash > $@.new && mv $@.new $@

# An operator reads or copies these.
dist_doc_DATA = CHANGES.md LICENSE
pkgdata_DATA = %D%/wxuser.conf
nginx_sitedir = $(docdir)/nginx
nginx_site_DATA = %D%/nginx/site.conf
prometheusdir = $(docdir)/prometheus
dist_prometheus_DATA = %D%/prometheus/dashboard.json %D%/prometheus/prometheus.yml \
	%D%/prometheus/wxuser.rules.yml
apache_sitedir = $(docdir)/apache
apache_site_DATA = %D%/apache/fcgid.cron %D%/apache/site.conf
apache_shareddir = $(docdir)/apache/shared
apache_shared_DATA = %D%/apache/shared/htaccess
galeradir = $(docdir)/galera
dist_galera_DATA = %D%/galera/galera.cnf %D%/galera/keepalived.conf
galera_DATA = %D%/galera/haproxy-database.cfg %D%/galera/haproxy-web.cfg
lighttpd_sitedir = $(docdir)/lighttpd
lighttpd_site_DATA = %D%/lighttpd/site.conf
logrotatedir = $(docdir)/logrotate
logrotate_DATA = %D%/logrotate/wxuser
supervisorddir = $(docdir)/supervisord
supervisord_DATA = %D%/supervisord/fcgi-program.conf %D%/supervisord/spawn-fcgi.conf

# Whatever the umask, directories are open to all and writable for their owner only: the web server reads some, and suexec
# refuses programs that others may write.
MKDIR_P = umask 022 && @MKDIR_P@
install-exec-hook:
	chmod go-w "$(DESTDIR)$(pkglibexecdir)"

# The directories of configuration and keys, and of erasures.log; and that of sockets unless it is below /run.
install-data-local:
	if test ! -d "$(DESTDIR)$(sysconfdir)/wxuser"; then \
		$(MKDIR_P) -m 700 "$(DESTDIR)$(sysconfdir)/wxuser"; fi
	if test ! -d "$(DESTDIR)$(localstatedir)/lib/wxuser"; then \
		$(MKDIR_P) -m 700 "$(DESTDIR)$(localstatedir)/lib/wxuser"; fi
	if test "$(runstatedir)" != /run; then $(MKDIR_P) "$(DESTDIR)$(runstatedir)/wxuser"; fi
# The program writes the texts of the web server's own error answers.
install-data-hook:
	$(MKDIR_P) "$(DESTDIR)$(pkgdatadir)"
	./wxuserctl --config /dev/null errors export "$(DESTDIR)$(pkgdatadir)/errors"
uninstall-local:
	rm -rf "$(DESTDIR)$(pkgdatadir)/errors"
# Only empty directories.
uninstall-hook:
	cd "$(DESTDIR)/" && find ".$(docdir)" ".$(pkgdatadir)" ".$(pkglibexecdir)" \
		".$(sysconfdir)/wxuser" ".$(localstatedir)/lib/wxuser" ".$(runstatedir)/wxuser" -depth -type d -empty -delete 2>/dev/null || :
