libctl_a_CPPFLAGS = $(SEES_ALL) -iquote $(srcdir)/app/ctl -iquote $(srcdir)/app
libctl_a_SOURCES = \
	app/config_check.c app/config_check.h \
	%D%/account.c \
	%D%/app.c \
	%D%/app_remove.c \
	%D%/app_secret.c \
	%D%/argument_value.c %D%/argument_value.h \
	%D%/arguments.c %D%/arguments.h \
	%D%/ask.c %D%/ask.h \
	%D%/audit.c \
	%D%/audit_chains.c \
	%D%/bad_lines.c %D%/bad_lines.h \
	%D%/cell.c %D%/cell.h \
	%D%/backup.c \
	%D%/check.c %D%/check.h \
	%D%/check_cluster.c \
	%D%/check_database.c \
	%D%/check_erasures.c \
	%D%/check_host.c \
	%D%/check_nodes.c \
	%D%/check_report.c %D%/check_report.h \
	%D%/check_rights.c \
	%D%/check_server.c \
	%D%/check_tenants.c \
	%D%/check_visits.c %D%/check_visits.h \
	%D%/command.c %D%/command.h %D%/commands.def \
	%D%/communities.c \
	%D%/completion.c \
	%D%/conf.c \
	%D%/control_client.c %D%/control_client.h \
	%D%/csv.c %D%/csv.h \
	%D%/csv_column.c %D%/csv_column.h \
	%D%/csv_scanner.c %D%/csv_scanner.h \
	%D%/csv_text.c %D%/csv_text.h \
	%D%/ctl.c %D%/ctl.h \
	%D%/ctl_app.c %D%/ctl_app.h \
	%D%/error_pages.c %D%/error_pages.h \
	%D%/erasures.c \
	%D%/errors.c \
	%D%/export.c %D%/export.h \
	%D%/grantees.c %D%/grantees.h \
	%D%/import.c %D%/import.h \
	%D%/jobs.c \
	%D%/key.c \
	%D%/keys.c \
	%D%/keys_lookup.c %D%/keys_lookup.h \
	%D%/keys_rotate.c \
	%D%/keys_verify.c \
	%D%/line_keys.c %D%/line_keys.h \
	%D%/listing.c %D%/listing.h \
	%D%/login.c \
	%D%/maintenance.c \
	%D%/members.c \
	%D%/migrate.c \
	%D%/ndjson.c %D%/ndjson.h \
	%D%/operation.c \
	%D%/operator_keys.c \
	%D%/operator.c %D%/operator.h \
	%D%/progress.c %D%/progress.h \
	%D%/records.c %D%/records.h \
	%D%/regions.c \
	%D%/routes.c \
	%D%/shell.c %D%/shell.h \
	%D%/shown.c %D%/shown.h \
	%D%/stats.c \
	%D%/status.c \
	%D%/stop.c %D%/stop.h \
	%D%/table_columns.c %D%/table_columns.h \
	%D%/tenant.c \
	%D%/top.c \
	%D%/top_page.c %D%/top_page.h \
	%D%/top_reading.c %D%/top_reading.h \
	%D%/unknown_command.c %D%/unknown_command.h \
	%D%/user.c \
	%D%/user_fields.c %D%/user_fields.h \
	%D%/user_find.c \
	%D%/user_formats.c %D%/user_formats.h \
	%D%/user_show.c \
	%D%/user_tables.c %D%/user_tables.h \
	%D%/users.c \
	%D%/users_export.c \
	%D%/users_remap.c \
	%D%/words.c %D%/words.h

wxuserctl_CPPFLAGS = $(libctl_a_CPPFLAGS)
wxuserctl_SOURCES = %D%/main.c
wxuserctl_LDADD = libctl.a $(OWN_LIBS) $(FOREIGN_LIBS)
