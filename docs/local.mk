# All documents are installed. Where one names a directory of "make install", its reader finds that of this build.
documents = `cd $(srcdir) && ls README*.md %D%/*.md %D%/*/*.md`
install-data-local: install-documents
install-documents:
	$(AM_V_GEN)for file in $(documents); do \
		($(MKDIR_P) "$(DESTDIR)$(docdir)/`dirname $$file`" && \
		sed -e 's|/usr/local/libexec/wxuser|$(pkglibexecdir)|g' \
			-e 's|/usr/local/share/doc/wxuser|$(docdir)|g' \
			-e 's|/usr/local/share/wxuser|$(pkgdatadir)|g' \
			-e 's|/usr/local/share/man|$(mandir)|g' \
			-e 's|/usr/local/lib/systemd/system|$(systemdsystemunitdir)|g' \
			-e 's|/usr/local/bin|$(bindir)|g' -e 's|/usr/local/sbin|$(sbindir)|g' \
			-e 's|/etc/wxuser|$(sysconfdir)/wxuser|g' \
			"$(srcdir)/$$file" > "$(DESTDIR)$(docdir)/$$file") || exit 1; done
uninstall-local: uninstall-documents
uninstall-documents:
	for file in $(documents); do rm -f "$(DESTDIR)$(docdir)/$$file"; done
.PHONY: install-documents uninstall-documents
