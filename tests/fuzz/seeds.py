"""Writes what the targets begin with: seeds.py TREE DIRECTORY, seeds to DIRECTORY/TARGET/, words to DIRECTORY/TARGET.dict.

Requests are those of tests/cases; names are those of the source. What neither has stands here.
"""

import hashlib
import itertools
import json
import pathlib
import re
import struct
import sys
import zlib

TREE, OUT = (pathlib.Path(argument) for argument in sys.argv[1:3])
sys.path.insert(0, str(TREE / "tests/stack"))
import moved_users  # noqa: E402

READ_USERS = 8  # of fuzz_users.c
TOKEN = "wxt_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1"
HOLES = {"token": None, "api-key": "wxk_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp11MWnoQ", "phone": "13800138000",
         "id": "1", "member": "1", "resident": "1", "app": "wx0123456789abcdef"}
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def well_formed(token):
    """Ended by its checksum."""
    crc, digits = zlib.crc32(token.encode()), ""
    for _ in range(6):
        crc, digit = divmod(crc, 62)
        digits = DIGITS[digit] + digits
    return token + digits


HOLES["token"] = well_formed(TOKEN)


def fill(hole):
    name = hole[1].decode().rstrip("0123456789")
    return HOLES.get(name, "o" + name).encode()


def requests():
    """Method, target, header lines and body of each request of the cases, and all as it stands."""
    for path in sorted((TREE / "tests/cases").glob("*/*/request*")):
        text = re.sub(rb"\$\{([A-Za-z0-9-]*)(?::[a-z0-9]+)?\}", fill, path.read_bytes()).removesuffix(b"\n")
        head, _, body = text.partition(b"\n\n")
        first, *headers = head.split(b"\n")
        method, target = first.split(b" ", 1)
        yield method, target, headers, body, text


def endpoints():
    """The paths in the order of the table."""
    source = b"".join(path.read_bytes() for path in sorted((TREE / "handlers").glob("*/*.c"))).decode()
    path = dict(re.findall(r'\nconst struct endpoint (\w+) = \{.*?\.path = "([^"]*)"', source, re.S))
    table = (TREE / "handlers/endpoints.def").read_text()
    return [path.get(name, "") for name in re.findall(r"^ENDPOINT\((\w+),", table, re.M)]


ENDPOINTS = endpoints()


def number_of(target):
    """The endpoint that a target is of, as the first byte of an input."""
    words = target.split(b"?")[0].decode("latin-1").strip("/").lower().split("/")
    for i, path in enumerate(ENDPOINTS):
        own = path.lower().split("/")
        if len(own) == len(words) and all(a == b or a.startswith("{") for a, b in zip(own, words)):
            return bytes([i])
    return b"\0"


def bodies(of):
    for _, target, headers, body, _ in requests():
        type_ = b" ".join(line for line in headers if line.lower().startswith(b"content-type"))
        if of in type_ and body:
            yield target, body


# ---- Of each target.

# What the database and WeChat answer: all rows there, none, some; other values.
ROWS = (b"", b"\n%%\n" + b"\0" * 40, b"\n%%\n" + b"\x0b" * 12, b"\n%%\n" + bytes(range(16)) * 12,
        b"\n%%\n" + b"\0\1\2\3\0\4\0" * 30 + b'\n%%\n\0\0{"openid":"o1","session_key":"a2V5","unionid":"u1","errcode":0}')


HEADER_LINES = (
    "Origin: https://h5.example.com", "Origin: https://b.example", "Origin: https://h5.example.com\nAccess-Control-Request-Method: POST",
    "X-Forwarded-For: 1.2.3.4, ::1", 'Forwarded: for="[2001:db8::1]:80", for=1.2.3.4', "X-Forwarded-For: unknown\nREMOTE_ADDR: ::ffff:127.0.0.1",
    "REMOTE_ADDR: 10.1.2.3", "REMOTE_ADDR: 2001:db8::7", "REMOTE_ADDR: none", "Accept-Language: zh;q=0.5\nAccept-Language: en-GB",
    "Authorization: Bearer a\nAuthorization: Bearer b", "Authorization: Bearer a, Basic b", "Token: a\nToken: a", "X-WX-AppId: a, a",
    "CONTENT_LENGTH: 9", "CONTENT_LENGTH: 1x", "CONTENT_LENGTH: 9" + "9" * 20, "CONTENT_TYPE: text/html\nContent-Type: application/json",
    "REQUEST_LINE: GET http://a.example/healthz HTTP/1.1", "REQUEST_LINE: GET", "REQUEST_URI: https://a.example?a=b", "HTTPS: on\nHost: a:443",
    "REQUEST_SCHEME: http\nSERVER_PORT: 80\nHost: a:80", "SENT_AT: 1789999999.5", "SENT_AT: 1789999999500000", "SENT_AT: 1.x")


