"""A small source document, and what reads by it: each test of the engine changes only what it is about."""

import json
from typing import Any

import pytest

from pipeline.domain.adapters import Adapter, DocumentError, load_adapter
from schemas.raw import RawHeaders

HEAD = """
schema_version = 1
name = "shop"
title = "A shop"
reporter = "platform"
platform = "tmall"
"""
CODES = """
[codes.status]
at = "status"
kind = "phase"
means = { NEW = "to_ship", GONE = "shipped" }
[codes.refund]
at = "refund"
kind = "refund"
means = { ASKED = "pending" }
[codes.scan]
at = "scan"
kind = "track"
means = { 1 = "shipped" }
[phase.order]
lead = "status"
[refund.order]
lead = "refund"
[track.waybill]
codes = "scan"
"""
ORDER = """
[[message]]
name = "order"
api = ["orders"]
when = { id = "present" }
[[message.tells]]
fact = "order"
phase = "order"
[message.tells.fields]
order_id = "id"
version = "at"
"""
AT = "2026-03-01T12:00:00Z"


def adapter(text: str = HEAD + CODES + ORDER) -> Adapter:
    return load_adapter(text, origin="shop.toml")


def refusals(text: str) -> list[str]:
    with pytest.raises(DocumentError) as refused:
        adapter(text)
    return str(refused.value).split("\n")


def read(found: Adapter, told: Any, api: str = "") -> list[Any]:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return found.read(body, RawHeaders("shop", "main", 1_798_761_600_000, "d", api=api)).facts


def telling(fact: str, fields: str, more: str = "") -> str:
    return f"""{HEAD}{CODES}
[[message]]
name = "m"
[[message.tells]]
fact = "{fact}"
{more}
[message.tells.fields]
{fields}
"""
