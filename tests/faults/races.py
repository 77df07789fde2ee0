"""Rival requests, each to another host at the same moment, as a table.

A row is a function with the decorator @race(outcome, …): it does both, and returns in a word what came of it, which must
be one of the outcomes. It is repeated, each time with other users."""

import collections
import concurrent.futures
import dataclasses
import signal
import subprocess
import threading

from answers import DONE, say
from auditor import DOUBLED, differences
from clients import SHOP, new_openid
from fault import errors, log_after, log_sizes, metrics
from stack import TREE, new_phone, wait_until

RACES = []


@dataclasses.dataclass
class Race:
    name: str
    what: str
    do: object
    outcomes: tuple
    n: int

    def run(self, site):
        """Does it n times; returns its line and its problems."""
        sizes = log_sizes(site)
        counts = collections.Counter(self.do(site) for _ in range(self.n))
        wait_until(lambda: not differences(site), 60, "nodes have the same")
        problems = [f"{n} times: {outcome}" for outcome, n in counts.items() if outcome not in self.outcomes]
        problems += [f"{what} is there {n} times" for what, n in site.rows(1, DOUBLED)]
        if problems:
            problems += errors(log_after(site, sizes))
        told = ", ".join(f"{n} {outcome}" for outcome, n in counts.most_common())
        return f"{self.name:28} {self.n:6} races    {told}", problems


def race(*outcomes, n=20):
    def add(function):
        RACES.append(Race(function.__name__.replace("_", "-"), function.__doc__, function, outcomes, n))
        return function
    return add


def at_once(*calls):
    """What they return, in their order."""
    barrier = threading.Barrier(len(calls))

    def begin(call):
        barrier.wait(30)
        return call()

    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(begin, calls))


def on_both(site, call):
    """call(host), for each host."""
    return at_once(*(lambda host=host: call(host) for host in site.hosts))


def synced(site, statement):
    """Rows, when the node has all that others have committed."""
    return site.rows(1, f"SET SESSION wsrep_sync_wait = 1; {statement}")


def ask_shop(host, verb, **fields):
    """The word, or the message, and what it gives."""
    word, document = say("shop", True, host.request("POST", f"{SHOP}/{verb}", fields, key=host.key))
    return word, document and document.get("data" if word == DONE else "message")


def log_in(host, openid=None, code=None):
    """The word, and the token."""
    word, document = say("v1", False, host.request(
        "POST", "/v1/login", {"code": code or host.code(openid=openid)["code"]}, {"X-WX-AppId": host.app_id, **host.operator}))
    return word, document and document.get("access_token")


def state_of_token(host, token):
    return host.request("GET", "/v1/me", key=token).status


# ---- Users and members

@race("one user")
def same_openid(site):
    """Both save the same new openid."""
    openid = new_openid("race")
    (first, id), (second, its) = on_both(site, lambda host: ask_shop(host, "saveuser", openId=openid))
    return "one user" if first == second == DONE and id == its else f"{first} {id}, {second} {its}"


@race("one member")
def same_phone(site):
    """Two users become the member of one new phone."""
    phone = new_phone()
    users = [host.save(openId=new_openid("race")) for host in site.hosts]
    done = at_once(*(lambda host=host, user=user: ask_shop(host, "createmember", wxBuyingUserId=user, phone=phone)
                     for host, user in zip(site.hosts, users)))
    words = sorted(word if word == DONE else said for word, said in done)
    return "one member" if words == ["The phone belongs to a member: bind that one", DONE] else str(done)


@race("one user's")
def same_card(site):
    """Two users bind the same member."""
    first, second = (host.save(openId=new_openid("race")) for host in site.hosts)
    phone, host = new_phone(), site.hosts[0]
    assert ask_shop(host, "createmember", wxBuyingUserId=first, phone=phone)[0] == DONE
    assert ask_shop(host, "unbindmember", wxBuyingUserId=first)[0] == DONE
    wait_until(lambda: synced(site, f"SELECT 1 FROM wechat_user WHERE id = {second}"), 30, "the second user is there")
    done = at_once(*(lambda host=host, user=user: ask_shop(host, "bindmember", wxBuyingUserId=user, phone=phone)
                     for host, user in zip(site.hosts, (first, second))))
    words = sorted(word if word == DONE else said for word, said in done)
    return "one user's" if words == ["The member is bound to another user", DONE] else str(done)


