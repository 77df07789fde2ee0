"""In which language each dialect speaks: business texts to the client's taste, the framework's always in one."""

import pytest

ENGLISH = {"Accept-Language": "en-GB, en;q=0.9"}
CITY = "/city/v3/OnlineMediateWW/SaveWXUserInfo"
SHOP = "/api/weixin/wxbuyinguser"
LOGIN = "/account_api/wechat/user/getUserInfo"
CUSTOMER = "/api/Customer"

# What a rule or an envelope says: Chinese, English.
BUSINESS = {
    "account": (("POST", LOGIN, {}), "msg", "缺少参数 code 或其格式错误", "code is missing or malformed"),
    "city": (("POST", CITY, {"OpenId": "o x"}), "Msg", "OpenId 无效", "OpenId is not a WeChat openid"),
    "city-token": (("POST", f"{CITY}?token=x", {}), "Msg", "Token 无效", "The token is missing or not valid"),
    "shop": (("POST", f"{SHOP}/saveuser", {"id": 2147483647}), "message", "微信用户不存在",
             "There is no such WeChat user"),
    "shop-member": (("POST", f"{SHOP}/saveuser", {"id": "x"}), "message", "参数错误: id", "Invalid parameter: id"),
    "customer": (("POST", f"{CUSTOMER}/AppAuthorization", {}), "message", "openId 无效",
                 "openId is not a WeChat openid"),
    "elsewhere": (("GET", "/nowhere", None), "title", "没有这个地址", "There is nothing at this address."),
}
# What Web API 2 says by itself; clients compare the text of 401.
FRAMEWORK = {
    400: (("GET", f"{SHOP}/get?id=x", None), "请求无效。"),
    401: (("GET", f"{SHOP}/get?id=1", None), "已拒绝为此请求授权。"),
    404: (("GET", f"{CUSTOMER}/Nowhere", None),
          "未找到与请求 URI“{url}/api/Customer/Nowhere”匹配的 HTTP 资源。"),
    405: (("PUT", CITY, {}), "请求的资源不支持 http 方法“PUT”。"),
    415: (("POST", CITY, "{}"), "请求包含实体正文，但没有 Content-Type 标头。"
                                "此资源不支持推断的媒体类型“application/octet-stream”。"),
}


@pytest.fixture(scope="module")
def auto(make_stack):
    return make_stack("auto")


@pytest.fixture(scope="module")
def chinese(make_stack):
    return make_stack("chinese", CONF_http__messages="zh")


def answer(stack, asked, headers, key=True):
    method, target, body = asked
    return stack.request(method, target, body, headers, key=stack.key if key else None).json


@pytest.mark.parametrize("name", BUSINESS)
def test_business_texts(auto, chinese, name):
    asked, member, zh, en = BUSINESS[name]
    key = name not in ("city-token", "customer")
    assert answer(auto, asked, {}, key)[member] == zh
    assert answer(auto, asked, ENGLISH, key)[member] == en
    assert answer(auto, asked, {"Accept-Language": "fr"}, key)[member] == zh
    assert answer(chinese, asked, ENGLISH, key)[member] == zh


@pytest.mark.parametrize("status", FRAMEWORK)
def test_texts_of_the_framework(auto, chinese, status):
    asked, zh = FRAMEWORK[status]
    for stack in (auto, chinese):
        for headers in ({}, ENGLISH):
            said = answer(stack, asked, headers, key=status != 401)
            assert said == {"Message": zh.format(url=stack.env["WXUSER_URL"])}


def test_success(auto, chinese):
    """A login says so, and nobody else."""
    for stack, headers, said in ((auto, {}, "操作成功"), (auto, ENGLISH, "Success"), (chinese, ENGLISH, "操作成功")):
        login = stack.request("POST", LOGIN, {"code": stack.code()["code"]},
                              {"X-WX-AppId": stack.app_id, **headers})
        assert list(login.json.items())[:2] == [("msg", said), ("code", 200)]
