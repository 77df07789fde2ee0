# A program for each module, of one file; what several need is in libtests.a. All link the whole service.
UNIT_TESTS = \
	%D%/test_account \
	%D%/test_arguments \
	%D%/test_base \
	%D%/test_breaker \
	%D%/test_bucket \
	%D%/test_check \
	%D%/test_city \
	%D%/test_conf \
	%D%/test_confine \
	%D%/test_connections \
	%D%/test_crypto \
	%D%/test_csv \
	%D%/test_customer \
	%D%/test_date \
	%D%/test_db_admin \
	%D%/test_db_audit \
	%D%/test_db_authorization \
	%D%/test_db_changes \
	%D%/test_db_close \
	%D%/test_db_close_races \
	%D%/test_db_cluster \
	%D%/test_db_community \
	%D%/test_db_confirmed_phone \
	%D%/test_db_erasure \
	%D%/test_db_erasure_hosts \
	%D%/test_db_explain \
	%D%/test_db_export \
	%D%/test_db_find \
	%D%/test_db_faults \
	%D%/test_db_grants \
	%D%/test_db_keys \
	%D%/test_db_login \
	%D%/test_db_login_killed \
	%D%/test_db_login_races \
	%D%/test_db_login_refusal \
	%D%/test_db_lookup \
	%D%/test_db_lookup_persons \
	%D%/test_db_member \
	%D%/test_db_migration_lock \
	%D%/test_db_move \
	%D%/test_db_operation \
	%D%/test_db_person \
	%D%/test_db_person_phone \
	%D%/test_db_phone_attempt \
	%D%/test_db_push \
	%D%/test_db_region_import \
	%D%/test_db_remembered \
	%D%/test_db_resident \
	%D%/test_db_races \
	%D%/test_db_save_races \
	%D%/test_db_retention \
	%D%/test_db_session \
	%D%/test_db_statistics \
	%D%/test_db_store \
	%D%/test_db_tenants \
	%D%/test_db_token \
	%D%/test_db_token_owner \
	%D%/test_db_user_import \
	%D%/test_db_verify_code \
	%D%/test_db_wechat_token \
	%D%/test_address \
	%D%/test_cors \
	%D%/test_dispatch \
	%D%/test_fcgi \
	%D%/test_fiber \
	%D%/test_fold \
	%D%/test_form \
	%D%/test_http_client \
	%D%/test_json_exact \
	%D%/test_json_reader \
	%D%/test_json_writer \
	%D%/test_log \
	%D%/test_loose \
	%D%/test_remembered \
	%D%/test_sanitize \
	%D%/test_negotiate \
	%D%/test_node \
	%D%/test_numbers \
	%D%/test_params \
	%D%/test_permission \
	%D%/test_placeholder \
	%D%/test_route \
	%D%/test_scoreboard \
	%D%/test_shared_limits \
	%D%/test_secret \
	%D%/test_sms \
	%D%/test_spool \
	%D%/test_statements \
	%D%/test_texts \
	%D%/test_top \
	%D%/test_transfers \
	%D%/test_watchdog \
	%D%/test_wechat \
	%D%/test_wechat_phone \
	%D%/test_wechat_app \
	%D%/test_wechat_push \
	%D%/test_wire_vectors \
	%D%/test_xml

if HAVE_CMOCKA
check_LIBRARIES += %D%/libtests.a
check_PROGRAMS += $(UNIT_TESTS) %D%/stress_db
TESTS = $(UNIT_TESTS)
endif
AM_TESTS_ENVIRONMENT = CMOCKA_MESSAGE_OUTPUT=STDOUT;

# A test sees every folder.
AM_CPPFLAGS = $(SEES_ALL) -I db -iquote $(srcdir)/app -iquote $(srcdir)/app/ctl \
	-iquote $(srcdir)/tests/wire $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS) $(MARIADB_CFLAGS) $(FCGI_CFLAGS) $(XML_CFLAGS)
LDADD = %D%/libtests.a libctl.a $(OWN_LIBS) $(CMOCKA_LIBS) $(FOREIGN_LIBS)

%C%_libtests_a_SOURCES = \
	%D%/asking.c %D%/asking.h \
	%D%/captured_log.c %D%/captured_log.h \
	%D%/in_heap.c %D%/in_heap.h \
	%D%/faults.c %D%/faults.h \
	%D%/logins.c %D%/logins.h \
	%D%/lookup_keys.c %D%/lookup_keys.h \
	%D%/loopback.c %D%/loopback.h \
	%D%/mariadb.c %D%/mariadb.h \
	%D%/rivals.c %D%/rivals.h \
	%D%/scratch.c %D%/scratch.h \
	%D%/statement_tenant.c %D%/statement_tenant.h \
	%D%/transferring.c %D%/transferring.h \
	%D%/whole_person.c %D%/whole_person.h \
	%D%/unit.h \
	$(WIRE_MODEL_SOURCES)

# These fail the statements that they name, in place of the client library.
WITH_FAULTS = $(AM_LDFLAGS) -Wl,--wrap=mysql_stmt_execute -Wl,--wrap=mysql_real_query \
	-Wl,--wrap=clock_sleep_us
%C%_test_db_authorization_LDFLAGS = $(WITH_FAULTS)
%C%_test_db_cluster_LDFLAGS = $(WITH_FAULTS)
%C%_test_db_erasure_LDFLAGS = $(WITH_FAULTS)
%C%_test_db_faults_LDFLAGS = $(WITH_FAULTS)
%C%_test_db_member_LDFLAGS = $(WITH_FAULTS)
%C%_test_db_push_LDFLAGS = $(WITH_FAULTS)
%C%_test_db_resident_LDFLAGS = $(WITH_FAULTS)
%C%_test_db_token_LDFLAGS = $(WITH_FAULTS)
%C%_test_db_user_import_LDFLAGS = $(WITH_FAULTS)
# These run something else before a statement.
WITH_RIVALS = $(AM_LDFLAGS) -Wl,--wrap=mysql_stmt_execute -Wl,--wrap=active_day_add
%C%_test_db_close_races_LDFLAGS = $(WITH_RIVALS)
%C%_test_db_login_killed_LDFLAGS = $(WITH_RIVALS)
%C%_test_db_login_races_LDFLAGS = $(WITH_RIVALS)
%C%_test_db_races_LDFLAGS = $(WITH_RIVALS)
%C%_test_db_save_races_LDFLAGS = $(WITH_RIVALS)
%C%_test_db_token_owner_LDFLAGS = $(WITH_RIVALS)
# In place of the database.
%C%_test_dispatch_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=api_key_recall -Wl,--wrap=api_key_find \
	-Wl,--wrap=api_key_find_named -Wl,--wrap=token_find -Wl,--wrap=maintenance_is_on \
	-Wl,--wrap=setting_read_after_write -Wl,--wrap=tenant_is_disabled
%C%_test_remembered_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_monotonic_us
%C%_test_db_session_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_now_us
