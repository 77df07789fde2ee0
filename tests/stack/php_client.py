"""What the tests of the PHP client have in their environment."""

import time

from ctl import Ctl
from stack import free_port


def environment(stack):
    """The stack's addresses and keys, a key for the apps' tokens, the openid of a user who changed long enough ago
    to be among the changes, and a port for a web site."""
    openid = f"oChanged-{time.time_ns():x}"
    stack.save(openId=openid, name="小明")
    stack.sql(f"UPDATE wechat_user SET changed_at = changed_at - INTERVAL 1 MINUTE WHERE openid = '{openid}'")
    key = Ctl(stack).out("key", "add", "--tenant", "1", "--name", openid, "--scopes", "wechat", "--networks", "127.0.0.1")
    return {**stack.env, "WXUSER_WECHAT_KEY": key.strip(), "WXUSER_CHANGED_OPENID": openid,
            "WXUSER_SITE_PORT": str(free_port())}