@race("as the last one says")
def bind_and_unbind(site):
    """One binds a user's member while the other takes it away."""
    host, phone = site.hosts[0], new_phone()
    user = host.save(openId=new_openid("race"))
    member = ask_shop(host, "createmember", wxBuyingUserId=user, phone=phone)[1]
    done = at_once(lambda: ask_shop(site.hosts[0], "bindmember", wxBuyingUserId=user, phone=phone),
                   lambda: ask_shop(site.hosts[1], "unbindmember", wxBuyingUserId=user))
    [[bound]] = synced(site, f"SELECT IFNULL(member_id, 0) FROM wechat_user WHERE id = {user}")
    is_sound = [word for word, _ in done] == [DONE, DONE] and int(bound) in (0, member)
    return "as the last one says" if is_sound else f"{done} {bound}"


@race("none is lost", n=1)
def rival_changes(site):
    """A thousand changes of four users: both change one, each another field, and neither undoes what the other did."""
    openids = [new_openid("race") for _ in range(4)]
    before = metrics(*site.hosts)
    for n in range(125):
        wanted = {"name": f"name {n}", "phone": f"1370000{n:04}"}
        done = at_once(*(lambda host=host, openid=openid, field=field:
                         ask_shop(host, "saveuser", openId=openid, **{field: wanted[field]})[0]
                         for openid in openids for host, field in zip(site.hosts, wanted)))
        names = dict(synced(site, f"SELECT openid, name FROM wechat_user WHERE openid IN {tuple(openids)}"))
        seen = [{"name": names[openid], "phone": site.hosts[0].user(openid)["phone"]} for openid in openids]
        if set(done) != {DONE} or any(values != wanted for values in seen):
            return f"{done} {wanted} {seen}"
    is_rival = metrics(*site.hosts).rise(before, "wxuser_database_failures_total", kind="contention") > 0
    return "none is lost" if is_rival else "they never met"


@race("a member")
def confirmed_and_member(site):
    """A phone is confirmed on one, and its person becomes a member on the other."""
    openid, phone = new_openid("race"), new_phone()
    _, token = log_in(site.hosts[0], openid)
    code = site.sandbox("phone-codes", {"appid": site.app_id, "openid": openid, "phone": phone})["code"]
    confirmed = site.hosts[0].request("POST", "/v1/me/phone/wechat", {"code": code}, key=token)
    made = site.hosts[1].request("PUT", "/v1/me/member", {}, key=token)
    return "a member" if confirmed.status == made.status == 200 else f"{confirmed} {made}"


# ---- Logins and tokens

@race("two tokens of one account", "one token, and one has to log in again")
def same_login_code(site):
    """Both get the same code."""
    openid = new_openid("race")
    code = site.code(openid=openid)["code"]
    done = on_both(site, lambda host: log_in(host, code=code))
    words = [word for word, _ in done]
    [[n]] = synced(site, f"SELECT COUNT(DISTINCT account_id) FROM wechat_user WHERE openid = '{openid}'")
    if words == [DONE, DONE] and n == "1":
        return "two tokens of one account"
    if sorted(words) == [DONE, "unknown"]:
        return "one token, and one has to log in again"
    return f"{words} {n}"


@race("one account")
def first_logins(site):
    """Two first logins of a person, by two codes."""
    openid = new_openid("race")
    done = on_both(site, lambda host: log_in(host, openid))
    [[n]] = synced(site, f"SELECT COUNT(*) FROM wechat_user WHERE openid = '{openid}'")
    return "one account" if [word for word, _ in done] == [DONE, DONE] and n == "1" else f"{done} {n}"


@race("one new token")
def same_token_renewed(site):
    """Both renew the same token."""
    _, token = log_in(site, new_openid("race"))
    done = on_both(site, lambda host: say("v1", False, host.request("POST", "/v1/token/refresh", key=token)))
    tokens = {document.get("access_token") if word == DONE else word for word, document in done}
    return "one new token" if len(tokens) == 1 and DONE not in tokens else f"{done}"


@race("ended")
def renewed_and_ended(site):
    """One renews a token while the other logs it out: nothing is good afterwards."""
    _, token = log_in(site, new_openid("race"))
    renewed, ended = at_once(
        lambda: say("v1", False, site.hosts[0].request("POST", "/v1/token/refresh", key=token)),
        lambda: site.hosts[1].request("POST", "/v1/logout", key=token).status)
    tokens = [token, renewed[1]["access_token"]] if renewed[0] == DONE else [token]
    states = [state_of_token(host, it) for it in tokens for host in site.hosts]
    return "ended" if set(states) == {401} else f"{renewed} {ended} {states}"


