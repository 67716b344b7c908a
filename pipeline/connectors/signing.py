"""Signs requests. [V]: recomputed, equals the platform's own example; [S2]: two sources agree."""

import hashlib
import hmac
from collections.abc import Mapping


def joined(params: Mapping[str, str]) -> str:
    """Return names and values, sorted by name, without anything between them."""
    return "".join(f"{name}{params[name]}" for name in sorted(params))


def md5_upper(secret: str, params: Mapping[str, str]) -> str:
    """JD [V], Pinduoduo [V]: UPPER(md5(secret + joined + secret)) over every parameter."""
    return _md5(f"{secret}{joined(params)}{secret}").upper()


def md5_lower(secret: str, params: Mapping[str, str]) -> str:
    """Wangdiantong flagship [S2]: md5(secret + joined + secret); the body counts as parameter `body`."""
    return _md5(f"{secret}{joined(params)}{secret}")


def md5_headed(secret: str, params: Mapping[str, str]) -> str:
    """Jushuitan openapi [S2]: md5(secret + joined), nothing behind; empty parameters are left out."""
    return _md5(secret + joined({name: value for name, value in params.items() if value}))


def hmac_sha256(secret: str, params: Mapping[str, str]) -> str:
    """Douyin [S2]: hex HMAC-SHA256(secret, secret + app_key, method, param_json, timestamp, v + secret)."""
    told = f"{secret}{joined(params)}{secret}"
    return hmac.new(secret.encode(), told.encode(), hashlib.sha256).hexdigest()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
