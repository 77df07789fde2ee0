# All documents are installed. Where a path in one begins with a directory of "make install", its reader finds that of
# this build. $HOME/wxuser/etc/wxuser stays: it only contains such a name.
documents = `cd $(srcdir) && ls README*.md SECURITY*.md CONTRIBUTING.md %D%/*.md %D%/*.svg %D%/*/*.md`
path_begins = (^|[^A-Za-z0-9_.~}/-])
install-data-local: install-documents
install-documents:
	$(AM_V_GEN)for file in $(documents); do \
		($(MKDIR_P) "$(DESTDIR)$(docdir)/`dirname $$file`" && \
		LC_ALL=C sed -E -e 's,$(path_begins)/usr/local/libexec/wxuser,\1$(pkglibexecdir),g' \
			-e 's,$(path_begins)/usr/local/share/doc/wxuser,\1$(docdir),g' \
			-e 's,$(path_begins)/usr/local/share/wxuser,\1$(pkgdatadir),g' \
			-e 's,$(path_begins)/usr/local/share/man,\1$(mandir),g' \
			-e 's,$(path_begins)/usr/local/lib/systemd/system,\1$(systemdsystemunitdir),g' \
			-e 's,$(path_begins)/usr/local/bin,\1$(bindir),g' \
			-e 's,$(path_begins)/usr/local/sbin,\1$(sbindir),g' \
			-e 's,$(path_begins)/run/wxuser,\1$(runstatedir)/wxuser,g' \
			-e 's,$(path_begins)/etc/wxuser,\1$(sysconfdir)/wxuser,g' \
			"$(srcdir)/$$file" > "$(DESTDIR)$(docdir)/$$file") || exit 1; done
uninstall-local: uninstall-documents
uninstall-documents:
	for file in $(documents); do rm -f "$(DESTDIR)$(docdir)/$$file"; done
.PHONY: install-documents uninstall-documents
