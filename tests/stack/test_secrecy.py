"""Login codes, session keys, secrets, credentials, openids and phones reach no log file, whether all goes well or not."""

import base64
import json
import re
from urllib.parse import urlencode

from stack import new_phone, wait_until


def logs(stack):
    """The text of each log file by its name, once nginx has written its own."""
    access = stack.state / "log/nginx.access.log"
    n = access.read_text().count("PATCH")
    stack.request("PATCH", "/healthz")
    wait_until(lambda: access.read_text().count("PATCH") > n, 10, "the log has the last request")
    texts = {path.name: path.read_text(errors="replace")
             for path in (stack.state / "log").iterdir() if path.is_file()}
    assert {"wxuser.log", "sandbox.log", "nginx.access.log"} <= set(texts)
    return texts


def test_no_log_holds_a_secret(stack, unique):
    forbidden = [(stack.state / "secret" / name).read_text().strip() for name in
                 ("wxuser.password", "control.password", "migrate.password", "sandbox.password", "tenant-1.key",
                  "tenant-2.key", stack.app_id)]
    session_key = "c2Vzc2lvbi1rZXktb2Ytb24="
    phone = "13912345678"
    for fault in (None, "cut", "html", "truncate"):
        made = stack.code(openid=f"o{unique}", session_key=session_key)
        forbidden.append(made["code"])
        if fault is not None:
            stack.fault("/sns/jscode2session", fault)
        stack.login(made["code"])
        stack.log_in(openid=f"o{unique}")
    stack.save(openId=f"o{unique}", phone=phone)
    stack.get(f"/api/weixin/wxbuyinguser/get?id=x&token={stack.key}&code=0code{unique}")
    assert stack.user(f"o{unique}")["phone"] == phone
    stack.get(f"/api/weixin/wxbuyinguser/get?id=x&phone={phone}")
    forbidden += [session_key, phone, f"0code{unique}", f"o{unique}", stack.key[4:30]]

    for name, text in logs(stack).items():
        for secret in forbidden:
            assert secret not in text, f"{name} holds {secret!r}"


def test_paths_of_endpoints_only_are_logged(stack, unique):
    """Of another path the service logs the segments that one of them has."""
    paths = ["/api/weixin/wxbuyinguser/get", "/API/weixin/wxbuyinguser/GetByOpenid/", "/healthz", "/help/style.css"]
    for path in paths:
        stack.get(f"{path}?id=1&openId=o{unique}")
        stack.get(f"{path}/o{unique}?x")
        stack.get(f"{path}%20o{unique}")
    stack.get(f"/wechat/push/o{unique}?signature=o{unique}")
    for path in f"/v1/me/phone/wechat/{unique}", f"/V1/me/phone/{unique}/wechat", f"/{unique}", f"/v1/mephone{unique}":
        stack.request("POST", path)
    for known in "/v1/me/phone/wechat", "/V1/me/phone", "/", "/v1", "/API/weixin/wxbuyinguser/GetByOpenid":
        stack.await_log(f" path={known} status=404 ")
    access = stack.state / "log/nginx.access.log"
    wait_until(lambda: {*paths, "/wechat/push/", ""} <= {
        json.loads(line)["path"] for line in access.read_text().splitlines()}, 20, "nginx has logged them")
    texts = logs(stack)
    assert unique not in texts["nginx.access.log"] and unique not in texts["wxuser.log"]


def test_a_reason_names_no_member_that_no_endpoint_has(stack, unique):
    """What a client writes there may be a phone or a key."""
    bodies = ['{"%s": ', '{"%s": {"a"', '{"%s": "x" "y"}', '{"id": 1, "%s": ]}', '{"$ref": "1", "%s": 1}', '["%s"]']
    for path in ("/api/weixin/wxbuyinguser/saveuser", "/api/weixin/wxbuyinguser/getlist", "/v1/users/find",
                 "/city/v3/OnlineMediateWW/SaveWXUserInfo", "/api/Customer/AppAuthorization",
                 "/account_api/wechat/user/getUserInfo"):
        for body in bodies:
            stack.request("POST", path, body % unique, key=stack.key, headers={"Content-Type": "application/json"})
        stack.await_log(rf'endpoint={path[1:]} .* reason="\(unknown\): ')
    assert unique not in logs(stack)["wxuser.log"]


