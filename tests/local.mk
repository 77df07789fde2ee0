# Messages of the originals, for unit tests, probe and fuzzers.
WIRE_MODEL_SOURCES = \
	%D%/wire/bound.c %D%/wire/bound.h \
	%D%/wire/models.c %D%/wire/models.h \
	%D%/wire/recorded.c %D%/wire/recorded.h

check_PROGRAMS = %D%/wire_probe %D%/echo_service %D%/bench/minimal_responder

# What tests/wire/run and tests/stack/ ask.
%C%_wire_probe_SOURCES = %D%/wire_probe.c $(WIRE_MODEL_SOURCES)
%C%_wire_probe_LDADD = $(OWN_LIBS) $(FOREIGN_LIBS)

%C%_echo_service_SOURCES = %D%/stack/echo_service.c
%C%_echo_service_LDADD = $(OWN_LIBS) $(FOREIGN_LIBS)

# No test runs what tests/bench/run compares with; it is to build all the same.
%C%_bench_minimal_responder_SOURCES = %D%/bench/minimal_responder.c
%C%_bench_minimal_responder_LDADD = $(FCGI_LIBS) $(MARIADB_LIBS)
