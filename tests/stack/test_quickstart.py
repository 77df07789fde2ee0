"""The quick start, and that the logins of the READMEs and of the sandbox's pages are true."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from ctl import Ctl
from stack import NO_SYNC, QUICKSTART, TREE, Stack, free_port, is_alive, wait_until

PARTS = ("mariadb", "sandbox", "wxuser", "nginx")


def login_of(stack, document):
    """The output of its commands."""
    lines = (TREE / document).read_text("utf-8").split("<!-- login -->\n```sh\n")[1]
    done = subprocess.run(["sh", "-eu"], input=lines.split("```")[0], cwd=TREE, env=stack.environment,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("document", ["README.md", "README.zh.md"])
def test_the_readmes_login(stack, document):
    login = json.loads(login_of(stack, document))
    assert login["code"] == 200 and login["data"]["id"] == login["id"]


@pytest.mark.parametrize("document", ["docs/sandbox.md", "docs/zh/sandbox.md"])
def test_the_sandboxs_login(stack, document):
    login, found, saved, again = map(json.loads, login_of(stack, document).splitlines())
    assert login["code"] == 200 and login["data"]["userName"] == found["openId"]
    assert saved == {"data": found["id"], "status": 200, "message": ""}
    assert again["data"]["id"] == login["data"]["id"]
    assert again["data"]["surname"] == "小明😀"


def test_up_again_is_quick_and_changes_nothing(stack):
    pids = [stack.pid(part) for part in PARTS]
    environment = stack.env
    began = time.monotonic()
    stack.up()
    assert time.monotonic() - began < 60
    assert [stack.pid(part) for part in PARTS] == pids
    assert stack.env == environment


def test_status_tells_each_part(stack):
    done = stack.quickstart("status")
    assert done.returncode == 0, done.stdout
    for part in PARTS:
        assert f"pid {stack.pid(part)}\n" in done.stdout
    assert done.stdout.endswith(f"\nservice  ready at {stack.env['WXUSER_URL']}\n")


def test_status_of_a_service_that_lacks_a_part(stack):
    """It is ready as long as it says so of itself."""
    stack.kill("sandbox")
    done = stack.quickstart("status")
    stack.up()
    assert "\nsandbox  stopped\n" in done.stdout
    assert done.stdout.endswith(f"\nservice  ready at {stack.env['WXUSER_URL']}, without sandbox\n")
    assert done.returncode == 1


def test_env_has_a_wxuserctl(stack):
    assert "quickstart-1" in subprocess.run([*stack.env["WXUSERCTL"].split(), "tenant", "list"], stdout=subprocess.PIPE,
                                            check=True, text=True, timeout=60).stdout


def test_env_names_everything(stack):
    assert list(stack.env) == [
        "WXUSER_URL", "WXUSERCTL", "WXUSER_API_KEY", "WXUSER_API_KEY_2", "WXUSER_WECHAT_KEY", "WXUSER_APP_ID",
        "WXUSER_SANDBOX_URL", "WXUSER_DB_SOCKET", "WXUSER_DB_NAME", "WXUSER_DB_USER", "WXUSER_DB_PASSWORD"]
    for path in (stack.state / "secret").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_only_loopback_listens(stack):
    """Every listening TCP socket of the stack's processes is nginx's on 127.0.0.1."""
    inodes = {}
    for table in ("tcp", "tcp6"):
        for line in open(f"/proc/net/{table}").readlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                inodes[fields[9]] = fields[1]
    heard = {inodes[inode] for inode in sockets_of(stack) if inode in inodes}
    assert heard == {f"0100007F:{stack.port:04X}"}


def sockets_of(stack):
    masters = {str(stack.pid(part)) for part in PARTS}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            parent = open(f"/proc/{pid}/stat").read().rsplit(") ", 1)[1].split()[1]
            if pid not in masters and parent not in masters:
                continue
            for fd in os.listdir(f"/proc/{pid}/fd"):
                target = os.readlink(f"/proc/{pid}/fd/{fd}")
                if target.startswith("socket:["):
                    yield target[8:-1]
        except OSError:
            continue


def test_the_services_database_user_may_do_what_it_needs(stack):
    """And nothing else: not change the audit, make an operator key, or drop a table. The Admin API is on."""
    grants = " ".join(row[0] for row in stack.sql("SHOW GRANTS FOR wxuser@localhost"))
    assert "GRANT SELECT, INSERT ON `wxuser`.`audit` TO" in grants
    assert "GRANT SELECT ON `wxuser`.`operator_key` TO" in grants
    assert "GRANT SELECT, INSERT, UPDATE ON `wxuser`.`api_key` TO" in grants
    assert "ON `wxuser`.* " not in grants and "CREATE" not in grants and "ALL PRIVILEGES" not in grants


@pytest.fixture
def foreground():
    """A stack, and the quick start that holds it in the foreground, up to its last line."""
    stack = Stack("foreground", MARIADB=" ".join(NO_SYNC))
    # A shell in the background ignores SIGINT, and so would what it starts.
    process = subprocess.Popen(QUICKSTART, env=stack.environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               start_new_session=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    said = []
    for line in process.stdout:
        said.append(line)
        if "Ctrl-C" in line:
            break
    yield stack.up(), process, "".join(said)
    process.kill()
    process.wait()
    process.stdout.close()
    stack.remove()


def test_in_the_foreground(foreground, unique):
    """The progress, a login, and Ctrl-C ends all of it, also what an upgrade made; the data stay."""
    stack, process, said = foreground
    assert "start MariaDB" in said and '"code":200' in said and "小明😀" in said, said
    stack.save(openId=f"o{unique}", name="stays")
    new_master = int(re.match(r"pid (\d+),", Ctl(stack).out("upgrade"))[1])
    wait_until(lambda: f"wxuser   running, pid {new_master}\n" in stack.quickstart("status").stdout, 30,
               "the new master is known")
    pids = [stack.pid(part) for part in PARTS]
    assert new_master in pids

    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 0
    assert not any(is_alive(pid) for pid in pids)
    assert stack.quickstart("status").returncode == 1

    stack.up()
    assert stack.user(f"o{unique}")["name"] == "stays"


def test_the_foreground_ends_with_the_stack(foreground):
    stack, process, _ = foreground
    stack.down()
    assert process.wait(60) == 0


def test_the_foreground_tells_which_part_ended(foreground):
    stack, process, _ = foreground
    stack.kill("sandbox")
    rest = process.stdout.read()
    assert process.wait(60) == 1
    assert "sandbox ended by itself" in rest
    assert stack.quickstart("status").stdout.count("stopped") == len(PARTS)


def test_two_stacks_are_strangers(stack, unique):
    other = Stack("other", MARIADB=" ".join(NO_SYNC))
    try:
        other.up()
        id = stack.save(openId=f"o{unique}")
        assert other.request("GET", "/api/weixin/wxbuyinguser/get?id=1", key=stack.key).status == 401
        assert other.user(f"o{unique}") is None
        assert stack.user(f"o{unique}")["id"] == id
    finally:
        other.remove()


def test_a_port_that_is_taken_is_seen_before_anything_is_made(stack, tmp_path):
    environment = {**stack.environment, "WXUSER_STATE": str(tmp_path / "state")}
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        with socket.socket(family) as other:
            port = free_port()
            other.bind((address, port))
            other.listen()
            done = subprocess.run([*QUICKSTART, "up"], env={**environment, "WXUSER_PORT": str(port)}, timeout=60,
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True)
            assert done.returncode == 1 and not (tmp_path / "state").exists()
            [said] = re.findall(rf"127\.0\.0\.1:{port} is taken; run: WXUSER_PORT=(\d+) sh \S*conf/quickstart.sh up\n",
                                done.stderr)
            with socket.create_server(("127.0.0.1", int(said))):
                pass


@pytest.mark.parametrize("port", ["0", "65536", "8080x", "-1", "99999999999999999999"])
def test_a_port_that_is_none(stack, tmp_path, port):
    done = subprocess.run([*QUICKSTART, "up"], timeout=60, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env={**stack.environment, "WXUSER_STATE": str(tmp_path / "state"), "WXUSER_PORT": port})
    assert done.returncode == 1 and not (tmp_path / "state").exists()
    assert f"must be a number from 1 to 65535, not '{port}'" in done.stderr


def test_a_step_that_fails_says_which_and_why(stack):
    broken = Stack("broken", CONF_server__workers_core="none")
    try:
        done = broken.quickstart("up")
        assert done.returncode != 0
        assert "'write configuration and keys' failed" in done.stderr
        assert "workers_core must be a number" in done.stderr
        assert "running" not in broken.quickstart("status").stdout
    finally:
        broken.remove()


def test_in_a_closed_home(unique):
    """As in root's: MariaDB's user may not enter it by itself."""
    stack = Stack("closed", MARIADB=" ".join(NO_SYNC))
    home = stack.state / "home"
    home.mkdir(0o700)
    stack.state = home / "var"
    stack.environment["WXUSER_STATE"] = str(stack.state)
    try:
        stack.up()
        stack.save(openId=f"o{unique}")
    finally:
        stack.down()
        shutil.rmtree(home.parent)


def test_a_stranger_with_our_pid_is_left_alone(unique):
    stack = Stack("stale")
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        (stack.state / "run").mkdir()
        (stack.state / "run" / "nginx.pid").write_text(f"{sleeper.pid} 1\n")
        stack.down()
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()
        stack.remove()