def authorize(stack, type, members):
    """The whole answer to members as JSON, XML or a form."""
    if type == "application/xml":
        elements = "".join(f"<{name}>{value}</{name}>" for name, value in members.items())
        body = ('<UserInfo xmlns="http://schemas.datacontract.org/2004/07/'
                f'Applications.MiniProgramTools.Models">{elements}</UserInfo>')
    elif type == "application/json":
        names = {"OpenId": "openId", "SessionKey": "session_key", "Code": "code", "UnionId": "unionId"}
        body = json.dumps({names[name]: value for name, value in members.items()})
    else:
        body = urlencode(members)
    answer = stack.request("POST", "/api/Customer/AppAuthorization", body,
                           headers={"Content-Type": type, "X-WX-AppId": stack.app_id})
    return f"{answer.headers}{answer.text}"


def test_what_proves_an_openid_comes_out_nowhere(stack, unique):
    openid = f"o{unique}"
    proofs, answers = [], []
    for i, type in enumerate(["application/json", "application/xml", "application/x-www-form-urlencoded"]):
        made = stack.code(openid=openid, session_key=base64.b64encode(f"{unique}{i}".encode()).decode())
        wrong = f"wrong-{unique}-{i}"
        proofs += [made["code"], made["session_key"], wrong]
        for members in ({"Code": made["code"]}, {"SessionKey": made["session_key"]},
                        {"SessionKey": wrong}, {"SessionKey": made["session_key"], "UnionId": "u" * 65},
                        {"SessionKey": wrong * 40}, {"Code": made["code"], "SessionKey": wrong}):
            answers.append(authorize(stack, type, {"OpenId": openid, **members}))
        stack.fault("/wxa/checksession", "html")
        answers.append(authorize(stack, type, {"OpenId": openid, "SessionKey": wrong}))
    assert sum("wxt_" in answer for answer in answers) == 9

    texts = answers + list(logs(stack).values())
    for secret in [*map(re.escape, proofs), r"81_[\w-]{100}", "signature=[0-9a-f]"]:
        assert not any(re.search(secret, text) for text in texts), secret


def test_personal_data_is_sealed_in_the_database(stack, unique):
    stack.save(openId=f"o{unique}", phone="13987654321")
    stack.log_in(openid=f"o{unique}", session_key="YW5vdGhlci1zZXNzaW9uLWs=")
    (phone, session), = stack.sql(
        f"SELECT HEX(phone), HEX(session_key) FROM wechat_user WHERE openid = 'o{unique}'")
    assert len(phone) > 60 and "13987654321".encode().hex().upper() not in phone
    assert len(session) > 60 and b"YW5vdGhlci1zZXNzaW9uLWs=".hex().upper() not in session


def holders(stack, text):
    """The tables of the service's schema in which the text stands in any column."""
    columns = stack.sql("SELECT table_name, GROUP_CONCAT(CONCAT('CAST(`', column_name, '` AS BINARY)')) "
                        "FROM information_schema.columns WHERE table_schema = DATABASE() GROUP BY table_name")
    assert ["wechat_user"] in [[table] for table, _ in columns]
    return [table for table, names in columns if stack.sql(
        f"SELECT 1 FROM `{table}` WHERE LOCATE('{text}', CONCAT_WS('|', {names})) > 0 LIMIT 1")]


def test_a_confirmed_phone_stands_in_no_log_and_no_table(stack, unique):
    """However it is confirmed, and whatever WeChat answers."""
    openid, api = f"o{unique}", "/wxa/business/getuserphonenumber"
    token, by_sms, by_button = stack.token(openid=openid), new_phone(), new_phone()
    forbidden = [by_sms, by_button, token]

    def press(fault=None):
        code = stack.phone_code(openid=openid, phone=by_button)["code"]
        forbidden.append(code)
        if fault:
            stack.fault(api, fault)
        return stack.request("POST", "/v1/me/phone/wechat", {"code": code}, key=token).status

    sent = {"phone": by_sms, "code": stack.sms_code(token, by_sms)}
    assert stack.request("POST", "/v1/me/phone/sms", sent, key=token).status == 200
    assert [press(), press("truncate"), press("cut"), press()] == [200, 502, 502, 200]
    assert stack.request("POST", "/v1/users/find", {"phone": by_button}, key=stack.key).json["users"] != []

    for name, text in logs(stack).items():
        for secret in forbidden:
            assert secret not in text, f"{name} holds {secret!r}"
    for secret in forbidden:
        assert holders(stack, secret) == []
    assert holders(stack, openid) != []
