"""Calls to the outside through an HTTP proxy, as [wechat] proxy and [sms] proxy say, and nothing else."""

import json
import re

import pytest

from connect_proxy import ConnectProxy, forward, make_certificate
from stack import new_phone
from tencent import signature_of

WECHAT, TENCENT = "https://api.weixin.qq.com", "https://sms.tencentcloudapi.com:443/"
SECRETS = ["p@ss", "p%40ss"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    directory = tmp_path_factory.mktemp("proxy")
    return make_certificate(directory)


@pytest.fixture
def proxy(stack, certificate):
    made = ConnectProxy(certificate, lambda request, body: forward(stack.port, request, body))
    yield made
    made.close()


def check(ctl, certificate, proxy_url, **settings):
    """The lines of WeChat and SMS, and all that was said."""
    done = ctl.run("check", **{
        "wechat__base_url": WECHAT, "wechat__second_url": "", "wechat__ca_file": certificate,
        "wechat__proxy": proxy_url, "sms__driver": "template", "sms__base_url": TENCENT,
        "sms__ca_file": certificate, "sms__proxy": proxy_url, "sms__query": "to=${phone}&code=${code}",
        "sms__body": "", "sms__method": "GET", **settings})
    return re.findall(r"\w+ +((?:WeChat|SMS): .*)", done.stdout), done.stdout + done.stderr


def test_check_asks_through_the_proxy(ctl, certificate, proxy, monkeypatch, tmp_path):
    """Whatever the environment says, and with no key of the connection left behind."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "*")
    lines, said = check(ctl, certificate, f"http://me:p%40ss@127.0.0.1:{proxy.port}")
    way = f"answers through the proxy 127.0.0.1:{proxy.port}"
    assert lines == [f"WeChat: {WECHAT} {way}", f"SMS: the gateway of the driver template {way}; its secret is not tried"]
    assert set(proxy.asked) == {"api.weixin.qq.com:443", "sms.tencentcloudapi.com:443"}
    assert not any(secret in said for secret in SECRETS)
    assert not (tmp_path / "keys").exists()


def test_a_proxy_is_not_trusted(ctl, stack, proxy):
    """Another's certificate is none."""
    authorities = stack.state / "conf" / "another.pem"
    authorities.write_text(make_certificate(stack.state / "conf").with_suffix(".crt").read_text())
    lines, said = check(ctl, authorities, f"http://me:p%40ss@127.0.0.1:{proxy.port}")
    assert [line.split(" ")[0] for line in lines] == ["WeChat:", "SMS:"]
    assert all("does not answer through the proxy" in line for line in lines)
    assert "certificate" in said


@pytest.mark.parametrize("credentials, reason", [
    ("me:wrong@", "407"),
    ("", "407"),
])
def test_a_proxy_that_refuses_is_named(ctl, certificate, proxy, credentials, reason):
    lines, said = check(ctl, certificate, f"http://{credentials}127.0.0.1:{proxy.port}")
    assert len(lines) == 2 and all("does not answer through the proxy" in line for line in lines)
    assert reason in said and f"proxy=127.0.0.1:{proxy.port}" in said and "wrong" not in said


def test_what_is_no_proxy_stops_the_start(ctl, certificate):
    lines, said = check(ctl, certificate, "http://me:p%40ss@127.0.0.1/")
    assert lines == [] and said.count("FAIL configuration: ") == 2
    assert said.count("http://user:password@host:port") == 2 and not any(secret in said for secret in SECRETS)


def test_the_service_goes_through_its_proxies(make_stack, certificate, unique):
    """With the port written out that the scheme has anyhow, Tencent's signature is of the host that is sent."""
    sent = []

    def answer(request, body):
        if request.headers["Host"] == "api.weixin.qq.com":
            return forward(through.port, request, body)
        sent.append((request.headers, body.decode()))
        return 200, b'{"Response":{"SendStatusSet":[{"Code":"Ok"}],"RequestId":"r"}}'

    proxy = ConnectProxy(certificate, answer)
    url = f"http://me:p%40ss@127.0.0.1:{proxy.port}"
    through = make_stack("proxy", CONF_wechat__base_url=WECHAT, CONF_wechat__second_url="",
                         CONF_wechat__proxy=url, CONF_wechat__ca_file=certificate, CONF_sms__driver="tencent",
                         CONF_sms__base_url=TENCENT, CONF_sms__proxy=url, CONF_sms__ca_file=certificate)
    assert through.log_in(openid=f"o{unique}")["userName"] == f"o{unique}"
    phone = new_phone()
    answer = through.post("/city/v3/OnlineMediateWW/SendVerifyCode", {"MobilePhone": phone, "OpenId": "oA"})
    assert answer.json["Ret"] == 0
    (headers, body), = sent
    assert headers.get_all("Host") == ["sms.tencentcloudapi.com"]
    assert json.loads(body)["PhoneNumberSet"] == [f"+86{phone}"]
    assert headers["Authorization"].endswith(signature_of(headers, body))
    ready = through.request("GET", "/readyz")
    assert ready.json["wechat"] == WECHAT and ready.json["wechat_success_age_s"] >= 0
    texts = [path.read_text(errors="replace") for path in (through.state / "log").iterdir() if path.is_file()]
    assert not any(secret in text for secret in SECRETS for text in [*texts, ready.text])
    proxy.close()
