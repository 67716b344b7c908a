"""References of a document: each one that leads nowhere is a sentence with its table and field."""

import pytest

from tests.sources.documents import CODES, HEAD, ORDER, refusals, telling

ORDER_1 = "shop.toml: message order, tells 1 (order): "
M = "shop.toml: message m, tells 1 "


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (HEAD + ORDER, ORDER_1 + "there is no [phase.order]"),
        (
            HEAD + CODES.replace('lead = "status"', 'lead = "state"') + ORDER,
            "shop.toml: phase.order: there is no table [codes.state]",
        ),
        (
            HEAD + CODES.replace('lead = "status"', 'lead = "refund"') + ORDER,
            "shop.toml: phase.order: [codes.refund] is of kind refund, not phase",
        ),
        (
            HEAD + CODES.replace('lead = "status"', 'lead = "status"\nparts = "scan"') + ORDER,
            "shop.toml: phase.order: [codes.scan] is of kind track, not phase",
        ),
        (
            HEAD + CODES.replace('lead = "refund"', 'lead = "status"') + ORDER,
            "shop.toml: refund.order: [codes.status] is of kind phase, not refund",
        ),
        (
            HEAD + CODES.replace('lead = "refund"', 'lead = "refund"\nfields = ["x"]') + ORDER,
            "shop.toml: refund.order: there is no table [codes.x]",
        ),
        (
            HEAD + CODES.replace('codes = "scan"', 'codes = "status"') + ORDER,
            "shop.toml: track.waybill: [codes.status] is of kind phase, not track",
        ),
        (
            HEAD + CODES.replace('codes = "scan"', 'codes = "scan"\nambiguous = ["3"]') + ORDER,
            "shop.toml: track.waybill: none of its tables knows the code 3",
        ),
        (
            HEAD + CODES.replace('codes = "scan"', 'codes = "scan"\nwaiting = ["2"]') + ORDER,
            "shop.toml: track.waybill: none of its tables knows the code 2",
        ),
        (
            HEAD + CODES + '[[phase.order.rule]]\nwhen = { gate = "1" }\nis = "hold"' + ORDER,
            "shop.toml: phase.order, rule 1: there is no table [codes.gate]",
        ),
        (
            HEAD + CODES + '[[phase.order.rule]]\nwhen = { status = "X" }\nis = "hold"' + ORDER,
            "shop.toml: phase.order, rule 1: [codes.status] does not know the code X",
        ),
        (
            HEAD + CODES + '[[refund.order.rule]]\nstep = "raise"\nwhen = { refund = "X" }' + ORDER,
            "shop.toml: refund.order, rule 1: [codes.refund] does not know the code X",
        ),
        (HEAD + CODES + ORDER.replace("order_id =", "order ="), ORDER_1 + "the field order_id is missing"),
        (
            HEAD + CODES + ORDER.replace("version =", "colour ="),
            ORDER_1 + "there is no field colour; a fact of this kind has cannot_supply, ",
        ),
        (
            HEAD + CODES + ORDER.replace("version =", "raw_code ="),
            ORDER_1 + "the raw_code of a fact with a phase is the code that its phase was read from",
        ),
        (
            HEAD.replace('platform = "tmall"\n', "") + CODES + ORDER,
            ORDER_1 + "the source has no platform of its own, so the field platform is needed",
        ),
        (
            telling("track", 'waybill = "w"\nat = "t"', 'entries = "l"'),
            M + '(track): a track needs track = "...", the name of its set',
        ),
        (
            telling("track", 'waybill = "w"\nat = "t"', 'track = "waybill"'),
            M + '(track): a track needs entries = "...", the path of its list',
        ),
        (
            telling("track", 'waybill = "w"', 'track = "waybill"\nentries = "l"'),
            M + "(track): the field at is missing",
        ),
        (
            telling("track", 'waybill = "w"\nat = "t"', 'track = "other"\nentries = "l"'),
            M + "(track): there is no [track.other]",
        ),
        (
            telling("refund", 'order_id = "o"\nrefund_id = "r"\namount_fen = "a"'),
            M + '(refund): a refund needs refund = "...", the name of its set',
        ),
        (
            telling("refund", 'order_id = "o"\nrefund_id = "r"\namount_fen = "a"', 'refund = "x"'),
            M + "(refund): there is no [refund.x]",
        ),
        (telling("tick", 'occurred_at = "a"', 'phase = "order"'), M + "(tick): only an order has a phase"),
        (telling("count", 'sku = "s"'), M + "(count): the field counter is missing"),
    ],
)
def test_a_reference_that_leads_nowhere_is_a_sentence_with_table_and_field(text: str, sentence: str) -> None:
    assert any(found.startswith(sentence) for found in refusals(text)), refusals(text)


def test_every_fault_is_named_at_once() -> None:
    assert (
        len(refusals(HEAD + CODES + ORDER.replace("order_id =", "order =").replace("version =", "colour =")))
        == 3
    )
