# The web server serves these if the console is switched on. The libraries' licences go with them.
console = `cd $(srcdir) && find %D% -type f ! -name local.mk ! -name '*.md'`
install-data-local: install-console
install-console:
	$(AM_V_GEN)for file in $(console); do \
		($(MKDIR_P) "$(DESTDIR)$(pkgdatadir)/`dirname $$file`" && \
		$(INSTALL_DATA) "$(srcdir)/$$file" "$(DESTDIR)$(pkgdatadir)/$$file") || exit 1; done
uninstall-local: uninstall-console
uninstall-console:
	for file in $(console); do rm -f "$(DESTDIR)$(pkgdatadir)/$$file"; done
.PHONY: install-console uninstall-console