def seeds_request():
    for (_, _, _, _, text), rows in zip(requests(), itertools.cycle(ROWS)):
        yield text + rows
        if b"Authorization: Bearer wxt_" in text:
            yield text + b"\n%%\n" + TOKEN_ROW
            yield text + b"\n%%\n" + b"1" * 33
    for line in HEADER_LINES:
        for method, path in ("POST", "v1/login"), ("OPTIONS", "v1/login"), ("GET", "v1/me"), ("POST", "api/weixin/wxbuyinguser/saveuser"):
            yield f"{method} /{path}\n{line}\n\n{{}}".encode()
    for target in b"/v1/\xff", "/v1/小".encode(), b"/v1/%00", b"/v1/%e5%b0%8f", b"/v1/\1", b"/" + b"a" * 5000:
        yield b"GET " + target + b"\n\n"
    yield b"POST /v1/login\nX-Requested-With: \xff\nAuthorization: \xff\n\n" + b"a" * 70000
    for phone in PHONES:
        yield f'POST /city/v3/OnlineMediateWW/SendVerifyCode\nKey: 1\nContent-Type: application/json\n\n{{"MobilePhone":"{phone}"}}'.encode()
        yield f'POST /v1/users/find\nKey: 1\nContent-Type: application/json\n\n{{"phone":"{phone}"}}'.encode()
    yield from pushes()


# Rows of an access token that is valid: a byte for each choice of the database's stand-in.
TOKEN_ROW = b"\0" + b"\0\0" * 5 + b"\0\0\0" * 2 + b"\3\0\0" + b"\0\0\1" * 2 + b"\0\0" + b"\0\0\1" + b"\0\1" + b"\1\0\0"
# Of an app without a key whose push token is "admin".
APP_ROW = b"\0" + b"\0\0" * 2 + b"\0\0\3" + b"\0\0" + b"\0\0\0\2" + b"\0\0\0\0" * 2
PHONES = ("13800138000", "+86 138-0013-8000", "008613800138000", "12800138000", "１３８００１３８０００", "1.38E+10", "手机号：13800138000",
          "Tel: (+86)138 0013 8000", "+44 (0)20 7946 0958", "0044207946095", "+0442079460958", "(0)13800138000")


def pushes():
    """Events of WeChat, signed for APP_ROW."""
    signature = hashlib.sha1("".join(sorted(("admin", "1790000000", "n"))).encode()).hexdigest()
    for event in "subscribe", "unsubscribe", "user_info_modified", "user_authorization_revoke", "user_authorization_cancellation", "CLICK":
        for more in {}, {"OpenID": "o2", "RevokeInfo": "1,2"}, {"AppID": "wx"}, {"PluginID": "a"}, {"CreateTime": "99999999999999"}, {"MsgType": "text"}:
            message = {"MsgType": "event", "Event": event, "FromUserName": "o1", "CreateTime": "1790000000", **more}
            xml = "".join(f"<{name}>{value}</{name}>" for name, value in message.items())
            for body in json.dumps(message), f"<xml>{xml}</xml>", f"<xml>{xml}<Encrypt>YWJj</Encrypt></xml>":
                yield (f"POST /wechat/push/wx0123456789abcdef?signature={signature}&timestamp=1790000000&nonce=n\n\n{body}\n%%\n".encode()
                       + APP_ROW)


DATES = (
    "2026-09-21 10:00:00 +08:00", "2026-09-21T10:00:00+0800", "2026-09-21 10:00 -8", "2026-09-21 10:00 +8:", "2026-09-21 10:00+99",
    "Mon, 21 Sep 2026 10:00:00 GMT", "Sunday September 6 2026", "21 sept 26", "6.9.1931", "1/2/29", "2/30/2026", "2026", "2026-13-01",
    "09/21/2026 1:02 PM", "13:00 pm", "2026-01-01 12:30:15 am", "2026-09-21 10", "2026-09-21 10:", "2026-09-21 10:00:", "2026-09-21 10:00:00.",
    "2026-09-21T10:00:00.12345678999", "2026-09-21T10:00:00.99999999", "2026-09-21T24:00:00", "0001-01-01", "9999-12-31T23:59:59.9999999-14:00",
    "/Date(-1000)/", "/Date(0-0500)/", "/Date(1+08)/", "/Date(99999999999999999)/", "/Date()/", "/Date(1)", "2026年9月21日", "10:00", "a")


