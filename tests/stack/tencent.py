"""Tencent Cloud's signature v3 of a call to its SMS service."""

import datetime
import hashlib
import hmac

SECRET = "tencent-sandbox-secret"


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def date_of(timestamp):
    return datetime.datetime.fromtimestamp(int(timestamp), datetime.timezone.utc).strftime("%Y-%m-%d")


def signature_of(headers, body, secret=SECRET):
    """headers: as they are sent."""
    canonical = "\n".join(["POST", "/", "", f"content-type:{headers['Content-Type']}",
                           f"host:{headers['Host']}", "", "content-type;host", sha256(body)])
    timestamp = headers["X-TC-Timestamp"]
    date = date_of(timestamp)
    text = f"TC3-HMAC-SHA256\n{timestamp}\n{date}/sms/tc3_request\n{sha256(canonical)}"
    mac = f"TC3{secret}".encode()
    for part in (date, "sms", "tc3_request", text):
        mac = hmac.new(mac, part.encode(), "sha256").digest()
    return mac.hex()
