"""AppAuthorization: what each format brings in, and what many calls at once leave behind."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

N_MIXED = 50
N_LOGINS = 200


def at_once(calls):
    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]


def customer_id(answer):
    assert answer.status == 200 and answer.json["status"] == 1, answer
    return answer.json["data"]["customerId"]


PROFILE = [  # by their names in JSON, and in XML and forms
    ("openId", "OpenId", None), ("nickname", "NickName", "小明😀"), ("gender", "Sex", "1"),
    ("language", "Language", "zh_CN"), ("province", "Province", "广东"), ("city", "City", "深圳"),
    ("country", "Country", "中国"), ("avatarUrl", "Avatar", "https://example.com/h/132"),
    ("subscribe_time", "SubscribeTime", "2026-01-29T15:00:34.1406325+08:00"),
    ("unionId", "UnionId", None), ("session_key", "SessionKey", "c2Vzc2lvbi1rZXktb2YtMTY=")]


def as_json(members):
    return "application/json", {member: value for member, _, value in members}


def as_xml(members):
    elements = "".join(f"<{element}>{value}</{element}>" for _, element, value in members)
    return "application/xml", ('<UserInfo xmlns="http://schemas.datacontract.org/2004/07/'
                               f'Applications.MiniProgramTools.Models">{elements}</UserInfo>')


def as_xml_by_the_alphabet(members):
    return as_xml(sorted(members, key=lambda member: member[1]))


def as_form(members):
    return "application/x-www-form-urlencoded", urlencode(
        {element: value for _, element, value in members})


def as_form_by_the_names_of_json(members):
    return "application/x-www-form-urlencoded", urlencode(
        {member: value for member, _, value in members})


@pytest.mark.parametrize("form", [
    as_json, as_xml, as_xml_by_the_alphabet, as_form, as_form_by_the_names_of_json])
def test_each_format_brings_in_every_member(stack, unique, form):
    own = {"openId": f"o{unique}", "unionId": f"u{unique}"}
    stack.session(openid=own["openId"], session_key=PROFILE[-1][2])
    type, body = form([(member, element, own.get(member, value)) for member, element, value in PROFILE])
    answer = stack.request("POST", "/api/Customer/AppAuthorization", body, {
        "Content-Type": type, "Accept": "application/json", "X-WX-AppId": stack.app_id})
    assert answer.json["data"]["nickName"] == "小明😀"
    assert stack.sql("SELECT name, gender, language, province, city, country, avatar, subscribe_at, unionid "
                     f"FROM wechat_user WHERE openid = '{own['openId']}'") == [[
                         "小明😀", "1", "zh_CN", "广东", "深圳", "中国", "https://example.com/h/132",
                         "2026-01-29 07:00:34.140632", "NULL"]]


GREY = ["https://mmbiz.qpic.cn/mmbiz/icTdbqWNOwNRna42FI242Lcia07jQodd2FJGIYQfG0LAJGFxM4FbnQP6yfMxBgJ0F3YRqJCJ1aPAK2dQagdusBZg/0",
        "https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132"]
USELESS = {
    "nickname": ["微信用户", "undefined", "null", "", " ", "\u200b", "\u3000", "\u00a0", "\ufeff", "n" * 65],
    "avatarUrl": [*GREY, "undefined", "null", "", " ", "wxfile://tmp_1.jpg", "http://tmp/1.jpg", "https://tmp/1.jpg",
                  "data:image/png;base64,AA==", "https://example.com/" + "a" * 493],
    "gender": ["0", "3", "-1", "x", "男", "99999999999"],
    "subscribe_time": ["0001-01-01T00:00:00", "garbage", "1769670034000"],
    "city": ["undefined", "\u200b", "c" * 65], "province": ["null", "p" * 65], "country": ["", "c" * 65],
    "language": ["undefined", "l" * 65]}


@pytest.mark.parametrize("form", [as_json, as_xml, as_form, as_form_by_the_names_of_json])
def test_a_profile_that_says_nothing_overwrites_nothing_and_fails_no_login(stack, unique, form):
    openid, session_key = f"o{unique}", PROFILE[-1][2]
    stack.session(openid=openid, session_key=session_key)

    def authorize(**profile):
        own = {"openId": openid, "session_key": session_key, **profile}
        type, body = form([(member, element, own[member]) for member, element, _ in PROFILE if member in own])
        return stack.request("POST", "/api/Customer/AppAuthorization", body, {
            "Content-Type": type, "Accept": "application/json", "X-WX-AppId": stack.app_id})

    def stored():
        return stack.sql("SELECT name, gender, language, province, city, country, avatar, subscribe_at "
                         f"FROM wechat_user WHERE openid = '{openid}'")

    customer_id(authorize(**{member: value for member, _, value in PROFILE[1:9]}))
    before = stored()
    others = {as_json: [[], {}, ["x"], {"a": [1]}], as_xml: ["<a/>", "<a>x<b/></a>y"]}.get(form, [])
    for member, values in USELESS.items():
        for value in [*values, *others]:
            customer_id(authorize(**{member: value}))
            assert stored() == before, (member, value)


def test_a_code_is_exchanged_once_whichever_dialect_posts_it(stack, unique):
    code = stack.code(openid=f"o{unique}")["code"]
    answers = at_once([lambda: stack.login(code), lambda: stack.authorize({"code": code})] * (N_MIXED // 2))
    ids = {answer.json["data"]["id"] for answer in answers[::2]}
    tokens = {answer.json["data"]["accessToken"] for answer in answers[1::2]}
    assert ids == {customer_id(answer) for answer in answers[1::2]} and len(ids) == 1
    assert len(tokens) == N_MIXED // 2
    assert sum(call["code"] == code for call in stack.calls("/sns/jscode2session")["calls"]) == 1


def test_parallel_logins_of_a_new_user_make_one_account(stack, unique):
    openid = f"o{unique}"
    codes = [stack.code(openid=openid)["code"] for _ in range(N_LOGINS)]
    accounts = stack.count("account")
    answers = at_once([lambda code=code: stack.authorize(
        {"code": code, "openId": openid, "nickname": "小明"}, timeout=120) for code in codes])
    assert len({customer_id(answer) for answer in answers}) == 1
    assert stack.count("wechat_user", f"openid = '{openid}'") == 1
    assert stack.count("account") == accounts + 1
    assert stack.count("access_token", "revoked_at IS NULL AND wechat_user_id = "
                       f"(SELECT id FROM wechat_user WHERE openid = '{openid}')") == 10


def test_parallel_proofs_of_one_session_make_one_account(stack, unique):
    openid = f"o{unique}"
    key = stack.session(openid=openid)["session_key"]
    answers = at_once([lambda i=i: stack.authorize(
        {"openId": openid, "session_key": key, "nickname": f"name {i}"}) for i in range(N_MIXED)])
    assert len({customer_id(answer) for answer in answers}) == 1
    assert stack.user(openid)["name"] in {f"name {i}" for i in range(N_MIXED)}


def test_flags_are_the_accounts_own(stack, ctl, unique):
    def can_pay():
        return stack.request("POST", "/api/Customer/AppAuthorization", {"openId": openid},
                             key=stack.key).json["data"]["CanBalancePay"]

    openid = f"o{unique}"
    assert not can_pay()
    ctl.out("account", "set", openid, "can_balance_pay", "true")
    assert can_pay()
    assert "\nflag      can_balance_pay true\n" in ctl.out("user", "show", openid)
    ctl.out("account", "set", openid, "can_balance_pay", "none")
    assert not can_pay() and "\nflag " not in ctl.out("user", "show", openid)
    done = ctl.run("account", "set", openid, "is_active", "true")
    assert done.returncode == 64 and "an account has no such flag" in done.stderr
    assert ctl.run("account", "set", openid, "can_balance_pay", "1").returncode == 64


def test_flags_are_the_tenants_settings(stack, ctl, unique):
    flags = {"IsMiniProgramRemind": "is_mini_program_remind", "IsCloseOrderPda": "is_close_order_pda",
             "IsShowStatisticsPda": "is_show_statistics_pda", "CanBalancePay": "can_balance_pay",
             "IsShowNoFeeLeaveButton": "is_show_no_fee_leave_button"}
    for flag, name in flags.items():
        ctl.out("tenant", "set", "2", name, "true")
        data = stack.request("POST", "/api/Customer/AppAuthorization", {"openId": f"o{unique}"},
                             {"Host": "second.localhost"}, key=stack.key_2).json["data"]
        assert {other: data[other] for other in flags} == {other: other == flag for other in flags}
        ctl.out("tenant", "set", "2", name, "false")
