"""Login codes, session keys, secrets and credentials reach no log file, whether all goes well or not."""


def test_no_log_holds_a_secret(stack, unique):
    forbidden = [(stack.state / "secret" / name).read_text().strip() for name in
                 ("wxuser.password", "migrate.password", "sandbox.password", "tenant-1.key",
                  "tenant-2.key", stack.app_id)]
    session_key = "c2Vzc2lvbi1rZXktb2Ytb24="
    phone = "13912345678"
    for fault in (None, "cut", "html", "truncate"):
        made = stack.code(openid=f"o{unique}", session_key=session_key)
        forbidden.append(made["code"])
        if fault is not None:
            stack.fault("/sns/jscode2session", fault)
        stack.login(made["code"])
        stack.log_in(openid=f"o{unique}")
    stack.save(openId=f"o{unique}", phone=phone)
    stack.get(f"/api/weixin/wxbuyinguser/get?id=x&token={stack.key}&code=0code{unique}")
    forbidden += [session_key, phone, f"0code{unique}", stack.key[4:30]]

    files = [path for path in (stack.state / "log").iterdir() if path.is_file()]
    assert {"wxuser.log", "sandbox.log", "nginx.access.log"} <= {path.name for path in files}
    for path in files:
        text = path.read_text(errors="replace")
        for secret in forbidden:
            assert secret not in text, f"{path.name} holds {secret!r}"


def test_personal_data_is_sealed_in_the_database(stack, unique):
    stack.save(openId=f"o{unique}", phone="13987654321")
    stack.log_in(openid=f"o{unique}", session_key="YW5vdGhlci1zZXNzaW9uLWs=")
    (phone, session), = stack.sql(
        f"SELECT HEX(phone), HEX(session_key) FROM wechat_user WHERE openid = 'o{unique}'")
    assert len(phone) > 60 and "13987654321".encode().hex().upper() not in phone
    assert len(session) > 60 and b"YW5vdGhlci1zZXNzaW9uLWs=".hex().upper() not in session
