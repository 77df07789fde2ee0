libhandlers_a_CPPFLAGS = $(SEES_HANDLERS)
libhandlers_a_SOURCES = \
	%D%/admin_cookie.c %D%/admin_cookie.h \
	%D%/app_token.c %D%/app_token.h \
	%D%/authenticate.c %D%/authenticate.h \
	%D%/called_app.c %D%/called_app.h \
	%D%/code_claim.c %D%/code_claim.h \
	%D%/code_login.c %D%/code_login.h \
	%D%/endpoints.c %D%/endpoints.def %D%/endpoints.h \
	%D%/export_json.c %D%/export_json.h \
	%D%/flag_texts.h \
	%D%/fresh_code.c %D%/fresh_code.h \
	%D%/login_outcome.c %D%/login_outcome.h \
	%D%/openid_proof.c %D%/openid_proof.h \
	%D%/phone_button.c %D%/phone_button.h \
	%D%/request_origin.c %D%/request_origin.h \
	%D%/sms_code.c %D%/sms_code.h \
	%D%/stored_credential.c %D%/stored_credential.h \
	%D%/token_message.c %D%/token_message.h \
	%D%/trusted_network.c %D%/trusted_network.h \
	%D%/webapi.c %D%/webapi.h \
	%D%/account/dialect.c %D%/account/dialect.h \
	%D%/account/getuserinfo.c \
	%D%/account/identity.c %D%/account/identity.h \
	%D%/account/instant.c %D%/account/instant.h \
	%D%/admin/accounts.c \
	%D%/admin/admin_app.c %D%/admin/admin_app.h \
	%D%/admin/admin_credential.c %D%/admin/admin_credential.h \
	%D%/admin/admin_found.c %D%/admin/admin_found.h \
	%D%/admin/admin_id.c %D%/admin/admin_id.h \
	%D%/admin/admin_key.c %D%/admin/admin_key.h \
	%D%/admin/admin_member.h \
	%D%/admin/admin_page.c %D%/admin/admin_page.h \
	%D%/admin/admin_query.c %D%/admin/admin_query.h \
	%D%/admin/app_moves.c \
	%D%/admin/app_push.c \
	%D%/admin/app_secret.c \
	%D%/admin/apps.c \
	%D%/admin/audit.c \
	%D%/admin/communities.c \
	%D%/admin/conflicts.c \
	%D%/admin/default_app.c \
	%D%/admin/dialect.c %D%/admin/dialect.h \
	%D%/admin/erasures.c \
	%D%/admin/health.c \
	%D%/admin/jobs.c \
	%D%/admin/key_changes.c \
	%D%/admin/key_rotate.c \
	%D%/admin/keys.c \
	%D%/admin/maintenance.c \
	%D%/admin/member_erase.c \
	%D%/admin/members.c \
	%D%/admin/merges.c \
	%D%/admin/merges_list.c \
	%D%/admin/refused_logins.c \
	%D%/admin/scope_names.c %D%/admin/scope_names.h \
	%D%/admin/session.c \
	%D%/admin/setting_preview.c \
	%D%/admin/settings.c \
	%D%/admin/statistics.c \
	%D%/admin/tenants.c \
	%D%/admin/user.c \
	%D%/admin/user_erase.c \
	%D%/admin/users.c \
	%D%/admin/users_find.c \
	%D%/city/dialect.c %D%/city/dialect.h \
	%D%/city/memberships.c %D%/city/memberships.h \
	%D%/city/savewxuserinfo.c \
	%D%/city/sendverifycode.c \
	%D%/city/shapes.c \
	%D%/customer/appauthorization.c \
	%D%/customer/authorized.c %D%/customer/authorized.h \
	%D%/customer/dialect.c %D%/customer/dialect.h \
	%D%/customer/logout.c \
	%D%/customer/refreshtoken.c \
	%D%/customer/shapes.c \
	%D%/ops/healthz.c \
	%D%/ops/metrics.c \
	%D%/ops/readiness.c %D%/ops/readiness.h \
	%D%/ops/readyz.c \
	%D%/push/check.c \
	%D%/push/dialect.c %D%/push/dialect.h \
	%D%/push/push_sender.c %D%/push/push_sender.h \
	%D%/push/receive.c \
	%D%/push/signed.c %D%/push/signed.h \
	%D%/shop/bindmember.c \
	%D%/shop/createmember.c \
	%D%/shop/dialect.c %D%/shop/dialect.h \
	%D%/shop/get.c \
	%D%/shop/getbyopenid.c \
	%D%/shop/getlist.c \
	%D%/shop/saveuser.c \
	%D%/shop/shapes.c \
	%D%/shop/unbindmember.c \
	%D%/v1/access_token.c \
	%D%/v1/admin_backup.c \
	%D%/v1/admin_day.c \
	%D%/v1/admin_entry.c %D%/v1/admin_entry.h \
	%D%/v1/admin_host.c %D%/v1/admin_host.h \
	%D%/v1/admin_merge.c \
	%D%/v1/admin_pending.c \
	%D%/v1/admin_person.c %D%/v1/admin_person.h \
	%D%/v1/admin_person_parts.h \
	%D%/v1/admin_person_phone.c \
	%D%/v1/admin_person_session.c \
	%D%/v1/admin_person_shape.c \
	%D%/v1/admin_shapes.c %D%/v1/admin_shapes.h \
	%D%/v1/admin_user.c %D%/v1/admin_user.h \
	%D%/v1/consents.c \
	%D%/v1/changes.c \
	%D%/v1/dialect.c %D%/v1/dialect.h \
	%D%/v1/erase.c \
	%D%/v1/errors.c %D%/v1/errors.h \
	%D%/v1/export.c \
	%D%/v1/faults.c %D%/v1/faults.h \
	%D%/v1/introspect.c \
	%D%/v1/login.c \
	%D%/v1/masked.c %D%/v1/masked.h \
	%D%/v1/me.c \
	%D%/v1/member.c \
	%D%/v1/phone.c \
	%D%/v1/phone_wechat.c \
	%D%/v1/users_change.c \
	%D%/v1/users_find.c \
	%D%/v1/v1_person.c %D%/v1/v1_person.h \
	%D%/v1/profile.c \
	%D%/v1/sessions.c \
	%D%/v1/shapes.c \
	%D%/v1/v1_token.c %D%/v1/v1_token.h
