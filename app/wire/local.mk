libwire_a_CPPFLAGS = $(SEES_WIRE) $(XML_CFLAGS)
libwire_a_SOURCES = \
	%D%/bind.h \
	%D%/binder.c %D%/binder.h \
	%D%/charset.c %D%/charset.h \
	%D%/date.c %D%/date.h \
	%D%/date_parse.c \
	%D%/escape.h \
	%D%/json_number.c %D%/json_number.h \
	%D%/json_reader.c %D%/json_reader.h \
	%D%/json_writer.c %D%/json_writer.h \
	%D%/media_type.c %D%/media_type.h \
	%D%/negotiate.c %D%/negotiate.h \
	%D%/shape.h \
	%D%/shape_form.c \
	%D%/shape_json.c \
	%D%/shape_loose.c \
	%D%/shape_query.c \
	%D%/shape_xml.c \
	%D%/urlencoded.c %D%/urlencoded.h \
	%D%/xml_writer.c %D%/xml_writer.h
