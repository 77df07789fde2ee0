# To be copied by those who call the service; the documents link to them.
clients = `cd $(srcdir) && find %D% -type f ! -name local.mk`
install-data-local: install-clients
install-clients:
	$(AM_V_GEN)for file in $(clients); do \
		($(MKDIR_P) "$(DESTDIR)$(docdir)/`dirname $$file`" && \
		$(INSTALL_DATA) "$(srcdir)/$$file" "$(DESTDIR)$(docdir)/$$file") || exit 1; done
uninstall-local: uninstall-clients
uninstall-clients:
	for file in $(clients); do rm -f "$(DESTDIR)$(docdir)/$$file"; done
.PHONY: install-clients uninstall-clients
