wxuser_fcgi_CPPFLAGS = $(SEES_ALL) -iquote $(srcdir)/%D%
wxuser_fcgi_SOURCES = %D%/main.c %D%/config_check.c %D%/config_check.h
wxuser_fcgi_LDADD = $(OWN_LIBS) $(FOREIGN_LIBS)
