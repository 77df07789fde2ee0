/*
 * Everything that the sandbox serves.
 */
#ifndef ENDPOINTS_H
#define ENDPOINTS_H

#include "sandbox_endpoint.h"

extern const struct sandbox_endpoint sns_jscode2session, sns_oauth2_access_token,
	sns_oauth2_refresh_token, sns_userinfo, sns_auth;
extern const struct sandbox_endpoint cgi_bin_token, cgi_bin_stable_token;
extern const struct sandbox_endpoint wxa_checksession, wxa_getuserphonenumber;
extern const struct sandbox_endpoint gateway_aliyun, gateway_tencent, gateway_template;
extern const struct sandbox_endpoint control_page, control_page_script, control_inbox,
	control_app_list, control_apps, control_codes, control_phone_codes, control_fault_list,
	control_faults, control_calls, control_push;

#endif
