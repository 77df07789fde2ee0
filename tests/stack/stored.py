"""Where a text is stored: in any column of any table of the service, with the sealed ones opened."""

import base64

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HEADER, NONCE = 3, 12
# Of information_schema.columns. The other columns of bytes are WeChat's identifiers.
IS_SEALED = "data_type = 'varbinary' AND column_name NOT IN ('openid', 'unionid')"


def columns(stack, condition):
    """[table, column] of those that fit."""
    return stack.sql(f"SELECT table_name, column_name FROM information_schema.columns "
                     f"WHERE table_schema = DATABASE() AND {condition} ORDER BY table_name, ordinal_position")


def named(text):
    return bytes([len(text)]) + text.encode()


def sealing_keys(stack):
    lines = (stack.state / "secret/sealing.keys").read_text().splitlines()
    return {int(number): AESGCM(base64.b64decode(key)) for number, key in map(str.split, lines)}


def opened(stack):
    """(table.column, text) of each sealed value."""
    keys = sealing_keys(stack)
    for table, column in columns(stack, IS_SEALED):
        for tenant, uuid, value in stack.sql(f"SELECT tenant_id, HEX(row_uuid), HEX({column}) FROM {table} "
                                             f"WHERE {column} IS NOT NULL"):
            sealed = bytes.fromhex(value)
            place = sealed[:HEADER] + named(table) + named(column) + int(tenant).to_bytes(4, "big") + bytes.fromhex(uuid)
            key = keys[int.from_bytes(sealed[1:HEADER], "big")]
            yield f"{table}.{column}", key.decrypt(sealed[HEADER:HEADER + NONCE], sealed[HEADER + NONCE:],
                                                   place).decode()


def stored(stack, texts):
    """{text: the columns that hold it}."""
    found = {text: set() for text in texts}
    search = " UNION ALL ".join(
        f"(SELECT '{table}.{column}', x'{text.encode().hex()}' FROM {table} "
        f"WHERE LOCATE(x'{text.encode().hex()}', CAST({column} AS BINARY)) > 0 LIMIT 1)"
        for table, column in columns(stack, f"NOT ({IS_SEALED})") for text in texts)
    for where, text in stack.sql(search):
        found[text].add(where)
    for where, value in opened(stack):
        for text in texts:
            if text in value:
                found[text].add(where)
    return found
