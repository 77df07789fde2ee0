# What the web server serves itself.
wwwdir = $(pkgdatadir)/www
dist_www_DATA = %D%/index.html
www_DATA = %D%/openapi.json
CASES = $(srcdir)/tests/cases
%D%/openapi.json: wxuser-reference $(CASES)/*/*/*
	$(AM_V_GEN)$(MKDIR_P) %D% && ./wxuser-reference openapi $(CASES) > $@.new && mv $@.new $@
CLEANFILES += %D%/openapi.json
www_helpdir = $(wwwdir)/help
dist_www_help_DATA = %D%/help/index.html %D%/help/style.css
