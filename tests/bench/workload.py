"""Clients that post what leaves traces, and whether these fit the answers: once for what was said to be done."""

import collections
import itertools
import json
import threading
import time

from ctl import sql_as_root
from stack import Answer, new_phone

class Shop:
    """Saves a user."""

    traces = "SELECT openid, COUNT(*) FROM wechat_user GROUP BY openid"
    failure = {"data": 0, "status": 500}

    def post(self, stack, key):
        return stack.post("/api/weixin/wxbuyinguser/saveuser", {"openId": key, "name": key})

    def is_done(self, answer):
        return answer["status"] == 200


class Account:
    """Has WeChat take a login code."""

    traces = "SELECT code, COUNT(*) FROM wxuser_sandbox.api_call WHERE code IS NOT NULL GROUP BY code"
    failure = {"code": 500}

    def post(self, stack, key):
        return stack.login(key)

    def is_done(self, answer):
        return answer["code"] == 200


class Customer:
    """Makes an access token."""

    traces = ("SELECT openid, COUNT(*) FROM access_token JOIN wechat_user "
              "ON wechat_user.id = wechat_user_id GROUP BY openid")
    failure = {"data": None, "status": 0}

    def post(self, stack, key):
        return stack.authorize({"openId": key}, key=stack.key)

    def is_done(self, answer):
        return answer["status"] == 1


class City:
    """Sends a code to a phone."""

    traces = "SELECT phone, COUNT(*) FROM wxuser_sandbox.sms GROUP BY phone"
    failure = {"Data": None, "Ret": 4}

    def post(self, stack, key):
        return stack.post("/city/v3/OnlineMediateWW/SendVerifyCode", {"MobilePhone": key, "OpenId": f"o{key}"})

    def is_done(self, answer):
        return answer["Ret"] == 0


Post = collections.namedtuple("Post", "kind key time status text is_done is_in_form")


class Workload:
    """with Workload(stack) as workload: …; then workload.end()."""

    kinds = Shop(), Account(), Customer(), City()

    def __init__(self, stack, n_clients=8):
        sql_as_root(stack, "GRANT SELECT ON wxuser_sandbox.* TO wxuser@localhost")
        stack.sql("INSERT INTO setting SELECT id, setting, '10000000' FROM tenant JOIN "
                  "(SELECT 'sms_per_day' AS setting UNION SELECT 'sms_per_key_and_day' "
                  "UNION SELECT 'sms_per_app_and_hour') AS settings")
        self.stack, self.done = stack, []
        self.numbers = itertools.count()
        self.is_over = threading.Event()
        self.clients = [threading.Thread(target=self.work) for _ in range(n_clients)]

    def __enter__(self):
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for client in self.clients:
            client.join()

    def new_key(self, kind):
        if isinstance(kind, Account):
            return self.stack.code()["code"]
        return new_phone() if isinstance(kind, City) else f"oPost{next(self.numbers)}"

    def work(self):
        for kind in itertools.cycle(self.kinds):
            if self.is_over.is_set():
                return
            key = self.new_key(kind)
            try:
                answer = kind.post(self.stack, key)
            except OSError as error:
                answer = Answer(0, {}, str(error).encode())
            self.done.append(self.judge(kind, key, answer))

    def judge(self, kind, key, answer):
        try:
            said = answer.json
            is_done = answer.status == 200 and kind.is_done(said)
            is_in_form = kind.failure.items() <= said.items()
        except (json.JSONDecodeError, KeyError, AttributeError):
            is_done = is_in_form = False
        return Post(kind, key, time.monotonic(), answer.status, answer.text, is_done, is_in_form)

    def traces(self, kind):
        return {key: int(n) for key, n in self.stack.sql(kind.traces)}
