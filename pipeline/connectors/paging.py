"""Reads a window page by page, from the last page to the first."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pipeline.connectors.reply import Page
from pipeline.connectors.spec import Pull
from pipeline.connectors.troubles import Refused, TooMany

Ask = Callable[[int, int], Awaitable[Page]]
"""Asks for a page by its number and size."""
Keep = Callable[[str, Page], Awaitable[None]]
"""Keeps a page under its name, number/size; returns once it is safe."""


@dataclass(slots=True)
class Pager:
    """Reads every page of one window.

    Why backwards: a row that is modified while we read leaves the window (its time is now), and every row
    behind it moves up one place. Read forwards, the row that moves from the page after ours to ours is never
    seen. Read backwards, rows move only towards pages still to come: some are read twice, none is missed,
    whichever way the platform sorts. Rows cannot enter a window that ended `lag_s` ago; one that a slow
    platform shows later, or that it pushes over to a page already read, is found by the overlap of the next
    window: if it is at most `overlap_s` late and rows come oldest first (asked for where it can be).
    """

    pull: Pull
    ask: Ask
    keep: Keep
    oversized: int = 0

    async def read(self) -> None:
        """Ask for and keep every page; raises Trouble. A row too large for Kafka is left out, counted."""
        start, size = self.pull.first_page, self.pull.page_size
        first = await self._probe()
        last = start + max(0, (first.total or 0) - 1) // size
        page = first if last == start else await self._asked(last)
        while self._goes_on(page, last):
            last += 1
            page = await self._asked(last)
        await self._take(last, size, page)
        for number in range(last - 1, start - 1, -1):
            await self._take(number, size, await self.ask(number, size))

    async def _probe(self) -> Page:
        """Return the first page; if its reply was too long to be read, smaller ones tell the total."""
        size = self.pull.page_size
        page = await self.ask(self.pull.first_page, size)
        told = page
        while told.body is None:
            if size == 1:
                raise Refused(f"{self.pull.api}: even a page of one row is too long to be read")
            size //= 2
            told = await self.ask(self.pull.first_page, size)
        return Page(page.body, page.count, told.total, page.more, page.digest)

    async def _asked(self, number: int) -> Page:
        if number - self.pull.first_page >= self.pull.most_pages:
            raise TooMany(f"{self.pull.api}: more than {self.pull.most_pages} pages in one window")
        return await self.ask(number, self.pull.page_size)

    def _goes_on(self, page: Page, number: int) -> bool:
        """Say whether rows were added behind this page since the total was told."""
        size = self.pull.page_size
        if page.more is not None:
            return page.more
        if page.total is not None:
            return page.total > (number - self.pull.first_page + 1) * size
        return page.count >= size

    async def _take(self, number: int, size: int, page: Page) -> None:
        """Keep a page; one too large for Kafka is asked for again in two halves, the later first."""
        if not page.too_large:
            await self.keep(f"{number}/{size}", page)
        elif size == 1:
            self.oversized += 1
        else:
            start, half = self.pull.first_page, size // 2
            place = start + 2 * (number - start)
            for halved in (place + 1, place):
                await self._take(halved, half, await self.ask(halved, half))
