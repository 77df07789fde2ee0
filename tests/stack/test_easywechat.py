"""The sandbox is honest: node-easywechat, which nobody here wrote, works with it as with WeChat."""

import json
import os
import re
import shutil
import subprocess

import pytest

from stack import TREE

CLIENT = TREE / "tests" / "easywechat"
MINI, OFFICIAL = "wx1000000000000001", "wx1000000000000002"

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None,
    reason="WITHOUT node AND npm THE SANDBOX IS NOT TRIED WITH AN INDEPENDENT CLIENT")


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """client(order): what the library made of the sandbox's answers."""
    directory = tmp_path_factory.mktemp("easywechat")
    for path in CLIENT.iterdir():
        shutil.copy(path, directory)
    install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline",
               "--fetch-retries=1"]
    done = subprocess.run(install, cwd=directory, capture_output=True, text=True, timeout=300)
    if re.search(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH", done.stderr):
        pytest.skip("WITHOUT npm's REGISTRY THE SANDBOX IS NOT TRIED WITH AN INDEPENDENT CLIENT")
    assert done.returncode == 0, done.stderr

    def run(order):
        done = subprocess.run(
            ["node", "client.js", json.dumps({"cache": str(directory / "cache"), **order})],
            cwd=directory, capture_output=True, text=True, timeout=60,
            env={name: value for name, value in os.environ.items() if "proxy" not in name.lower()})
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def named(stack, app):
    return {"app_id": app, "secret": (stack.state / "secret" / app).read_text().strip()}


def test_an_independent_client_works(stack, unique, client):
    mini = stack.code(MINI, openid=f"o{unique}", unionid=f"u{unique}")
    oauth = stack.code(OFFICIAL, openid=f"oOfficial-{unique}", nickname="小明😀",
                       headimgurl="https://example.com/132")
    answers = client({
        "url": stack.env["WXUSER_URL"], "mini": named(stack, MINI), "mini_code": mini["code"],
        "official": named(stack, OFFICIAL), "oauth_code": oauth["code"]})

    of_mini, of_official = answers["mini"], answers["official"]
    assert of_mini["session"] == {
        "session_key": mini["session_key"], "openid": f"o{unique}", "unionid": f"u{unique}"}
    assert '"errcode":40163' in of_mini["codeAgain"]["error"]
    assert re.fullmatch(r"81_[\w-]{500}", of_mini["stableToken"])
    assert of_mini["stableTokenAgain"] == of_mini["stableToken"]
    assert of_mini["checked"] == {"errcode": 0, "errmsg": "ok"}
    assert "87009" in json.dumps(of_mini["checkedWrong"])

    assert of_official["user"] == {
        "openid": f"oOfficial-{unique}", "nickname": "小明😀", "avatar": "https://example.com/132"}
    assert re.fullmatch(r"81_[\w-]{500}", of_official["token"])
