# What the web server serves itself.
wwwdir = $(pkgdatadir)/www
dist_www_DATA = %D%/index.html
www_DATA = %D%/openapi.json
CASES = $(srcdir)/tests/cases
%D%/openapi.json: wxuser-reference $(CASES)/*/*/*
	$(AM_V_GEN)$(MKDIR_P) %D% && ./wxuser-reference openapi $(CASES) > $@.new && mv $@.new $@
CLEANFILES += %D%/openapi.json
www_helpdir = $(wwwdir)/help
dist_www_help_DATA = %D%/help/help.js %D%/help/style.css %D%/help/try.js
# How many pages there are is the table's to tell.
all-local: %D%/help/index.html
%D%/help/index.html: wxuser-reference $(CASES)/*/*/*
	$(AM_V_GEN)$(MKDIR_P) %D%/help && rm -f %D%/help/*.html && ./wxuser-reference pages $(CASES) %D%/help
install-data-local: install-pages
install-pages: %D%/help/index.html
	$(MKDIR_P) "$(DESTDIR)$(www_helpdir)"
	$(INSTALL_DATA) %D%/help/*.html "$(DESTDIR)$(www_helpdir)"
uninstall-local: uninstall-pages
uninstall-pages:
	rm -f "$(DESTDIR)$(www_helpdir)"/*.html
clean-local: clean-pages
clean-pages:
	rm -f %D%/help/*.html
.PHONY: install-pages uninstall-pages clean-pages
