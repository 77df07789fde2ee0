#include "cause_table.h"

#define NEW_CODE {"取得新的 code 再发", "get a new code and send that"}
#define LOG_IN {"重新登录", "log in again"}
#define LATER {"稍后再试", "try again later"}
#define CORRECT {"改正后再发；原样再发结果相同", "correct it; sent again as it is, it fails again"}
#define OPERATOR {"重试无用，请联系管理员", "do not repeat it; the operator finds the reason in the log"}
#define SHOW {"把说明给用户看", "show the person the text"}

/* Of every endpoint that may answer the error, whatever its dialect. */
const struct cause cause_table[ERR_N] = {
	[ERR_NOT_FOUND] = {
		.when = {"该地址没有接口，缺少 URL 中必填的参数，或路径中写的不存在",
			"there is nothing at the address, a parameter that the URL needs is "
			"absent, or what the path names does not exist"},
		.next = {"检查地址", "check the address"},
	},
	[ERR_METHOD] = {
		.when = {"该地址用其他请求方法", "the address takes other methods"},
		.next = {"用接口页上的方法；HTTP 405 时响应头 Allow 列出可用的",
			"use the method of the endpoint's page; with HTTP 405 the header Allow "
			"lists those of the address"},
	},
	[ERR_TOO_LARGE] = {
		.when = {"请求体超过 server.body_max，未改动时为 64 KiB；超过 Web 服务器自己的上限时"
			"，各方言都是 HTTP 413",
			"the body is over server.body_max, 64 KiB unless changed; over the web "
			"server's own limit it is HTTP 413 in every dialect"},
		.next = {"减小请求体", "send a smaller body"},
	},
	[ERR_MEDIA_TYPE] = {
		.when = {"有请求体，而 Content-Type 缺少或不是接口的请求格式",
			"there is a body, and Content-Type is absent or none of the endpoint's "
			"formats"},
		.next = {"改用接口页上的请求格式", "send a format of the endpoint's page"},
	},
	[ERR_BAD_REQUEST] = {
		.when = {"URL 或请求头不是 UTF-8、含控制字符，Authorization 有两个，或请求体短于 "
			"Content-Length；由 Web 服务器自己拒绝的（nginx 包括两个 Authorization），"
			"各方言都是 HTTP 400、414 或 431",
			"the URL or a header is not UTF-8 or has a control character, "
			"Authorization comes twice, or the body is shorter than Content-Length; "
			"what the web server refuses itself, nginx also Authorization twice, is "
			"HTTP 400, 414 or 431 in every dialect"},
		.next = CORRECT,
	},
	[ERR_RATE] = {
		.when = {"同一客户端地址或同一 API key 的请求过多；手机号按钮、导出另有限额，见其接口",
			"too many requests of one client address or API key; the phone button and "
			"the export have limits of their own, as their pages say"},
		.next = {"等 Retry-After 秒再试", "try again after Retry-After seconds"},
	},
	[ERR_UNAUTHORIZED] = {
		.when = {"没有凭证，凭证无法识别或已撤销，两处的凭证不同，或 API key 在 URL 中、来"
			"自网页",
			"no credential, an unknown or revoked one, two that differ, or an API "
			"key in the URL or from a web page"},
		.next = {"用户重新登录；服务器检查 API key",
			"a person logs in again; a server checks its API key"},
	},
	[ERR_TOKEN_EXPIRED] = {
		.when = {"访问令牌已过期，或已换过新的",
			"the access token has expired or was renewed"},
		.next = {"用 RefreshToken 或 /v1/token/refresh 换新令牌，不行再重新登录",
			"renew it by RefreshToken or /v1/token/refresh; if that fails, log in "
			"again"},
	},
	[ERR_TOKEN_REVOKED] = {
		.when = {"该次登录已结束：退出过、旧令牌被再次换取、登录数超过 10 个、代为登录的 API key 已失效，"
			"或账号已停用、注销",
			"its login has ended: by a logout, by an old token that was renewed "
			"again, by one login over ten, or with the API key that opened it; or the "
			"account is disabled or closed"},
		.next = LOG_IN,
	},
	[ERR_FORBIDDEN] = {
		.when = {"API key 没有所需的权限，或接口只接受另一种凭证",
			"the API key lacks the scope, or the endpoint takes the other kind of "
			"credential"},
		.next = {"换用接口页上列出的凭证",
			"use a credential that the endpoint's page lists"},
	},
	[ERR_KEY_NETWORK] = {
		.when = {"API key 限定了来源地址（--networks），而请求来自其他地址；不需要凭证的接"
			"口也如此",
			"the API key has networks, and the request comes from elsewhere; also "
			"where no credential is needed"},
		.next = {"从限定的地址发送，或请管理员用 wxuserctl key set 修改",
			"send it from there, or have the administrator change them by wxuserctl "
			"key set"},
	},
	[ERR_MAINTENANCE] = {
		.when = {"管理员正在维护本服务",
			"the operator has put the service into maintenance"},
		.next = LATER,
	},
	[ERR_TENANT_DISABLED] = {
		.when = {"管理员停用了凭证或应用所属的租户",
			"the operator has disabled the tenant of the credential or the app"},
		.next = {"重试无用，请联系管理员", "do not repeat it; ask the operator"},
	},
	[ERR_PARAMETER] = {
		.when = {"有成员缺少、类型不符、过长或无效",
			"a member is missing, of another type, too long or not valid"},
		.next = CORRECT,
	},
	[ERR_APP_UNKNOWN] = {
		.when = {"X-WX-AppId 不是本服务的应用，或不属于 API key 或该域名的租户；或没有它，"
			"也没有默认应用",
			"X-WX-AppId names no app of this service, or one of another tenant than "
			"the API key's or the host name's; or it is absent, and no app is the "
			"default"},
		.next = {"写明租户自己的 appid", "name an app of the tenant's own"},
	},
	[ERR_APP_KIND] = {
		.when = {"应用是移动应用或网站", "the app is a mobile app or a web site"},
		.next = CORRECT,
	},
	[ERR_USER_UNKNOWN] = {
		.when = {"租户没有这个用户，用户不是令牌本人，或其账号已由本人注销",
			"the tenant has no such user, it is not the token's person, or that "
			"person has closed the account"},
		.next = CORRECT,
	},
	[ERR_OPENID_MALFORMED] = {
		.when = {"没有 openid，或不是由字母、数字、_、- 组成",
			"there is no openid, or it has other characters than letters, digits, _ "
			"and -"},
		.next = CORRECT,
	},
	[ERR_OPENID_FIXED] = {
		.when = {"id 的用户有另一个 openid", "the user of id has another openid"},
		.next = CORRECT,
	},
	[ERR_TENANT_OTHER] = {
		.when = {"tenantId 不是 0，也不是凭证的租户",
			"tenantId is neither 0 nor the credential's tenant"},
		.next = CORRECT,
	},
	[ERR_MEMBER_ID_FIXED] = {
		.when = {"memberId 不是 0，也不是原值", "memberId is neither 0 nor the stored one"},
		.next = CORRECT,
	},
	[ERR_CODE_INVALID] = {
		.when = {"微信不认识该 code：有误、过期，或属于另一个应用",
			"WeChat does not know the code: it is wrong, too old or another app's"},
		.next = NEW_CODE,
	},
	[ERR_CODE_USED] = {
		.when = {"微信说该 code 已在别处换过（40163）；或本服务见过它，而这次来自另一地址"
			"或另一用户、超过重复的时限，或它原是手机号按钮的",
			"WeChat says that it was exchanged elsewhere (40163); or the service has "
			"seen the code, and it now comes from another address or person, or too "
			"late for a repetition; or it was used as one of the phone button"},
		.next = NEW_CODE,
	},
	[ERR_CODE_PENDING] = {
		.when = {"用过该 code 的请求没有留下结果，如当时服务中断",
			"the request that used the code has left no outcome, as after a crash"},
		.next = NEW_CODE,
	},
	[ERR_CODE_OTHER] = {
		.when = {"code 是另一个人的，或是从未登录过的人的",
			"the code is another person's, or of somebody who has never logged in"},
		.next = NEW_CODE,
	},
	[ERR_PHONE_CODE_INVALID] = {
		.when = {"微信不认识该 code：有误、过期、是另一个人的，或是 wx.login() 的且未用过",
			"WeChat does not know the code: it is wrong, too old, another person's, "
			"or an unused one of wx.login()"},
		.next = NEW_CODE,
	},
	[ERR_NOT_PHONE_CODE] = {
		.when = {"该 code 已作为登录 code 发来过，无论登录是否成功",
			"the code came as a login code before, whether or not that login "
			"succeeded"},
		.next = NEW_CODE,
	},
	[ERR_APP_NOT_MINI] = {
		.when = {"令牌的用户属于公众号、移动应用或网站",
			"the token's user is of an official account, a mobile app or a web site"},
		.next = {"改用短信", "use the SMS way"},
	},
	[ERR_WATERMARK_OTHER] = {
		.when = {"微信说号码属于另一个应用",
			"WeChat says that the number is of another app"},
		.next = NEW_CODE,
	},
	[ERR_RISK_USER] = {
		.when = {"微信因风险拒绝该用户（40226）",
			"WeChat refuses the user as a risk (40226)"},
		.next = SHOW,
	},
	[ERR_SNAPSHOT_USER] = {
		.when = {"网页以快照方式打开，微信给出的是虚拟用户",
			"the page was opened as a snapshot, for which WeChat gives a virtual user"},
		.next = {"请用户点「使用完整服务」，再取新的 code",
			"have the person open the full service, and get a new code"},
	},
	[ERR_ACCOUNT_DISABLED] = {
		.when = {"管理员停用了账号，或本人已注销",
			"the account was switched off, or its person has closed it"},
		.next = {"停用的找管理员；注销的可用 POST /v1/login 加 reopen 取回",
			"if switched off, ask the administrator; if closed, POST /v1/login with "
			"reopen takes it back"},
	},
	[ERR_ACCOUNT_CLOSED] = {
		.when = {"本人注销了账号，尚可取回",
			"its person has closed the account, which can be taken back"},
		.next = SHOW,
	},
	[ERR_PROOF_MISSING] = {
		.when = {"没有 code、session_key 和 API key，session_key 不是该 openId 的，或 "
			"openId 与 code 的不同；不可写的 API key 另有一行",
			"there is no code, session_key or API key, the session_key is not the "
			"openId's, or the openId is not the code's; an API key that may not write "
			"has a row of its own"},
		.next = {"用新的 code 登录", "log in with a new code"},
	},
	[ERR_UNIONID_OTHER] = {
		.when = {"已保存的 unionid 不同", "the stored unionid is another one"},
		.next = CORRECT,
	},
	[ERR_NAME_MALFORMED] = {
		.when = {"新居民没有 Name，或 Name 只有空白、中间含控制字符（首尾的会去掉）；其他文"
			"字都可以",
			"a new resident has no Name, or Name is blank or has a control character "
			"within (those around it are removed); any other text is a name"},
		.next = SHOW,
	},
	[ERR_PHONE_MALFORMED] = {
		.when = {"没有手机号，或不是内地手机号",
			"there is no phone, or it is no mobile number of the mainland"},
		.next = SHOW,
	},
	[ERR_ID_CARD_MALFORMED] = {
		.when = {"证件号的形式或校验位不对", "the number has a wrong form or check digit"},
		.next = SHOW,
	},
	[ERR_REGION_UNKNOWN] = {
		.when = {"新居民没有 RID，或本服务没有这个区划",
			"a new resident has no RID, or the service does not know that division"},
		.next = CORRECT,
	},
	[ERR_RESIDENT_UNKNOWN] = {
		.when = {"Id 不是该 OpenId 的居民的",
			"Id is not of the resident who has the OpenId"},
		.next = CORRECT,
	},
	[ERR_VERIFY_CODE_NEEDED] = {
		.when = {"手机号为新或有变化，而没有 VerifyCode",
			"the phone is new or another one, and there is no VerifyCode"},
		.next = {"调用 SendVerifyCode", "call SendVerifyCode"},
	},
	[ERR_VERIFY_CODE_NONE] = {
		.when = {"没有可用的验证码：该账号没有为该手机取过，取自另一接口（SendVerifyCode 与 "
			"/v1/me/phone/sms-codes 不通用），或已用过",
			"there is none that can be used, whatever is sent: this account asked for "
			"none for the phone, or at the other endpoint (SendVerifyCode and "
			"/v1/me/phone/sms-codes do not serve each other), or has used it"},
		.next = {"获取新的验证码", "ask for a new code"},
	},
	[ERR_VERIFY_CODE_WRONG] = {
		.when = {"有可用的验证码，但不是这个；不是六位数字的不计次数",
			"there is a code that can be used, and it is another one; what is not six "
			"digits does not count as a try"},
		.next = {"让用户核对短信", "have the person compare it with the message"},
	},
	[ERR_VERIFY_CODE_EXPIRED] = {
		.when = {"验证码超过 5 分钟", "the code is over 5 minutes old"},
		.next = {"获取新的验证码", "ask for a new code"},
	},
	[ERR_VERIFY_CODE_TRIES] = {
		.when = {"该验证码已错 5 次，或该账号一小时内已错 10 次",
			"the code was tried wrongly five times, or the account has ten wrong "
			"tries in the hour"},
		.next = {"获取新的验证码；错满十次后须等一小时",
			"ask for a new code; after ten, wait an hour first"},
	},
	[ERR_SMS_RATE] = {
		.when = {"手机、账号、客户端地址、应用或租户的短信已达上限，或网关有限额",
			"the phone, the account, the client address, the app or the tenant has "
			"had its messages, or the gateway has a limit"},
		.next = {"等 Retry-After 秒再试", "try again after Retry-After seconds"},
	},
	[ERR_SMS_REFUSED] = {
		.when = {"短信网关说没有这个号码；没有发出，计入本人的次数，不计入手机的",
			"the SMS gateway says that there is no such number; nothing was sent, and "
			"it counts for the person, not for the phone"},
		.next = {"让用户换一个号码，可立即再取，直到本人的次数用完",
			"have the person give another number, at once, until the person's limit "
			"is reached"},
	},
	[ERR_SMS_SILENT] = {
		.when = {"短信网关没有应答、应答无法读取，或应答为 HTTP 错误；短信可能已发出",
			"the SMS gateway did not answer, or by an HTTP error or what cannot be "
			"read; the message may have been sent"},
		.next = {"一分钟后仍未收到再重新获取",
			"if no message comes within a minute, ask again"},
	},
	[ERR_SMS_UNSENT] = {
		.when = {"短信网关拒绝了，连接不上，或本服务未配置短信；没有发出",
			"the SMS gateway has refused it or cannot be reached, or none is set up; "
			"nothing was sent"},
		.next = {"没有发出，不计次数，可立即再取",
			"ask again, at once if you like: nothing was sent"},
	},
	[ERR_MEMBER_UNKNOWN] = {
		.when = {"没有会员使用该手机号", "no member has the phone"},
		.next = {"用 createmember", "use createmember"},
	},
	[ERR_MEMBER_OTHER] = {
		.when = {"该用户已绑定另一会员", "the user is bound to another member"},
		.next = {"先 unbindmember", "call unbindmember first"},
	},
	[ERR_MEMBER_TAKEN] = {
		.when = {"会员已绑定另一用户，而租户的 member_has_many_users 未打开",
			"the member is bound to another user, and the tenant's "
			"member_has_many_users is off"},
		.next = SHOW,
	},
	[ERR_MEMBER_MISMATCH] = {
		.when = {"name 或 idCard 与会员的不同", "name or idCard differs from the member's"},
		.next = SHOW,
	},
	[ERR_MEMBER_REFUSED] = {
		.when = {"会员已绑定另一用户，资料不符，卡不可用，或本用户已绑定另一会员",
			"the member is bound to another user, name or number differ, the card "
			"cannot be used, or this user is bound to another member"},
		.next = SHOW,
	},
	[ERR_PHONE_CONFIRMED_ELSEWHERE] = {
		.when = {"另一账号用短信验证过该号码，且未过期",
			"another account has confirmed the number by SMS, and that still counts"},
		.next = {"改用短信", "use the SMS way"},
	},
	[ERR_PHONE_UNCONFIRMED] = {
		.when = {"账号没有验证过手机号，或已超过 phone_confirmation_days",
			"the account has confirmed no phone, or longer ago than "
			"phone_confirmation_days"},
		.next = {"先验证手机号", "confirm a phone first"},
	},
	[ERR_PHONE_TAKEN] = {
		.when = {"该手机号已有会员", "a member has the phone"},
		.next = {"用 bindmember", "use bindmember"},
	},
	[ERR_CURSOR_TOO_OLD] = {
		.when = {"cursor 早于 30 天", "the cursor is over 30 days old"},
		.next = {"不带 cursor 从头读取", "read all again, without a cursor"},
	},
	[ERR_CARD_LOST] = {
		.when = {"会员卡已挂失", "the member's card is reported lost"},
		.next = SHOW,
	},
	[ERR_CARD_VOID] = {
		.when = {"会员卡已作废", "the member's card is void"},
		.next = SHOW,
	},
	[ERR_CARD_UNUSABLE] = {
		.when = {"会员卡处于其他不可用的状态",
			"the card is in another state in which it cannot be used"},
		.next = SHOW,
	},
	[ERR_UPSTREAM] = {
		.when = {"微信或短信网关的应答无法读取，或是 HTTP 错误",
			"WeChat or the SMS gateway answered by an HTTP error or what cannot be "
			"read"},
		.next = {"稍后再试，code 须换新的", "try again later, with a new code"},
	},
	[ERR_UPSTREAM_SILENT] = {
		.when = {"微信未及时应答", "WeChat did not answer in time"},
		.next = {"稍后再试，code 须换新的", "try again later, with a new code"},
	},
	[ERR_UPSTREAM_UNSENT] = {
		.when = {"连接不上微信或短信网关，或网关拒绝了；没有发出",
			"WeChat or the SMS gateway cannot be reached, or the gateway has "
			"refused; nothing was sent"},
		.next = {"稍后再试；同一个 code 也行", "try again later; the same code will do"},
	},
	[ERR_UPSTREAM_BUSY] = {
		.when = {"微信说系统繁忙或超过频率",
			"WeChat says that it is busy, or limits the rate"},
		.next = {"稍后再试，code 须换新的", "try again later, with a new code"},
	},
	[ERR_UPSTREAM_CONFIG] = {
		.when = {"微信拒绝应用的 AppSecret、IP 或权限，或短信未配置",
			"WeChat refuses the app's AppSecret, address or rights, or no SMS "
			"gateway is set up"},
		.next = OPERATOR,
	},
	[ERR_UPSTREAM_TOKEN] = {
		.when = {"微信不再接受应用的 access_token，今天也不能再换",
			"WeChat does not take the app's token any more, and gives no other one "
			"now"},
		.next = {"等 Retry-After 秒再试", "try again after Retry-After seconds"},
	},
	[ERR_BUSY] = {
		.when = {"数据库没有应答或忙；HTTP 502、503、504 时也可能是 Web 服务器代为应答",
			"the database does not answer or is busy; or, with HTTP 502, 503 or 504, "
			"the web server answers in the service's place"},
		.next = {"稍后再试；code 换新的", "try again later, with a new code if it had one"},
	},
	[ERR_INTERNAL] = {
		.when = {"本服务出错", "a fault of the service"},
		.next = OPERATOR,
	},
};