def json_with_other_values():
    """A body of each endpoint with each of its members changed in turn."""
    seen = {}
    for target, body in bodies(b"json"):
        try:
            message = json.loads(body)
        except ValueError:
            continue
        if isinstance(message, dict):
            seen.setdefault(number_of(target), {}).update(message)
    for number, message in seen.items():
        for name in message:
            for value in None, True, 1, -1.5, 0.5, 1e300, 10 ** 30, "", " 1 ", "true", "0x10", "\0", "a" * 600, [], ["a", 1, None, [2]], {}, {"id": {"a": "b"}}:
                yield number + b"\0" + json.dumps({**message, name: value}).encode()
            yield number + b"\0" + json.dumps({f" {name.upper()}\t": 1}).encode()


def seeds_json():
    for (target, body), flavour in zip(bodies(b"json"), itertools.cycle(b"\0\4\1\2")):
        yield number_of(target) + bytes([flavour]) + body
    # The places of a date, and the spellings of a number.
    for value in ("1e2", "010", "0x1F", "-0", "1.50", "99999999999999999999", "NaN", "-Infinity", '"1,000"', "true", "null",
                  '"/Date(1234567890000+0800)/"', '"2026-02-29T23:59:60.1234567Z"', '"09/21/2026 1:02 PM"',
                  "new Date(1)", "undefined", *(f'"{date}"' for date in DATES)):
        yield number_of(b"/api/weixin/wxbuyinguser/createmember") + b"\0" + f'{{"birthday":{value}}}'.encode()
    yield from json_with_other_values()
    for value in "[1,-2,\"3\",1e3,null,99999999999]", "[[1]]", "[1,{", '{"$values":[1]}', '{"$ref":"1"}', "null", '""', " ", "1":
        yield number_of(b"/api/weixin/wxbuyinguser/getlist") + b"\0" + value.encode()
    yield b"\0\0/* c */ {'a' : [1,2,], // d\n b: {\"c\": \"\\u00e9\\ud83d\\udca9\\x\"}}"
    yield b"\0\1\xff\xfe{\0}\0"


def seeds_xml():
    for _, body in bodies(b"xml"):
        yield b"\0" + body
        yield b"\x04" + body
    instance = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
    own = re.search(r'MODELS_NAMESPACE\s+\\?\s*"([^"]*)"', (TREE / "handlers/customer/shapes.c").read_text()).group(1)
    for root in (f'UserInfo xmlns="{own}" {instance} i:type="UserInfo"', f'a:UserInfo xmlns:a="{own}" {instance} i:type="a:UserInfo"',
                 f'UserInfo xmlns="{own}" {instance} i:type=" Other "', f'UserInfo xmlns="{own}" {instance} i:nil=" true "',
                 f'UserInfo xmlns="{own}" {instance} i:nil="odd"', f'UserInfo xmlns="{own}" {instance}'):
        for inner in ("", "<Sex>1</Sex>", "<Sex> 1 </Sex><Sex>2</Sex>", "<Sex>x</Sex>", "<Sex/>", '<Sex i:nil="true"/>',
                      '<Sex i:nil="odd"/>', "<Sex><a/></Sex>", "<a>" * 200, "text", "<!-- c --><?p i?><![CDATA[ ]]>",
                      *(f"<SubscribeTime>{date}</SubscribeTime>" for date in DATES)):
            yield b"\0" + f"<{root}>{inner}</{root.split()[0]}>".encode()
    yield b"\0<xml><Event><![CDATA[subscribe]]></Event><Encrypt>&#97;&lt;</Encrypt></xml>"
    yield b'\1<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'


def seeds_form():
    for target, body in bodies(b"form"):
        yield number_of(target) + b"\0" + body
        yield number_of(target) + b"\2" + body
    for _, target, headers, _, _ in requests():
        if b"?" in target:
            yield number_of(target) + b"\0" + target.split(b"?", 1)[1]
        for line in headers:
            if line.lower().startswith((b"accept", b"content-type")):
                yield b"\0\0" + line.split(b": ", 1)[1]
    for text in "a[b]小小cd[e=f", "a[0][b]=1&a[]=2&a[b][c]=3&&=4", "Id=0x10&Id=0xg&Id=0x&Id=+1+&Id=%20", "IsStaff=true&IsStaff=x", "%zz=%u5c0f&%", "Name=%00a":
        for number in range(len(ENDPOINTS)):
            yield bytes([number]) + b"\0" + text.encode()
    for flavour in b"\1\2\3":
        yield b"\0" + bytes([flavour]) + b"a=\xd0\xa1&b=\x81"


