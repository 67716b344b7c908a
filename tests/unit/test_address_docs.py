"""docs/addresses.md says every reason there is, and the day and size of the table."""

import re
from importlib.resources import files
from pathlib import Path

from pipeline.domain.addresses import PLACE_REASONS, Reason, load_divisions

PAGE = (Path(__file__).parents[2] / "docs/addresses.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)


def test_every_reason_is_explained_in_the_order_of_the_code() -> None:
    assert [reason for reason, _, _ in ROWS] == [reason.value for reason in Reason]


def test_what_the_table_mends_is_a_place() -> None:
    mended = {reason for reason, _, how in ROWS if how.startswith("when")}
    assert mended == {"no_province", "no_city", "no_district", "renamed_place"}
    assert mended < {reason.value for reason in PLACE_REASONS}


def test_the_page_tells_the_day_of_the_table() -> None:
    table = load_divisions(files("pipeline.rules").joinpath("divisions.csv").read_text(encoding="utf-8"))
    assert f"as of {table.date}:" in PAGE
