"""Writes what the targets begin with: seeds.py TREE DIRECTORY, seeds to DIRECTORY/TARGET/, words to DIRECTORY/TARGET.dict.

Requests are those of tests/cases; names are those of the source. What neither has stands here.
"""

import itertools
import pathlib
import re
import struct
import sys
import zlib

TREE, OUT = (pathlib.Path(argument) for argument in sys.argv[1:3])
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
    return [path.get(name, "") for name in re.findall(r"^ENDPOINT\((\w+)\)", table, re.M)]


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


def seeds_request():
    for (_, _, _, _, text), rows in zip(requests(), itertools.cycle(ROWS)):
        yield text + rows
    for line in (b"Origin: https://h5.example.com", b"Origin: https://b.example\nAccess-Control-Request-Method: POST",
                 b"X-Forwarded-For: 1.2.3.4, ::1", b"X-Forwarded-For: unknown\nREMOTE_ADDR: ::ffff:127.0.0.1", b"REMOTE_ADDR: 10.1.2.3"):
        for method in b"POST", b"OPTIONS", b"GET":
            for path in ENDPOINTS:
                yield method + b" /" + path.replace("{", "").replace("}", "").encode() + b"\n" + line + b"\n\n{}"
    for phone in b"13800138000", b"+86 138-0013-8000", b"008613800138000", b"12800138000", "１３８００１３８０００".encode(), b"1.38E+10":
        yield b'POST /city/v3/OnlineMediateWW/SendVerifyCode\nKey: 1\nContent-Type: application/json\n\n{"MobilePhone":"' + phone + b'"}'


def seeds_json():
    for (target, body), flavour in zip(bodies(b"json"), itertools.cycle(b"\0\4\1\2")):
        yield number_of(target) + bytes([flavour]) + body
    # The places of a date, and the spellings of a number.
    for value in ("1e2", "010", "0x1F", "-0", "1.50", "99999999999999999999", "NaN", "-Infinity", '"1,000"', "true", "null",
                  '"/Date(1234567890000+0800)/"', '"2026-02-29T23:59:60.1234567Z"', '"09/21/2026 1:02 PM"',
                  "new Date(1)", "undefined", '"2026-09-21 10:00:00 +08:00"', '"Mon, 21 Sep 2026 10:00:00 GMT"'):
        for name in "id", "birthday", "sex", "createTime", "isFollow", "tenantId":
            yield number_of(b"/api/weixin/wxbuyinguser/saveuser") + b"\0" + f'{{"{name}":{value}}}'.encode()
    yield b"\0\0/* c */ {'a' : [1,2,], // d\n b: {\"c\": \"\\u00e9\\ud83d\\udca9\\x\"}}"
    yield b"\0\1\xff\xfe{\0}\0"


def seeds_xml():
    for _, body in bodies(b"xml"):
        yield b"\0" + body
        yield b"\x04" + body
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
    yield "\0\0a[b]小小cd[e=f".encode()


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
    yield b"\1# comment\n1 " + b"A" * 43 + b"=\n2 lost\n3 " + b"B" * 43 + b"=\n"
    yield b"\1junk\n65536 AA==\n"
    yield b"\0secret\nmore"
    yield b"\0\n"


def seeds_csv():
    members = "phone,name,sex,idCard,birthday,address,cardState\n13800138000,小明,男,110101199003070038,1990-03-07,a,正常\n+8613900139000,a,1,11010119900307003X,1990年3月7日,,2\n13700137000,b,女,130503670401001,19670401,,1\n"
    communities = "名称,区划代码,区划级别,机构,机构级别,业务类型,单位类型\n小组,110101,3,机构,2,1,1\n"
    regions = "code,name\n11,北京市\n1101,市辖区\n110101,东城区\n"
    odd = 'sep=;\n姓名;手机;生日\n"=""a""";\'+8613800138000;1990年1月5日\n;"1\n2";1.38E+10\n"open\n'
    for i, text in enumerate((members, communities, regions) * 2):
        for encoding in "utf-8", "utf-8-sig", "gb18030", "utf-16":
            yield bytes([i]) + text.encode(encoding) + b"\n%%\n" + b"\0" * 8
    for encoding in "utf-8", "gb18030", "utf-16", "utf-16-be":
        yield b"\6" + odd.encode(encoding)
    yield b"\7phone\tname\r1\t2\r"
    yield b"\6\n,\nphone\n1\n"
    yield b"\x08title\n\nphone,name\n,\n1\n\xff,\xe4\xb8\n"


def seeds_erasures():
    hashes = "0123456789abcdef" * 4, "f" * 64, "-"
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


def columns():
    text = "".join((TREE / f"app/ctl/{noun}.c").read_text() for noun in ("members", "communities", "regions"))
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
    "csv": lambda: columns() + ["sep=;\n", '"', '""', "\r\n", ",", "\t", "\ufeff", "=\"", "'=", "\n%%\n"],
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
