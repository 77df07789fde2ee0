# What the web server serves itself.
wwwdir = $(pkgdatadir)/www
dist_www_DATA = %D%/index.html
www_helpdir = $(wwwdir)/help
dist_www_help_DATA = %D%/help/index.html %D%/help/style.css
