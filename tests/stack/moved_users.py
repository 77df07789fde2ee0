"""Users of another system, as the systems write them: people with emoji in their names, phones that two share, unionids
that two openids share, and both shapes of LeanCloud's authData."""

import csv
import io
import json

CREATED_S = 1_600_000_000
KINDS = {"mini": ("routine", "34"), "official": ("wechat", "31")}


class Person:
    """Number n of those whose ids begin with prefix."""

    def __init__(self, prefix, n):
        self.n = n
        self.id = f"{prefix}-{n}"
        self.mini, self.official = f"om{prefix}{n}", f"oo{prefix}{n}"
        # Each hundredth has the unionid of the one before.
        self.unionid = None if n % 3 == 0 else f"u{prefix}{n - 1 if n % 100 == 50 else n}"
        # Each fiftieth has the phone of the one before.
        self.phone = f"1{n % 5 + 35}{(n - 1 if n % 50 == 25 else n):08d}" if n % 50 != 25 else Person(prefix, n - 1).phone
        self.is_confirmed = n % 2 == 0 or n % 50 == 25
        self.name = f"小明{n}" + "😀" * (n % 4 == 0)
        self.avatar = f"https://a.example/{n}.png"
        self.gender = n % 3
        self.created_s, self.seen_s = CREATED_S + n, CREATED_S + 1_000_000 + n

    def openid(self, kind):
        return self.mini if kind == "mini" else self.official


def people(prefix, n):
    return [Person(prefix, i) for i in range(1, n + 1)]


def iso(seconds, fraction=".000Z"):
    import time
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + fraction


def local(seconds):
    return iso(seconds + 8 * 3600, "").replace("T", " ")


def lines(objects):
    return "".join(json.dumps(object, ensure_ascii=False) + "\n" for object in objects)


def table(rows):
    """CSV as Navicat writes it."""
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def leancloud(persons, kind):
    def auth(person):
        session = {"session_key": "secretsession", "expires_in": 7200}
        if kind == "mini":
            data = {"lc_weapp": {"openid": person.mini, **session}}
        else:
            data = {"weixin": {"openid": person.official, "access_token": "secrettoken", "expires_in": 7200}}
        if person.unionid is not None and person.n % 2 == 0:
            next(iter(data.values()))["unionid"] = person.unionid
        elif person.unionid is not None:
            data["_weixin_unionid"] = {"uid": person.unionid}
        return data

    users = [{"salt": "secretsalt", "sessionToken": "secrettoken", "objectId": person.id, "username": f"user{person.n}",
              "authData": auth(person), "nickName": person.name, "avatarUrl": person.avatar, "gender": person.gender,
              "mobilePhoneNumber": person.phone, "mobilePhoneVerified": person.is_confirmed,
              "createdAt": iso(person.created_s), "updatedAt": iso(person.seen_s)} for person in persons]
    users.append({"objectId": "nobody", "username": "by password", "createdAt": iso(CREATED_S)})
    return {"_User.0.jsonl": '#filetype:JSON-streaming {"type":"Class","class":"_User"}\n' + lines(users)}


def uni_id(persons, kind):
    member = {"mini": "mp", "official": "h5"}[kind]
    return {"uni-id-users.json": lines(
        {"_id": person.id, "username": f"user{person.n}", "password": "secret", "token": ["secrettoken"],
         "wx_openid": {member if person.n % 2 else f"{'mp' if kind == 'mini' else 'h5'}-weixin": person.openid(kind)},
         **({} if person.unionid is None else {"wx_unionid": person.unionid}), "nickname": person.name,
         "avatar_file": {"url": person.avatar, "name": "x"}, "gender": person.gender, "mobile": person.phone,
         "mobile_confirmed": int(person.is_confirmed), "register_date": person.created_s * 1000,
         "last_login_date": {"$numberLong": str(person.seen_s * 1000)}} for person in persons)}


def crmeb(persons, kind):
    users = [{"uid": person.n, "account": f"wx{person.n}", "pwd": "secret", "nickname": person.name, "avatar": person.avatar,
              "phone": person.phone, "add_time": person.created_s, "last_time": person.seen_s, "is_del": 0}
             for person in persons]
    wechat = [{"id": person.n, "uid": person.n, "unionid": person.unionid or "", "openid": person.openid(kind),
               "nickname": person.name, "headimgurl": person.avatar, "sex": person.gender, "city": "广州", "language": "zh_CN",
               "province": "广东", "country": "中国", "add_time": person.created_s, "user_type": KINDS[kind][0], "is_del": 0}
              for person in persons]
    wechat.append({**wechat[0], "openid": "ofanotherkind", "unionid": "", "user_type": "h5"})
    return {"eb_wechat_user.csv": table(wechat), "eb_user.csv": table(users)}


def yudao(persons, kind):
    social = [{"id": 1000 + person.n, "type": KINDS[kind][1], "openid": person.openid(kind), "token": "secrettoken",
               "raw_token_info": json.dumps({"accessToken": "secret", "unionId": person.unionid}), "nickname": person.name,
               "avatar": person.avatar, "raw_user_info": "{}", "create_time": local(person.created_s), "deleted": 0}
              for person in persons]
    social.append({**social[0], "id": 1, "openid": "ofanadministrator", "type": 20})
    bind = [{"id": person.n, "user_id": person.n, "user_type": 1, "social_type": KINDS[kind][1],
             "social_user_id": 1000 + person.n, "deleted": 0} for person in persons]
    bind.insert(0, {**bind[0], "user_id": 999999, "user_type": 2})
    member = [{"id": person.n, "mobile": person.phone, "password": "secret", "nickname": person.name, "avatar": person.avatar,
               "sex": person.gender, "login_date": local(person.seen_s), "create_time": local(person.created_s), "deleted": 0}
              for person in persons]
    return {"system_social_user.csv": table(social), "system_social_user_bind.csv": table(bind),
            "member_user.csv": table(member)}


FORMATS = {"leancloud": leancloud, "uni-id": uni_id, "crmeb": crmeb, "yudao": yudao}
# Of these the user's own id is the one in person.id, and they say which phones are confirmed.
BY_ID = ["leancloud", "uni-id"]
