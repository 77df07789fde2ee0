"""What programs of others make of our XML: xmllint, by a schema of the contract, and .NET's DataContractSerializer."""

import pathlib
import shutil
import signal
import subprocess

import pytest

from stack import TREE

XML = TREE / "tests" / "xml"
MONO = "mono-mcs, mono-runtime and libmono-system-runtime-serialization4.0-cil"
SERIALIZATION = pathlib.Path("/usr/lib/mono/4.5/System.Runtime.Serialization.dll")
USER = ('<UserInfo xmlns="http://schemas.datacontract.org/2004/07/Applications.MiniProgramTools.Models">'
        "%s</UserInfo>")


def validate(schema, document):
    """Empty, or what is wrong."""
    done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", XML / schema, "-"], input=document,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return "" if done.returncode == 0 else done.stderr.decode()


def authorize(stack, members, **headers):
    body = USER % "".join(f"<{name}>{text}</{name}>" for name, text in sorted(members.items()))
    assert "Code" in members or validate("user_info.xsd", body.encode()) == ""
    return stack.request("POST", "/api/Customer/AppAuthorization", body,
                         {"Content-Type": "application/xml", "X-WX-AppId": stack.app_id, **headers})


@pytest.fixture
def known(stack, unique):
    """A user whose session key the service has from a login of its own."""
    user = {"openid": f"o{unique}", "session_key": "c2Vzc2lvbi1rZXktb2YtMTY="}
    stack.log_in(**user)
    return {"OpenId": user["openid"], "SessionKey": user["session_key"]}


def assert_valid(answer, *parts):
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/xml; charset=utf-8"), answer
    assert validate("result.xsd", answer.body) == ""
    for part in parts:
        assert part in answer.text, answer


def test_a_login_is_as_the_schema_says(stack, known):
    answer = authorize(stack, {**known, "NickName": "&lt;&amp;&gt;昵😀", "Sex": 1,
                               "SubscribeTime": "2026-01-29T15:00:34.1406325+08:00"})
    assert_valid(answer, "<Status>Success</Status>", "<d2p1:NickName>&lt;&amp;&gt;昵😀</d2p1:NickName>")
    disordered = answer.text.replace("<Url i:nil=\"true\" />", "", 1)
    assert "Url" in validate("result.xsd", disordered.encode())


def test_a_failure_with_errors_is_as_the_schema_says(stack, known):
    answer = authorize(stack, {**known, "SessionKey": "wrong"})
    assert_valid(answer, "<Status>Fail</Status>", "BackingField>session_key</")


def test_a_failure_without_errors_is_as_the_schema_says(stack):
    answer = stack.request("POST", "/api/Customer/AppAuthorization", b"",
                           {"Accept": "application/xml", "X-WX-AppId": stack.app_id})
    assert_valid(answer, "<Status>Fail</Status>", '<Errors i:nil="true" />')


def test_a_logout_is_as_the_schema_says(stack, known):
    token = authorize(stack, known).text.split("AccessToken>")[1].split("<")[0]
    answer = stack.request("POST", "/api/Customer/Logout", b"", {"Accept": "application/xml"}, key=token)
    assert_valid(answer, "<Result ", "<Status>Success</Status>")


def test_a_client_with_data_contract_serializer_understands_the_answers(stack, known, tmp_path):
    if not (shutil.which("mcs") and shutil.which("mono") and SERIALIZATION.exists()):
        pytest.skip(f"DataContractSerializer has not read our answers: that needs {MONO}")
    program = tmp_path / "client.exe"
    subprocess.run(["mcs", "-langversion:7", "-r:System.Runtime.Serialization", f"-out:{program}",
                    XML / "client.cs"], check=True)
    account = stack.log_in(openid=known["OpenId"], session_key=known["SessionKey"])
    for _ in range(3):
        done = subprocess.run(["mono", program, f"{stack.env['WXUSER_URL']}/api/Customer", stack.app_id,
                               known["OpenId"], known["SessionKey"], "<&>昵😀"],
                              stdout=subprocess.PIPE, timeout=60, cwd=tmp_path)
        if done.returncode != -signal.SIGABRT:  # an assertion of Mono's own, in its thread pool
            break
    assert done.returncode == 0
    assert dict(line.split(" ", 1) for line in done.stdout.decode().splitlines()) == {
        "status": "Success", "errors": "none", "customerId": account["id"], "nickName": "<&>昵😀",
        "state": "OK", "tokenType": "bearer", "expiresIn": "7200", "seconds": "7200", "age": "True",
        "failure": "Fail", "field": "session_key", "messages": "1", "data": "none", "logout": "Success"}
