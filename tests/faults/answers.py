"""What an answer says, in the form of the caller's dialect: a word that a fault may allow, or a text that no fault may."""

import json

DONE = "done"
BUSY = "busy"            # the service itself: the database does not answer
GATEWAY = "gateway"      # the same in the web server's name: no worker has answered
UNKNOWN = "unknown"      # a code was spent and nobody knows for what
WECHAT = "wechat"        # WeChat failed, or nobody asks it now
SMS = "sms"              # so did the SMS gateway
EXPIRED = "expired"      # a code that was good for a few minutes
INTERNAL = "internal"    # the service's own fault
FRONT = "front"          # HAProxy has lost the host that was asked, or has none
CUT = "cut"              # no answer at all

CODE_TEXTS = {
    "The service is busy, try again later": BUSY,
    "The outcome is not known: log in again with a new code": UNKNOWN,
    "WeChat did not answer: log in again with a new code": WECHAT,
    "WeChat cannot be reached: try again later": WECHAT,
    "WeChat is busy: log in again later with a new code": WECHAT,
    "The code is not valid or has expired: log in again": EXPIRED,
    "The operation has failed": INTERNAL,
}
# dialect: the member that tells why, the statuses that a refusal may have, what the member may say.
DIALECTS = {
    "shop": (("message", "Message"), (200, 502, 503, 504), {
        "The service is busy, please try again": BUSY,
        "An error has occurred.": INTERNAL,
    }),
    "account": (("msg",), (200, 502, 503, 504), CODE_TEXTS),
    "customer": (("message", "Message"), (200, 500, 502, 503, 504), CODE_TEXTS),
    "city": (("Msg",), (200, 502, 503, 504), {
        "The service is busy, try again later": BUSY,
        "The SMS service did not answer; if no code comes within a minute, ask again": SMS,
        "The code could not be sent, try again later": SMS,
        "An error has occurred": INTERNAL,
    }),
    "v1": (("code",), (409, 422, 500, 502, 503, 504), {
        "busy": BUSY,
        "code_pending": UNKNOWN,
        "code_invalid": EXPIRED,
        "wechat_failed": WECHAT,
        "wechat_silent": WECHAT,
        "sms_silent": SMS,
        "sms_failed": SMS,
        "internal": INTERNAL,
    }),
}
SUCCESSES = {"status": (1, 200), "code": (200,), "Ret": (0,)}
ENVELOPES = {"shop": "status", "account": "code", "customer": "status", "city": "Ret"}


def is_success(dialect, is_enveloped, answer, document):
    if not 200 <= answer.status < 300:
        return False
    if not is_enveloped:
        return True
    member = ENVELOPES[dialect]
    return isinstance(document, dict) and document.get(member) in SUCCESSES[member]


def say(dialect, is_enveloped, answer):
    """The word or text, and the document. is_enveloped: a success stands in the dialect's envelope."""
    try:
        document = json.loads(answer.body) if answer.body else None
    except ValueError:
        if answer.status in (502, 503, 504) and answer.body.startswith(b"<html><body><h1>50"):
            return FRONT, None
        return f"{answer.status} {answer.headers.get('Content-Type')} {answer.body[:80]!r}", None
    if is_success(dialect, is_enveloped, answer, document):
        return DONE, document
    members, statuses, texts = DIALECTS[dialect]
    said = next((document[name] for name in members if isinstance(document, dict) and name in document), None)
    word = texts.get(said) if answer.status in statuses else None
    if word == BUSY and answer.status in (502, 504):
        word = GATEWAY
    return word or f"{answer.status} {said or answer.text[:80]!r}", document