def seeds_route():
    for method, target, _, _, _ in requests():
        yield b"\0" + method + b"\n" + target.split(b"?")[0][1:]
    yield b"\1GET\nwx/healthz"


def seeds_push():
    for _, _, _, body, _ in requests():
        if body.startswith(b"<xml>"):
            yield b"\3" + body
            yield b"\2" + body
    head = b"0123456789abcdef"
    yield b"\1" + head + struct.pack(">I", 5) + b"<xml>wx0123456789abcdef" + b"\x10" * 1
    yield b'\2{"MsgType":"event","Event":"subscribe","FromUserName":"o1","CreateTime":1790000000,"RevokeInfo":"1"}'
    yield b'\3{"Encrypt":"YWJj","MsgType":"event"}'
    yield b"\0" + b"QUJD" * 16


def seeds_wechat():
    answers = (
        '{"openid":"o1","session_key":"a2V5","unionid":"u1"}',
        '{"access_token":"t","expires_in":7200,"refresh_token":"r","openid":"o1","scope":"snsapi_userinfo","unionid":"u1"}',
        '{"openid":"o1","nickname":"\\u5c0f","sex":1,"province":"P","city":"C","country":"CN","headimgurl":"https://a/b",'
        '"privilege":["a","b"],"unionid":"u1","language":"zh_CN","is_snapshotuser":0}',
        '{"errcode":0,"errmsg":"ok","phone_info":{"phoneNumber":"+8613800138000","purePhoneNumber":"13800138000",'
        '"countryCode":"86","watermark":{"timestamp":1,"appid":"wx0123456789abcdef"}}}',
        *(f'{{"errcode":{code},"errmsg":"no, rid: 1-2-3, invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist"}}'
          for code in (-1, 0, 40001, 40029, 40163, 40164, 40226, 41002, 42001, 42003, 45009, 45011, 48001, 50002, 87009, 89503)),
        "", "[]", "<html>", '{"errcode":"40029"}', '{"openid":"\\u0000"}')
    for call in range(10):
        for answer in answers:
            yield bytes([call]) + b"\0\0" + answer.encode() + b"\n%%\n\0\0" + answers[2].encode()
    yield b"\0\x0e\0"
    yield b"\0\x0f\1"


def seeds_sms():
    for answer in ('{"Code":"OK"}', '{"Code":"isv.BUSINESS_LIMIT_CONTROL","Message":"m"}', '{"Code":"isv.MOBILE_NUMBER_ILLEGAL"}',
                   '{"Response":{"SendStatusSet":[{"Code":"Ok"}]}}', '{"Response":{"Error":{"Code":"AuthFailure"}}}',
                   '{"Response":{"SendStatusSet":[{"Code":"LimitExceeded.PhoneNumberDailyLimit"}]}}', "OK", '{"code":0}', "<a/>"):
        for driver in range(32):
            yield (bytes([driver]) + b'["${code}"]\nto=${phone}&text=${code}\nX-A: ${access_key} | X-B: 1\n'
                   b'{"a":"${phone}${secret}","b":"${code}"}\nOK\n' + (b"code=0" if driver & 1 else b"") + b"\n\0\0" + answer.encode())
    for outcome in b"\0\x0e\x0f":
        for status in b"\0\1\x09":
            yield b"\2" + b"\n" * 6 + bytes([outcome, status])


def seeds_credential():
    key, token = HOLES["api-key"].encode(), HOLES["token"].encode()
    for choice in range(0, len(ENDPOINTS), 3):
        for lines in ((b"Bearer " + key, b"", b"", b""), (b"bearer  " + token, b"Bearer " + token, token, b"token=" + token),
                      (b"Basic YTpi", b"Bearer a, Basic b", b"x, x", b"a=b&Token=%77xt_"), (b"", b"", key, b"token=" + key)):
            yield bytes([choice]) + b"\n".join(lines)