@race("gone", "erased, then a new person")
def erased_and_logged_in(site):
    """A person has itself erased on one while it logs in on the other."""
    openid = new_openid("race")
    _, token = log_in(site, openid)
    [[before]] = synced(site, f"SELECT id FROM wechat_user WHERE openid = '{openid}'")
    erasing, login = site.code(openid=openid)["code"], site.code(openid=openid)["code"]
    erased, (word, its) = at_once(
        lambda: site.hosts[0].request("POST", "/v1/me/erase", {"code": erasing}, {"X-WX-AppId": site.app_id}, key=token),
        lambda: log_in(site.hosts[1], code=login))
    rows = synced(site, f"SELECT id FROM wechat_user WHERE openid = '{openid}'")
    states = {state_of_token(host, token) for host in site.hosts}
    if not rows and states == {401} and (word != DONE or state_of_token(site.hosts[0], its) == 401):
        return "gone"
    if word == DONE and len(rows) == 1 and rows != [[before]] and states == {401}:
        return "erased, then a new person"
    return f"{erased} {word} {before} {rows} {states}"


# ---- What the operator does

def control(site, number, *words, **settings):
    """wxuserctl on a host."""
    environment = {**site.environment, **{f"WXUSER_CONF_{name}": str(value) for name, value in settings.items()}}
    return subprocess.run([*site.env[f"WXUSER_CLUSTER_CTL_{number}"].split(), *words], env=environment,
                          capture_output=True, text=True, timeout=300)


@race("merged, and saved", n=5)
def merged_and_saved(site):
    """One merges two accounts while the other saves a user of the one that goes."""
    openids = [new_openid("race") for _ in range(2)]
    unionid = f"u{openids[0]}"
    older, younger = (site.log_in(openid=openid, unionid=unionid)["id"] for openid in openids)
    merge, (word, _) = at_once(
        lambda: control(site, 1, "account", "merge", younger, older, "--commit"),
        lambda: ask_shop(site.hosts[1], "saveuser", openId=openids[1], name="after"))
    [[n]] = synced(site, f"SELECT COUNT(DISTINCT account_id) FROM wechat_user WHERE openid IN {tuple(openids)}")
    name = site.hosts[0].user(openids[1])["name"]
    is_sound = merge.returncode == 0 and word == DONE and n == "1" and name == "after"
    return "merged, and saved" if is_sound else f"{merge.returncode} {merge.stderr} {word} {n} {name}"


@race("known at once", n=5)
def key_added_and_used(site):
    """A key that was added on one is used on the other."""
    [[tenant]] = site.rows(1, "SELECT id FROM tenant WHERE name = 'quickstart-1'")
    made = control(site, 1, "key", "add", "--tenant", tenant, "--name", new_openid("race"), "--scopes", "read")
    status = site.hosts[1].request("GET", f"{SHOP}/get?id=1", key=made.stdout.strip()).status
    return "known at once" if made.returncode == 0 and status == 200 else f"{made} {status}"


@race("both say done", n=1)
def two_migrators(site):
    """Both make the schema in an empty database."""
    site.rows(1, "CREATE OR REPLACE DATABASE races; GRANT ALL ON races.* TO wxuser_migrate@127.0.0.1")
    done = at_once(*(lambda number=number: control(
        site, number, "migrate", database__name="races") for number in (1, 2)))
    site.rows(1, "DROP DATABASE races")
    return "both say done" if [it.returncode for it in done] == [0, 0] else f"{done}"


@race("gone", n=1)
def erased_and_restored(site):
    """A person erased on one comes back with a backup, and the other replays the erasures."""
    openid = new_openid("race")
    _, token = log_in(site.hosts[0], openid)
    wait_until(lambda: synced(site, f"SELECT 1 FROM wechat_user WHERE openid = '{openid}'"), 30, "it is there")
    client = ["--no-defaults", f"--socket={site.env['WXUSER_CLUSTER_SOCKET_1']}"]
    dump = subprocess.run(["sh", TREE / "conf/program.sh", "mariadb-dump", site.state / "package", "mariadb-client"],
                          capture_output=True, text=True, check=True).stdout.strip()
    backup = subprocess.run([dump, *client, "--single-transaction", "wxuser"], capture_output=True, check=True)
    erased = site.hosts[0].request("POST", "/v1/me/erase", {"code": site.code(openid=openid)["code"]},
                                   {"X-WX-AppId": site.app_id}, key=token)
    other = control(site, 2, "jobs", "run")
    with site.without("host1/wxuser", "host2/wxuser", signal_number=signal.SIGTERM):
        subprocess.run(["mariadb", *client, "wxuser"], input=backup.stdout, check=True)
        is_back = synced(site, f"SELECT 1 FROM wechat_user WHERE openid = '{openid}'")
        replay = control(site, 2, "erasures", "replay")
    is_there = synced(site, f"SELECT 1 FROM wechat_user WHERE openid = '{openid}'")
    return "gone" if is_back and replay.returncode == 0 and not is_there else f"{erased} {other} {is_back} {replay}"
