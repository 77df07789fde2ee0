libhttp_a_CPPFLAGS = $(SEES_HTTP)
libhttp_a_SOURCES = \
	%D%/address.c %D%/address.h \
	%D%/cors.c %D%/cors.h \
	%D%/credential.c %D%/credential.h \
	%D%/dispatch.c %D%/dispatch.h \
	%D%/endpoint.c %D%/endpoint.h \
	%D%/header.c %D%/header.h \
	%D%/limit.c %D%/limit.h \
	%D%/problem.c %D%/problem.h \
	%D%/proxy_sign.c %D%/proxy_sign.h \
	%D%/request.c %D%/request.h \
	%D%/route.c %D%/route.h \
	%D%/service.h