def seeds_conf():
    sample = (TREE / "conf/wxuser.conf.in").read_text()
    settings = re.sub(r"^[#;] ?(?=\w+ ?=)", "", sample, flags=re.M)
    for section in re.split(r"(?m)^(?=\[)", settings):
        yield b"\2" + section.encode()
    yield b"\3[http]\nhosts = a.example=wx1,\n  b.example=wx2\norigins = https://a.example:8443\ntrusted_proxies = 10.0.0.0/8, ::1\n"
    yield b"\4[database]\nhost = a:1, b, [::1]:3306\nprefer = random\n[log]\npath = syslog\n[auth]\ntrusted_networks = 10.0.0.0/8=till 2\n"
    yield b"\5[sms]\ndriver = template\nbase_url = https://a\nquery = to=${phone}&t=${code}\nsuccess_member = code=0\nproxy = http://u:p%40@h:3\n"
    yield "\6[server]\nworkers_core ＝ 1\n[srever]\nuser = x # y\nuser = z\n".encode()
    yield b"\7\xff\xfe[\0s\0"
    for text in ("[database]\nuser = \"a\"\nport = 99999\n", "[log]\nlevel = loud\n", "[log]\nlevle = info\n", "[wechat]\nuser = a\n", "user = a\n",
                 "[log]\nlevel = info # a\n", "[log]\nlevel =\n", "[log]\nlevel = info\nlevel = info\n", "[log]\nlevel = info\n  error\n", "[http]\norigins = https://a,\n  \xff\n", "[http]\norigins = https://a,\n  https://b\n",
                 "[log]\n" + "a" * 5000, "[log]\nlevel\n", "[database]\nhost = " + ",".join("abcdefghijklmnopqrst") + "\n",
                 "[database]\nhost = a://b\n", "[database]\npassword = a\npassword_file = /dev/null\n", "[database]\nhost = [::1\n",
                 "[server]\nbase_path = wx/\n", "[account]\nemail_domain = a@b\n", "[sms]\nsecret = a\nsecret_file = /none\n",
                 "[wechat]\nca_file = /none\nbase_url = http://localhost:8080\n", "[wechat]\nca_file = /etc/hostname\nbase_url = http://127.0.0.1\n",
                 "[sms]\nca_file = /etc/ssl/certs/ca-certificates.crt\n", "[wechat]\nbase_url = http://a\nproxy = http://u@h\n",
                 "[wechat]\nbase_url = http://a%ff\nproxy = http://a%ff:1\n", "[wechat]\nbase_url = ftp://a?b\nproxy = socks://h\n", "[wechat]\nbase_url = https://u@a#b\nproxy = http://u:p@h:1/p\n",
                 "[http]\norigins = *\n", "[http]\norigins = a\n", "[http]\norigins = https://A/\n", "[http]\norigins = https://[::1]:443\n",
                 "[http]\norigins = http://a:x\n", "[http]\ntrusted_proxies = 10.0.0.0/33\n", "[auth]\ntrusted_networks = 10.0.0.0/8\n",
                 "[http]\nhosts = a.example\n"):
        yield b"\4" + text.encode()
        yield b"\x14" + text.encode()  # readable by all
    yield b"\x1c[log]\n"  # and writable
    yield b"\4\xff\xfe[\0"
    for variables in "log__level=error\nlog__level=loud\n", "log_level=a\n", "lgo__level=a\nlog__levle=a\n", "database__port=x", "log__level=\xff":
        yield b"\3" + variables.encode("latin-1")
    new, old = f"hkdf {'A' * 43}=", f"{'B' * 43}="
    for kind in range(4):
        for text in (f"1 {new}\n", f"# comment\n\n1 {old}\n2 lost\n3 {new}\n", f"1 {new}\n2 {old}", f"\ufeff7 {new}\r\n", "junk\n65536 AA==\n", "", "\n",
                     f"1 {new}\n1 {old}\n", f"2 {new}\n1 {new}\n", "3 lost\n", f"1 {new}\n3 lost\n", "1 hkdf\n", "1 hkdf A=\n", f"0 {new}\n", f"65535 {new}\n",
                     f"1 {'c2Vh' + 'A' * 39}=\n", f"1 {'bG9v' + 'A' * 39}=\n", "1 " + "A" * 200, "\0",
                     "".join(f"{number} lost\n" for number in range(1, 70)), "".join(f"{number} hkdf {number:02}{'A' * 41}=\n" for number in range(1, 70))):
            for use in b"\1\2":
                yield bytes([32 * kind + use]) + text.encode()
    yield b"\x19" + new.encode()
    for text in b"secret\nmore", b"\n", b"", b"\xef\xbb\xbfsecret\r\n", b"a" * 300, b"a\0b":
        yield b"\0" + text
        yield b"\x10" + text


