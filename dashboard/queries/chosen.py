"""What the filters of a page narrow its questions to: a platform, a warehouse, a period."""

from typing import Any, Final, NamedTuple

from dashboard.queries.orders import SECONDS


class Chosen(NamedTuple):
    """What is chosen: "" is everything, warehouse UNNAMED that nobody named one, "all" the whole of time."""

    platform: str = ""
    warehouse: str = ""
    window: str = "all"

    def asked(self) -> dict[str, Any]:
        """Return the parameters of a question; `seconds` 0 is the whole of time."""
        return {"platform": self.platform, "warehouse": self.warehouse, "seconds": SECONDS[self.window]}


EVERYTHING: Final = Chosen()
