"""The signature formulas of platforms.md, bytes in and bytes out; hexadecimal digits are lower case."""

import hashlib
import hmac
import json
from base64 import b64encode


def _md5(text: bytes) -> bytes:
    return hashlib.md5(text, usedforsecurity=False).hexdigest().encode()


def _hmac(key: bytes, text: bytes) -> hmac.HMAC:
    return hmac.new(key, text, hashlib.sha256)


def kuaidi100(param: bytes, salt: bytes) -> bytes:
    """`sign` of a push (platforms.md 6); the sender may write it in capitals."""
    return _md5(param + salt)


def kdniao(request_data: bytes, app_key: bytes) -> bytes:
    """`DataSign` (platforms.md 7): base64 of the hexadecimal text, not of the digest."""
    return b64encode(_md5(request_data + app_key))


def douyin_event(app_key: bytes, body: bytes, secret: bytes) -> bytes:
    """Header `event-sign` of a push (platforms.md 4)."""
    return _md5(app_key + body + secret)


def douyin_spi(app_key: bytes, param_json: bytes, timestamp: bytes, secret: bytes) -> tuple[bytes, bytes]:
    """`sign` of an SPI call (platforms.md 4), by MD5 and by HMAC-SHA256."""
    text = b"app_key" + app_key + b"param_json" + param_json + b"timestamp" + timestamp
    text = secret + text + secret
    return _md5(text), _hmac(secret, text).hexdigest().encode()


def wechat(*parts: bytes) -> bytes:
    """`signature` of (token, timestamp, nonce); with the encrypted text `msg_signature` (platforms.md 5)."""
    return hashlib.sha1(b"".join(sorted(parts)), usedforsecurity=False).hexdigest().encode()


def aftership(body: bytes, secret: bytes) -> bytes:
    """Header `aftership-hmac-sha256` (platforms.md 8)."""
    return b64encode(_hmac(secret, body).digest())


def certainty(timestamp: bytes, body: bytes, secret: bytes) -> bytes:
    """Header `X-Certainty-Signature` of our own contract (docs/gateway.md)."""
    return _hmac(secret, timestamp + b"." + body).hexdigest().encode()


_HTML = ((b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026"))


def spi_spellings(param_json: bytes) -> set[bytes]:
    """Return how a sender may have spelt these parameters when it signed them (platforms.md 4).

    As sent or with sorted keys, each with `<>&` as they are, as escapes, or with the escapes undone; all mean
    the same. Raises ValueError when it is no JSON.
    """
    ordered = json.dumps(json.loads(param_json), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    spellings = {param_json, ordered.encode("utf-8", "surrogatepass")}
    for one in tuple(spellings):
        escaped = undone = one
        for character, escape in _HTML:
            escaped, undone = escaped.replace(character, escape), undone.replace(escape, character)
        spellings |= {escaped, undone}
    return spellings