def seeds_csv():
    members = "phone,name,sex,idCard,birthday,address,cardState\n13800138000,小明,男,110101199003070038,1990-03-07,a,正常\n+8613900139000,a,1,11010119900307003X,1990年3月7日,,2\n13700137000,b,女,130503670401001,19670401,,1\n"
    communities = "名称,区划代码,区划级别,机构,机构级别,业务类型,单位类型\n小组,110101,3,机构,2,1,1\n"
    regions = "code,name\n11,北京市\n1101,市辖区\n110101,东城区\n"
    odd = 'sep=;\n姓名;手机;生日\n"=""a""";\'+8613800138000;1990年1月5日\n;"1\n2";1.38E+10\n"open\n'
    levels = "code,name,provinceCode,cityCode\n110101,a,11,1101\n", "code,name,provinceCode\n1101,a,12\n", "code,name,cityCode\n11,a,1101\n"
    odd_members = (
        f"phone,name,address\n13800138000,{'a' * 65},\n13800138001,a,{'a' * 257}\n", "phone,sex\n13800138000,odd\n13800138001,女\n",
        "phone,birthday\n13800138000,36526\n13800138001,01/02/1990\n13800138002,5/1/90\n13800138003,odd\n13800138004,0001-01-01\n",
        "phone,idCard\n13800138000,110101199003070000\n13800138001,1\n", "phone,cardState\n13800138000,odd\n13800138001,挂失\n",
        "phone,name\n13800138000,a\n+86 13800138000,b\n", "phone,name\n" + "1,a\n" * 150, "phone,name\n" + "".join(f"{phone},a\n" for phone in PHONES), "phone,phone\n1,2\n", "name\na\n", "phone,,a b\n1,2,3,4\n",
        'phone,name\n1,a"b\n2,"a"b\n3,"a" \n4,=1"\n5,"' + "a" * 70000)
    odd_communities = (
        f"名称,机构\n{'a' * 65},\na,{'a' * 65}\n,\n", "名称,区划级别\na,6\n", "名称,机构级别\na,x\n", "名称,业务类型\na,-1\n", "名称,单位类型\na,0\n",
        "名称,区划代码\na,x\n", "名称,区划代码\na,110101\nb,110101\n", "名称,机构\na,b\nb,\n")
    odd_regions = "code,name\n1,a\n", f"code,name\n11,{'a' * 65}\n", "code,name\n", "code,name\n11,a\n11,b\n", "code,name\n110101001,街道\n", *levels
    for command, texts in enumerate(((members, *odd_members), (communities, *odd_communities), (regions, *odd_regions), ("",), ("",))):
        for text in texts:
            for choice in command, command + 5:
                yield bytes([choice]) + text.encode() + b"\n%%\n" + b"\0" * 8
                yield bytes([choice]) + text.encode() + b"\n%%\n" + b"\5" * 60
                yield bytes([choice]) + text.encode() + b"\n%%\n" + bytes(range(16)) * 12
        for encoding in "utf-8-sig", "gb18030", "utf-16":
            yield bytes([command]) + texts[0].encode(encoding) + b"\n%%\n" + b"\0" * 8
    for encoding in "utf-8", "gb18030", "utf-16", "utf-16-be":
        yield b"\x0a" + odd.encode(encoding)
    for text in *odd_members, "phone\tname\r1\t2\r", "\n,\nphone\n1\n":
        yield b"\x0a" + text.encode()
    yield b"\x0btitle\n\nphone,name\n,\n1\n\xff,\xe4\xb8\n"


