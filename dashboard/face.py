"""The board's own drawing: one component for the verdict, the ticking data age and the cards."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from dashboard import links, sheet
from dashboard.view_models.board import AgeView, CountView, VerdictView
from dashboard.view_models.csdi import CsdiView
from dashboard.view_models.freshness import COUNTED
from dashboard.words import Words

_SAID = ("rule", "rule_title", "csdi", "csdi_help", "no_data")


@dataclass(frozen=True, slots=True)
class Banner:
    """Says above everything that the picture is the last good one; `ref` is the error's type and id."""

    text: str
    ref: str


@dataclass(frozen=True, slots=True)
class Face:
    """One complete picture; `refresh` counts the looks, `faded` greys numbers that are not of now.

    `csdi_problem` says why only the index could not be read; it greys that card alone.
    `scope` says what the verdict covers where that is not what the filter says.
    """

    verdict: VerdictView
    stale: VerdictView
    age: AgeView
    csdi: CsdiView
    counts: Sequence[CountView]
    banner: Banner | None
    start: bool
    faded: bool
    csdi_problem: str
    clock: str
    scope: str
    drawn_at: datetime
    refresh: int
    wall: bool = False


def show(face: Face, words: Words) -> None:
    """Draw the picture."""
    drawn = sheet.component("certainty_board", "board")
    drawn(key="board", data=sheet.packed(face_data(face, words)), on_go_change=links.noting("board"))


def face_data(face: Face, words: Words) -> dict[str, Any]:
    """Return the picture as plain values for the browser, together with the words that it needs."""
    shown = {key: words(key) for key in _SAID} | {key: words.raw(key) for key in COUNTED}
    return {
        "verdict": asdict(face.verdict),
        "stale": asdict(face.stale),
        "age": asdict(face.age),
        "csdi": asdict(face.csdi) | {"problem": face.csdi_problem},
        "counts": [asdict(count) for count in face.counts],
        "banner": asdict(face.banner) if face.banner else None,
        "start": face.start,
        "faded": face.faded,
        "stamp": face.drawn_at.timestamp(),
        "refresh": face.refresh,
        "wall": face.wall,
        "words": shown | {"clock": face.clock, "scope": face.scope},
    }
