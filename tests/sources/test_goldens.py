"""What each adapter makes of whole payloads: every one has a golden file of its facts, or of its refusal.

`tests/fixtures/sources/<source>/<case>.<ending>` is a body exactly as it is received, `<case>.golden.json`
beside it holds the api it comes by and what is told. After a wanted change: UPDATE_GOLDEN=1, then read the
difference.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.adapters import Unreadable
from pipeline.rules.adapters import shipped_adapters, source_names
from schemas.raw import RawHeaders

FIXTURES = Path(__file__).parents[1] / "fixtures" / "sources"
RECEIVED_MS = 1_798_761_600_000
BODIES = sorted(file for file in FIXTURES.glob("*/*") if not file.name.endswith(".golden.json"))
ADAPTERS = shipped_adapters()
NOT_COMPARED = ("mapping",)
"""The version of a document travels on each fact; it changes with every comment."""


def golden_of(body: Path) -> Path:
    return body.with_name(f"{body.name.rpartition('.')[0]}.golden.json")


def told(source: str, body: bytes, api: str) -> dict[str, Any]:
    """Return facts and unknown codes, or the refusal."""
    headers = RawHeaders(source, "shop", RECEIVED_MS, "delivery", api=api)
    try:
        understood = ADAPTERS[source].read(body, headers)
    except Unreadable as error:
        return {"refused": str(error)}
    facts = [json.loads(fact.to_bytes()) for fact in understood.facts]
    shown = [{name: v for name, v in fact.items() if name not in NOT_COMPARED} for fact in facts]
    found = {"facts": shown, "unknown": [list(pair) for pair in understood.unknown]}
    for name in ("silent", "refused"):
        if getattr(understood, name):
            found[name] = list(getattr(understood, name))
    return found


@pytest.mark.parametrize("body", BODIES, ids=lambda body: f"{body.parent.name}/{body.name}")
def test_a_payload_tells_exactly_what_its_golden_file_says(body: Path) -> None:
    golden = golden_of(body)
    expected = json.loads(golden.read_text(encoding="utf-8")) if golden.exists() else {"api": ""}
    found = {"api": expected["api"], **told(body.parent.name, body.read_bytes(), expected["api"])}
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert found == expected


def test_every_source_has_a_golden_payload() -> None:
    assert {body.parent.name for body in BODIES} == set(source_names())