def seeds_users():
    own = ("openid,unionid,externalId,externalSource,name,avatar,phone,phoneConfirmed,gender,language,country,province,city,createdAt,lastLoginAt,disabled\n"
           "o1,u1,7 8,- crm.2,小明,https://a.example/1,13800138000,true,1,zh_CN,中国,湖南,长沙,2024-01-05 08:30:00,1700000000,停用\n"
           "o2,u1,8,,'=1,,13800138000,是,女,,,,,1700000000000,2024-01-05T00:00:00Z,false\no3,,,,,,,2024-01-05,0,,,,,0000-00-00,0,\n")
    lines = ('{"openid":"o1","昵称":"a😀","gender":1,"createdAt":1700000000,"phoneConfirmed":true}\n\n# nothing\n'
             '{"openid":"o2","externalId":17,"name":null,"createdAt":{"$date":{"$numberLong":"1700000000000"}}}\n'
             '{"openid":"o3","lastLoginAt":{"__type":"Date","iso":"2024-01-01T00:00:00.000Z"},"phone":1.38e10,"gender":1.5}\n')
    odd = ("openid,phone\no1,1.38E+10\no2,139\no3,\n", "openid,unionid\nno openid,\no1,?\n", "openid,gender\no1,x\n", "openid,id\no1,6.1E+17\n",
           "openid,createdAt\no1,soon\no2,2999-01-01\no3,5/3/2021\n", "openid,disabled\no1,perhaps\n", f"openid,name,avatar\no1,{'a' * 65},\no2,,{'a' * 513}\n", "openid,nick\no1,a\n",
           f"openid,id\no1,1 2 3 4 5 6 7 8 9\no2,{'a' * 129}\n", "openid,id,externalSource\no1,1,a b\no2,1 2,-\no3,,a\no4,1,系统\n", "name\na\n", "openid\no1\no1\n,\n", "openid,phone,phoneConfirmed\no1,13800138000,否\no2,13800138001,odd\n")
    odd_lines = ('[{"openid":"o1"}]\n', "[\n{}\n]\n", "{\n", '{"openid":"o1"}\n{"openid"\n[]\n1\n', '{"openid":"o1","name":["a"]}\n', '{"name":"o1"}\n',
                 '{"openid":"o1","nick":"a"}\n', '{"openid":"o1","name":"a","昵称":"b"}\n', '{"openid":"o1","name":"a\\u0000b"}\n',
                 '{"openid":"o1"}\n{"openid":"o2","name":"' + "a" * 70000 + '"}\n', '{"openid":"o1","phone":-0.5,"gender":1e300}\n', '#filetype:JSON\n{"openid":"o1"}\n')

    def seed(choice, options, files, map_="", rows=b"\0" * 8):
        texts = [file if isinstance(file, bytes) else file.encode() for file in files] + [b""] * (3 - len(files))
        return bytes([choice, options]) + map_.encode() + b"\n" + b"".join(text + b"\n%%\n" for text in texts) + rows

    rows = b"", b"\0" * 8, b"\5" * 60, bytes(range(16)) * 12, b"\x0b" * 40, b"\0\1\2\3\0\4\0" * 30
    for text in (own, lines, *odd, *odd_lines):
        yield seed(READ_USERS, 0, [text])
        for options, answers in zip(itertools.cycle((0, 1, 2, 5, 31)), rows):
            yield seed(0, options, [text], rows=answers)
    for encoding in "utf-8-sig", "gb18030", "utf-16":
        yield seed(READ_USERS, 0, [own.encode(encoding, "replace")])
        yield seed(READ_USERS, 0, [lines.encode(encoding, "replace")])
    for map_ in "openid=wx,name=nick", "openid=a.b.c", "openid", "nothing=a", "openid=", "名称=a,=", "phone=tel,phone=mobile,openid=wx":
        yield seed(0, 2, ["wx,nick,tel\no1,a,1\n"], map_)
        yield seed(0, 2, ['{"wx":"o1","a":{"b":{"c":"o2"}},"nick":"a"}\n'], map_)
        yield seed(1, 2, ['{"objectId":"1","wx":"o1","a":{"b":{"c":"o2"}}}\n'], map_)
    for choice, kind in itertools.product(range(4), moved_users.KINDS):
        files = [*[*moved_users.FORMATS.values()][choice](moved_users.people("p", 5), kind).values()]
        for answers in rows:
            yield seed(1 + choice, 0, files, rows=answers)
        yield seed(1 + choice, 0, files[::-1])
        yield seed(1 + choice, 0, files[:1])
        yield seed(1 + choice, 2, [*files[:1], "x,y\n1,2\n"])
    for text in ("oldOpenid,newOpenid\no1,o2\no3,o4\n", '{"ori_openid":"o1","new_openid":"o2","err_msg":"ok"}\n{"ori_openid":"o3","new_openid":"o2"}\n',
                 "ori_openid,new_openid\no1,o1\no1,?\n,\n", "oldOpenid,newOpenid\no1,o2\no1,o3\n"):
        for options, answers in zip(itertools.cycle((0, 1, 2, 4, 7)), rows):
            yield seed(5, options, [text], rows=answers)
    for choice, answers in itertools.product((6, 7), rows):
        yield seed(choice, 0, [""], rows=answers)


def seeds_erasures():
    hashes = "0123456789abcdef" * 4, "f" * 64, "-"
    yield f"\0{1790000000000000} {hashes[0]} - - 0123456789abcdef\n{1790000000000000} {'g' * 64} - - =\n".encode()
    for own in b"\0\1":
        yield bytes([own]) + b"".join(f"{at} {a} {b} {c} =\n".encode() for at, (a, b, c) in
                                      enumerate(itertools.product(hashes, repeat=3), 1790000000000000))
        yield bytes([own]) + f"1790000000000000 {hashes[0]} - -\n1 x - - =\n-1 {hashes[1]} - - 0123456789abcdef\n{'a' * 300}\n".encode()


def seeds_records():
    def record(type_, content, padding=0, version=1):
        return struct.pack(">BBHHBB", version, type_, 1, len(content), padding, 0) + content + b"\0" * padding

    begin = record(1, b"\0\1\1\0\0\0\0\0")
    params = record(4, b"\x0e\x04REQUEST_METHODPOST", 3)
    for piece in range(8):
        yield bytes([piece]) + begin + params + params + record(4, b"") + record(5, b"body", 4) + record(5, b"more") + record(5, b"")
        yield bytes([piece]) + begin + params + record(4, b"") + record(5, b"x" * 3000) + record(5, b"y" * 10) + record(5, b"")
        yield bytes([piece]) + begin + params + record(4, b"") + params + record(5, b"")
        yield bytes([piece]) + begin + record(2, b"") + record(5, b"", version=2) + record(9, b"a")


