# A program for each target, of one file; what several need is in libfuzz.a. tests/fuzz/run.sh builds them with clang.
FUZZ_TARGETS = \
	%D%/fuzz_conf \
	%D%/fuzz_credential \
	%D%/fuzz_csv \
	%D%/fuzz_erasures \
	%D%/fuzz_form \
	%D%/fuzz_json \
	%D%/fuzz_push \
	%D%/fuzz_records \
	%D%/fuzz_request \
	%D%/fuzz_route \
	%D%/fuzz_sms \
	%D%/fuzz_users \
	%D%/fuzz_wechat \
	%D%/fuzz_xml

check_PROGRAMS += $(FUZZ_TARGETS)
fuzz-targets: $(FUZZ_TARGETS)
.PHONY: fuzz-targets

check_LIBRARIES = %D%/libfuzz.a
%C%_libfuzz_a_SOURCES = \
	%D%/command_run.c %D%/command_run.h \
	%D%/database.c %D%/database.h \
	%D%/fuzz.c %D%/fuzz.h \
	%D%/outside.c %D%/outside.h

FUZZ_LIBS = %D%/libfuzz.a libctl.a $(OWN_LIBS) $(FOREIGN_LIBS)
FUZZ_FLAGS = $(AM_LDFLAGS) $(FUZZER_LDFLAGS) -Wl,--wrap=clock_monotonic_us -Wl,--wrap=clock_now_us \
	-Wl,--wrap=clock_sleep_us -Wl,--wrap=transfers_sleep_us -Wl,--wrap=crypto_random
# With the database of database.h.
FUZZ_FLAGS_DATABASE = $(FUZZ_FLAGS) -Wl,--wrap=secret_open

%C%_fuzz_conf_LDADD = $(FUZZ_LIBS)
%C%_fuzz_conf_LDFLAGS = $(FUZZ_FLAGS)
%C%_fuzz_credential_LDADD = $(FUZZ_LIBS)
%C%_fuzz_credential_LDFLAGS = $(FUZZ_FLAGS)
%C%_fuzz_csv_LDADD = $(FUZZ_LIBS)
%C%_fuzz_csv_LDFLAGS = $(FUZZ_FLAGS_DATABASE)
%C%_fuzz_erasures_LDADD = $(FUZZ_LIBS)
%C%_fuzz_erasures_LDFLAGS = $(FUZZ_FLAGS_DATABASE)
%C%_fuzz_form_LDADD = $(FUZZ_LIBS)
%C%_fuzz_form_LDFLAGS = $(FUZZ_FLAGS)
%C%_fuzz_json_LDADD = $(FUZZ_LIBS)
%C%_fuzz_json_LDFLAGS = $(FUZZ_FLAGS)
%C%_fuzz_push_LDADD = $(FUZZ_LIBS)
%C%_fuzz_push_LDFLAGS = $(FUZZ_FLAGS)
%C%_fuzz_records_LDADD = $(FUZZ_LIBS)
%C%_fuzz_records_LDFLAGS = $(FUZZ_FLAGS)
%C%_fuzz_request_LDADD = $(FUZZ_LIBS)
%C%_fuzz_request_LDFLAGS = $(FUZZ_FLAGS_DATABASE)
%C%_fuzz_route_LDADD = $(FUZZ_LIBS)
%C%_fuzz_route_LDFLAGS = $(FUZZ_FLAGS)
%C%_fuzz_sms_LDADD = $(FUZZ_LIBS)
%C%_fuzz_sms_LDFLAGS = $(FUZZ_FLAGS)
%C%_fuzz_users_LDADD = $(FUZZ_LIBS)
%C%_fuzz_users_LDFLAGS = $(FUZZ_FLAGS_DATABASE)
%C%_fuzz_wechat_LDADD = $(FUZZ_LIBS)
%C%_fuzz_wechat_LDFLAGS = $(FUZZ_FLAGS)
%C%_fuzz_xml_LDADD = $(FUZZ_LIBS)
%C%_fuzz_xml_LDFLAGS = $(FUZZ_FLAGS)
