libdb_a_CPPFLAGS = $(SEES_DB) $(MARIADB_CFLAGS)
libdb_a_SOURCES = \
	%D%/account.c %D%/account.h \
	%D%/account_admin.c %D%/account_admin.h \
	%D%/account_close.c %D%/account_close.h \
	%D%/account_conflict.c %D%/account_conflict.h \
	%D%/account_create.c %D%/account_create.h \
	%D%/account_link.c %D%/account_link.h \
	%D%/account_merge.c %D%/account_merge.h \
	%D%/account_unmerge.c %D%/account_unmerge.h \
	%D%/account_view.c %D%/account_view.h \
	%D%/admin_session.c %D%/admin_session.h \
	%D%/api_key.c %D%/api_key.h \
	%D%/api_key_find.c %D%/api_key_find.h \
	%D%/api_key_list.c %D%/api_key_list.h \
	%D%/api_key_rights.c %D%/api_key_rights.h \
	%D%/active_day.c %D%/active_day.h \
	%D%/app.c %D%/app.h \
	%D%/app_move.c %D%/app_move.h \
	%D%/app_push.c %D%/app_push.h \
	%D%/app_removal.c %D%/app_removal.h \
	%D%/audit.c %D%/audit.h \
	%D%/audit_chain.c %D%/audit_chain.h \
	%D%/audit_entry.h \
	%D%/audit_head.c %D%/audit_head.h \
	%D%/audit_link.c %D%/audit_link.h \
	%D%/audit_list.c %D%/audit_list.h \
	%D%/audit_row.c %D%/audit_row.h \
	%D%/audit_signer.c %D%/audit_signer.h \
	%D%/audit_verify.c %D%/audit_verify.h \
	%D%/authorization.c %D%/authorization.h \
	%D%/both_texts.c %D%/both_texts.h \
	%D%/claim.c %D%/claim.h \
	%D%/code_limits.c %D%/code_limits.h \
	%D%/column.h \
	%D%/community.c %D%/community.h \
	%D%/confirmed_phone.c %D%/confirmed_phone.h \
	%D%/conn.c %D%/conn.h \
	%D%/conn_connect.c %D%/conn_connect.h \
	%D%/conn_node.c %D%/conn_node.h \
	%D%/connection.h \
	%D%/consent.c %D%/consent.h \
	%D%/db.c %D%/db.h \
	%D%/db_error.c %D%/db_error.h \
	%D%/db_refusal.c \
	%D%/db_user.c %D%/db_user.h \
	%D%/default_app.c %D%/default_app.h \
	%D%/erased.h \
	%D%/erasure.c %D%/erasure.h \
	%D%/erasure_line.c %D%/erasure_line.h \
	%D%/erasure_log.c %D%/erasure_log.h \
	%D%/erasure_pending.c %D%/erasure_pending.h \
	%D%/erasure_replay.c %D%/erasure_replay.h \
	%D%/erasure_rows.c %D%/erasure_rows.h \
	%D%/erasure_sync.c %D%/erasure_sync.h \
	%D%/follow.c %D%/follow.h \
	%D%/grant.c %D%/grant.h \
	%D%/grant_lines.c %D%/grants.c %D%/grants.h \
	%D%/introspection.c %D%/introspection.h \
	%D%/job.c %D%/job.h \
	%D%/job_lease.c %D%/job_lease.h \
	%D%/key_check.c %D%/key_check.h \
	%D%/key_following.c %D%/key_following.h \
	%D%/key_host.c %D%/key_host.h \
	%D%/key_entry.c %D%/key_entry.h \
	%D%/key_reseal.c %D%/key_reseal.h \
	%D%/key_rotation.c %D%/key_rotation.h \
	%D%/key_states.c %D%/key_states.h \
	%D%/key_uses.c %D%/key_uses.h \
	%D%/key_verify.c %D%/key_verify.h \
	%D%/link_conflict.c %D%/link_conflict.h \
	%D%/login.c %D%/login.h \
	%D%/login_refusal.c %D%/login_refusal.h \
	%D%/lookup_columns.c %D%/lookup_columns.h \
	%D%/lookup_confirmed.c %D%/lookup_confirmed.h \
	%D%/lookup_hosts.c %D%/lookup_hosts.h \
	%D%/lookup_pass.h \
	%D%/lookup_rotation.c %D%/lookup_rotation.h \
	%D%/lookup_rows.c %D%/lookup_rows.h \
	%D%/maintenance.c %D%/maintenance.h \
	%D%/member.c %D%/member.h \
	%D%/member_binding.c %D%/member_binding.h \
	%D%/member_erasure.c %D%/member_erasure.h \
	%D%/membership.c %D%/membership.h \
	%D%/merge_list.c %D%/merge_list.h \
	%D%/migrate.c %D%/migrate.h \
	%D%/migrate_hosts.c %D%/migrate_hosts.h \
	%D%/migration_lock.c %D%/migration_lock.h \
	%D%/migrations.c %D%/migrations.h \
	%D%/node_choice.c %D%/node_choice.h \
	%D%/node_report.c %D%/node_report.h \
	%D%/old_person.c %D%/old_person.h \
	%D%/openid_remap.c %D%/openid_remap.h \
	%D%/operator_key.c %D%/operator_key.h \
	%D%/person_export.c %D%/person_export.h \
	%D%/person_find.c %D%/person_find.h \
	%D%/person_overview.c %D%/person_overview.h \
	%D%/person_phone.c %D%/person_phone.h \
	%D%/person_search.c %D%/person_search.h \
	%D%/person_view.c %D%/person_view.h \
	%D%/phone_attempt.c %D%/phone_attempt.h \
	%D%/placeholder.c %D%/placeholder.h \
	%D%/push_event.c %D%/push_event.h \
	%D%/region.c %D%/region.h \
	%D%/remembered.c %D%/remembered.h \
	%D%/resident.c %D%/resident.h \
	%D%/resident_phone.c %D%/resident_phone.h \
	%D%/retention.c %D%/retention.h \
	%D%/revocation.c %D%/revocation.h \
	%D%/row.c %D%/row.h \
	%D%/sealed_columns.c %D%/sealed_columns.h \
	%D%/sealed_value.c %D%/sealed_value.h \
	%D%/server.c %D%/server.h \
	%D%/server_address.c %D%/server_address.h \
	%D%/session.c %D%/session.h \
	%D%/setting.c %D%/setting.def %D%/setting.h \
	%D%/slot_limit.c %D%/slot_limit.h \
	%D%/statement_grants.c %D%/statement_grants.h \
	%D%/statements.c %D%/statements.def %D%/statements.h \
	%D%/statistics.c %D%/statistics.h \
	%D%/statistics_rows.c %D%/statistics_rows.h \
	%D%/stmt.c %D%/stmt.h \
	%D%/tenant.c %D%/tenant.h \
	%D%/tenant_log_out.c %D%/tenant_log_out.h \
	%D%/token.c %D%/token.h \
	%D%/token_family.c %D%/token_family.h \
	%D%/token_renewal.c %D%/token_renewal.h \
	%D%/token_row.c %D%/token_row.h \
	%D%/tombstone.c %D%/tombstone.h \
	%D%/transaction.c %D%/transaction.h \
	%D%/unmade_key.c %D%/unmade_key.h \
	%D%/user_changes.c %D%/user_changes.h \
	%D%/user_export.c %D%/user_export.h \
	%D%/user_find.c %D%/user_find.h \
	%D%/user_import.c %D%/user_import.h \
	%D%/user_import_erased.c %D%/user_import_erased.h \
	%D%/user_import_id.c %D%/user_import_id.h \
	%D%/user_import_look.c %D%/user_import_look.h \
	%D%/user_import_new.c %D%/user_import_new.h %D%/user_import_row.h \
	%D%/user_import_wechat.c %D%/user_import_wechat.h \
	%D%/user_profile.c %D%/user_profile.h \
	%D%/user_row.c %D%/user_row.h \
	%D%/verify_code.c %D%/verify_code.h \
	%D%/wechat_token.c %D%/wechat_token.h \
	%D%/wechat_token_reader.c %D%/wechat_token_reader.h \
	%D%/wechat_user.c %D%/wechat_user.h