# ---- Words.

def names():
    text = b"".join(path.read_bytes() for path in (TREE / "handlers").glob("**/*.c")).decode()
    return sorted(set(re.findall(r'\.(?:name|property|element) = "([^"]+)"', text)))


def keys():
    text = (TREE / "app/base/conf.def").read_text()
    return sorted({word for pair in re.findall(r"^CONF_\w+\((\w+), (\w+)", text, re.M) for word in pair})


IMPORT_COLUMNS = "members", "communities", "regions"
USER_COLUMNS = "user_fields", "user_formats", "users_remap"


def columns(*files):
    text = "".join((TREE / f"app/ctl/{file}.c").read_text() for file in files)
    return sorted({word for found in re.findall(r'"([^"%\\]{2,40})"', text) for word in found.split("|") if " " not in word})


HEADERS = ["Key: 1\n", "Token: ", "Authorization: Bearer ", "Content-Type: ", "application/json", "application/xml",
           "application/x-www-form-urlencoded", "application/merge-patch+json", "X-WX-AppId: ", "Accept: ", "Origin: ",
           "Accept-Language: en\n", "REQUEST_LINE: ", "\n%%\n", "charset=utf-16", "charset=gbk", "If-Match: "]
MARKS = ['{"', '":', '",', "[]", "{}", "null", "true", "\\u", "/*", "*/", "//", "&", "=", "%", "%00", "%u", "+", "\xef\xbb\xbf", "0x",
         "e+1", "T00:00:00Z", "i:nil=\"true\"", "<![CDATA[", "]]>", "<!--", "<?", "&#x", "&amp;", "xmlns=\"\"", "</", "/>"]
WORDS = {
    "request": lambda: names() + HEADERS + MARKS + [f"/{path}" for path in ENDPOINTS],
    "json": lambda: names() + MARKS, "xml": lambda: names() + MARKS, "form": lambda: names() + MARKS + HEADERS,
    "route": lambda: ENDPOINTS + ["GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "wx/", "//"],
    "push": lambda: ["FromUserName", "CreateTime", "MsgType", "Event", "Encrypt", "RevokeInfo", "OpenID", *MARKS],
    "wechat": lambda: ["openid", "unionid", "session_key", "errcode", "errmsg", "access_token", "expires_in", "phone_info",
                       "purePhoneNumber", "watermark", "privilege", "nickname", "is_snapshotuser", "\n%%\n", *MARKS],
    "sms": lambda: ["Code", "Response", "SendStatusSet", "Error", "${phone}", "${code}", "${request_id}", "${secret}", " | ", *MARKS],
    "credential": lambda: ["Bearer ", "Basic ", "wxk_", "wxt_", "token=", ", ", HOLES["token"], HOLES["api-key"]],
    "conf": lambda: keys() + ["[", "]\n", " = ", " ;", " #", "\n  ", "yes", "no"],
    "csv": lambda: columns(*IMPORT_COLUMNS) + ["sep=;\n", '"', '""', "\r\n", ",", "\t", "\ufeff", "=\"", "'=", "\n%%\n"],
    "users": lambda: columns(*USER_COLUMNS) + ['"$date":', '"$numberLong":', '"iso":', "#filetype:JSON", "|", ".", "\n%%\n", *MARKS],
    "erasures": lambda: [" =\n", " - ", "0123456789abcdef" * 4],
    "records": lambda: ["\1\1\0\1\0\x08\0\0", "\1\4\0\1\0\0\0\0", "\1\5\0\1\0\0\0\0"],
}


def quoted(word):
    return '"' + "".join(chr(byte) if 0x20 < byte < 0x7f and byte not in b'"\\' else f"\\x{byte:02x}"
                         for byte in word.encode()) + '"\n'


def main():
    for target, words in WORDS.items():
        directory = OUT / target
        directory.mkdir(parents=True, exist_ok=True)
        for i, seed in enumerate(dict.fromkeys(globals()[f"seeds_{target}"]())):
            (directory / f"{i:04}").write_bytes(seed)
        # libFuzzer takes no longer ones.
        (OUT / f"{target}.dict").write_text("".join(
            quoted(word) for word in dict.fromkeys(words()) if 0 < len(word.encode()) <= 60))


main()
