"""Where a text is stored: in any column of any table of the service, with the sealed ones opened."""

import base64

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

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
    """By number; of the form NUMBER hkdf KEY, as the quick start makes them."""
    lines = (stack.state / "secret/sealing.keys").read_text().splitlines()
    return {int(number): AESGCM(HKDF(SHA256(), 32, None, b"wxuser sealing").derive(base64.b64decode(key)))
            for number, _, key in map(str.split, lines)}


def opened(stack, rows="TRUE"):
    """(table.column, text) of each sealed value."""
    keys = sealing_keys(stack)
    for table, column in columns(stack, IS_SEALED):
        for tenant, uuid, value in stack.sql(f"SELECT tenant_id, HEX(row_uuid), HEX({column}) FROM {table} "
                                             f"WHERE {column} IS NOT NULL AND {rows}"):
            sealed = bytes.fromhex(value)
            place = sealed[:HEADER] + named(table) + named(column) + int(tenant).to_bytes(4, "big") + bytes.fromhex(uuid)
            key = keys[int.from_bytes(sealed[1:HEADER], "big")]
            yield f"{table}.{column}", key.decrypt(sealed[HEADER:HEADER + NONCE], sealed[HEADER + NONCE:],
                                                   place).decode()


def stored(stack, texts, tenant=None):
    """{text: the columns that hold it}, of a tenant or of all."""
    found = {text: set() for text in texts}
    rows, tables = "TRUE", "TRUE"
    if tenant is not None:
        rows = f"tenant_id = {tenant}"
        tables = "table_name IN (SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant_id')"
    search = " UNION ALL ".join(
        f"(SELECT '{table}.{column}', x'{text.encode().hex()}' FROM {table} "
        f"WHERE LOCATE(x'{text.encode().hex()}', CAST({column} AS BINARY)) > 0 AND {rows} LIMIT 1)"
        for table, column in columns(stack, f"NOT ({IS_SEALED}) AND {tables}") for text in texts)
    for where, text in stack.sql(search):
        found[text].add(where)
    for where, value in opened(stack, rows):
        for text in texts:
            if text in value:
                found[text].add(where)
    return found