# The migrations as C, in the order of their names, and what they say of personal data. The folder is newer than a file that
# was added or removed.
SCHEMA = $(srcdir)/%D%/schema/*.sql
%D%/schema_text.inc: $(srcdir)/%D%/schema $(SCHEMA) $(srcdir)/%D%/schema/embed.awk
	$(AM_V_GEN)$(MKDIR_P) %D% && $(AWK) -f $(srcdir)/%D%/schema/embed.awk $(SCHEMA) > $@.new && \
		mv $@.new $@
%D%/personal_tables.inc: $(srcdir)/%D%/schema $(SCHEMA) $(srcdir)/%D%/schema/personal.awk
	$(AM_V_GEN)$(MKDIR_P) %D% && $(AWK) -f $(srcdir)/%D%/schema/personal.awk $(SCHEMA) > $@.new && \
		mv $@.new $@
%D%/libdb_a-migrations.$(OBJEXT): %D%/schema_text.inc
%D%/libdb_a-account_merge.$(OBJEXT) %D%/libdb_a-account_unmerge.$(OBJEXT) \
%D%/libdb_a-erasure_rows.$(OBJEXT) %D%/libdb_a-person_export.$(OBJEXT) \
%D%/libdb_a-sealed_value.$(OBJEXT) \
handlers/v1/libhandlers_a-export.$(OBJEXT) \
tests/unit/test_db_close.$(OBJEXT) tests/unit/test_db_erasure.$(OBJEXT) tests/unit/test_db_export.$(OBJEXT): %D%/personal_tables.inc
CLEANFILES += %D%/personal_tables.inc %D%/schema_text.inc
