"""Every status code that the five shops document, read a second time by hand, walked through the adapters.

`codes/<source>.toml` holds the second reading. A `[[table]]` names a minimal message, one field of it (a
number is a place in a list) and what each code there means: a `phase` ("" says none), a `verdict` (none,
pending, refundable, not_refundable, refunded; "pending, once PROOF or PROOF" waits for one of these), or
`silent`. Codes under `parks` are in no document. "unknown" is a documented value that is no state.
"""

import copy
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipeline.domain.adapters import Understood
from pipeline.rules.adapters import shipped_adapters
from schemas.order import OrderReported, RefundReported
from schemas.raw import RawHeaders
from schemas.vocabulary import Phase, RefundStandard

SHOPS = ("tmall", "jd", "pdd", "douyin", "own-shop")
ADAPTERS = shipped_adapters()
CODES = Path(__file__).parent / "codes"


class Case(NamedTuple):
    source: str
    kind: str
    code: str
    message: dict[str, Any]
    expected: str

    def __str__(self) -> str:
        return f"{self.source}-{self.kind}-{self.code}"


def with_code(table: dict[str, Any], code: object) -> dict[str, Any]:
    message = copy.deepcopy(table["message"])
    *steps, last = (int(step) if step.isdecimal() else step for step in table["field"].split("."))
    place = message
    for step in steps:
        place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
    place[last] = code
    return message


def forms_of(code: str) -> list[object]:
    """Platforms write one code sometimes as a number and sometimes as text."""
    return [int(code), code] if code.lstrip("-").isdecimal() else [code]


def cases_of(source: str) -> Iterator[Case]:
    for table in tomllib.loads((CODES / f"{source}.toml").read_text(encoding="utf-8"))["table"]:
        kind = next(name for name in ("phase", "verdict", "silent") if name in table)
        if kind == "silent":
            expected = dict.fromkeys(table["silent"]["codes"], "")
        else:
            expected = table[kind] | dict.fromkeys(table.get("parks", ()), "unknown")
        for code, word in expected.items():
            for form in forms_of(code):
                yield Case(source, kind, repr(form), with_code(table, form), word)


CASES = [case for source in SHOPS for case in cases_of(source)]


def read(source: str, message: object) -> Understood:
    body = json.dumps(message).encode()
    return ADAPTERS[source].read(body, RawHeaders(source, "shop", 1_798_761_600_000, "delivery"))


def phase_said(understood: Understood) -> str:
    (order,) = [fact for fact in understood.facts if isinstance(fact, OrderReported)]
    assert (order.phase is Phase.UNKNOWN) == bool(understood.unknown)
    return str(order.phase or "")


def verdict_said(understood: Understood) -> str:
    refunds = [fact for fact in understood.facts if isinstance(fact, RefundReported)]
    if not refunds:
        return "none"
    (refund,) = refunds
    assert refund.unknown == bool(understood.unknown)
    if refund.unknown:
        assert (refund.standard, refund.proofs, refund.done) == (RefundStandard.PENDING, (), False)
        return "unknown"
    if refund.done:
        assert refund.standard is RefundStandard.NOT_REFUNDABLE
        return "refunded"
    proofs = " or ".join(refund.proofs)
    return f"{refund.standard}, once {proofs}" if proofs else str(refund.standard)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_code_means_what_the_platform_documents(case: Case) -> None:
    understood = read(case.source, case.message)
    match case.kind:
        case "phase":
            assert phase_said(understood) == case.expected
        case "verdict":
            assert verdict_said(understood) == case.expected
        case _:
            assert understood.silent, "a known kind says why it tells nothing"
            assert understood == Understood([], (), understood.silent)


@pytest.mark.parametrize("source", SHOPS)
def test_the_second_reading_visits_every_code_that_the_document_knows(source: str) -> None:
    messages = [case.message for case in CASES if case.source == source]
    for name, code in ADAPTERS[source].codes.items():
        said = {code.of(message, message) for message in messages}
        assert code.means.keys() - said == set(), name
