"""Pulls one account: window after window, each confirmed in Kafka before its cursor moves."""

from collections import OrderedDict
from dataclasses import dataclass, field

import structlog

from pipeline.connectors.accounts import Account
from pipeline.connectors.client import Client, Clock
from pipeline.connectors.cursors import Cursors, cursor_id, cursor_record
from pipeline.connectors.metrics import LAG, PAGES, STOPPED, STOPPED_WINDOWS
from pipeline.connectors.outlet import Sink
from pipeline.connectors.paging import Pager
from pipeline.connectors.reply import Page
from pipeline.connectors.requests import Question
from pipeline.connectors.spec import DAY_S, Pull
from pipeline.connectors.troubles import TokenExpired, TooMany, Trouble
from pipeline.connectors.windows import Window, next_window, oldest_of, target_of
from pipeline.producer import Record
from schemas.raw import RawHeaders
from schemas.topics import RAW_OF, STATE_CURSOR

MOST_DIGESTS = 2048
"""Pages remembered of each pull, so that the overlap is not appended every time."""
MOST_WINDOWS = 48
"""Windows of one pull before the account's other pulls get their turn."""
FIRST_S = DAY_S
"""How far back an account without `since` begins."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Round:
    """One go through an account's pulls. `behind`: there is more to pull at once."""

    pages: int = 0
    oversized: int = 0
    behind: bool = False
    stopped: bool = False
    troubles: list[str] = field(default_factory=list)


class Runner:
    """Pulls what is due of one account. Its cursors are its own; a second runner only repeats its work."""

    def __init__(self, account: Account, client: Client, sink: Sink, cursors: Cursors, clock: Clock) -> None:
        self.account = account
        self._client, self._sink, self._clock = client, sink, clock
        self._cursors = dict(cursors)
        self._seen: dict[str, OrderedDict[str, None]] = {pull.name: OrderedDict() for pull in account.chosen}
        STOPPED.labels(account.name).set(0)

    async def round(self) -> Round:
        """Pull what is due. A trouble ends its pull for this round; an expired token ends the account's."""
        done = Round()
        for pull in self.account.chosen:
            try:
                await self._catch_up(pull, done)
            except TokenExpired as error:
                self._stop(error, done)
                return done
            except Trouble as error:
                STOPPED_WINDOWS.labels(self.account.name, pull.name, error.kind).inc()
                done.troubles.append(f"{self.account.name}, {pull.name}: {error}; the cursor stays")
                log.warning("a window was given up", account=self.account.name, why=str(error))
            finally:
                LAG.labels(self.account.name, pull.name).set(self._clock.now() - self._cursor(pull))
        return done

    def _stop(self, error: TokenExpired, done: Round) -> None:
        STOPPED.labels(self.account.name).set(1)
        done.stopped = True
        done.troubles.append(
            f"{self.account.name} is stopped: {error}. Authorise the shop again, put the new token where the"
            " accounts file takes it from, start `certainty connectors` again: it goes on where it stopped"
        )
        log.error("an account is stopped", account=self.account.name, why=str(error))

    def _cursor(self, pull: Pull) -> int:
        known = self._cursors.get(cursor_id(self.account.name, pull.name))
        if known is not None:
            return known
        since = self.account.since
        return int(since.timestamp()) if since else int(self._clock.now()) - FIRST_S

    async def _catch_up(self, pull: Pull, done: Round) -> None:
        target, length = target_of(self._clock.now(), pull), pull.window_most_s
        self._tell_gap(pull, done)
        for _ in range(MOST_WINDOWS):
            window = next_window(self._cursor(pull), self._clock.now(), target, pull, length)
            if window is None:
                return
            try:
                await self._pull(pull, window, done)
            except TooMany:
                length = length // 2
                if length <= pull.overlap_s:
                    raise
        done.behind |= self._cursor(pull) < target

    def _tell_gap(self, pull: Pull, done: Round) -> None:
        missing = oldest_of(self._clock.now(), pull) - self._cursor(pull)
        if missing > 0:
            done.troubles.append(
                f"{self.account.name}, {pull.name}: {missing} s are older than the platform answers for and"
                " are not pulled: import them from a file"
            )
            log.warning("a gap is too old to be pulled", account=self.account.name, seconds=missing)

    async def _pull(self, pull: Pull, window: Window, done: Round) -> None:
        kept: list[str] = []

        async def ask(page: int, size: int) -> Page:
            return await self._client.ask(Question(pull, window, page, size))

        async def keep(name: str, page: Page) -> None:
            fate = await self._keep(pull, window, name, page)
            PAGES.labels(self.account.name, pull.name, fate).inc()
            if fate == "appended":
                kept.append(name)

        pager = Pager(pull, ask, keep)
        await pager.read()
        self._tell_oversized(pull, pager.oversized, done)
        done.pages += len(kept)
        await self._move(pull, window.until_s, len(kept))

    def _tell_oversized(self, pull: Pull, oversized: int, done: Round) -> None:
        if oversized:
            PAGES.labels(self.account.name, pull.name, "oversized").inc(oversized)
            done.oversized += oversized
            done.troubles.append(
                f"{self.account.name}, {pull.name}: {oversized} single rows are too large for Kafka and were"
                " left out"
            )
            log.error("rows too large for Kafka were left out", account=self.account.name, rows=oversized)

    async def _keep(self, pull: Pull, window: Window, name: str, page: Page) -> str:
        """Append one page as received; returns its fate. A page without rows says nothing and is not kept."""
        seen = self._seen[pull.name]
        if page.count == 0:
            return "empty"
        if page.digest in seen:
            seen.move_to_end(page.digest)
            return "repeated"
        source, shop, span = self.account.source, self.account.shop, f"{window.from_s}-{window.until_s}"
        received_ms = round(self._clock.now() * 1000)
        headers = RawHeaders(
            source=source,
            shop=shop,
            received_ms=received_ms,
            delivery_id=f"{source}|{shop}|{pull.api}|{span}|{name}|{page.digest}",
            api=pull.api,
        )
        key = f"{self.account.name}|{pull.api}".encode()
        await self._sink.append(
            RAW_OF[source].name, Record(key, page.body, received_ms, headers.to_headers())
        )
        seen[page.digest] = None
        if len(seen) > MOST_DIGESTS:
            seen.popitem(last=False)
        return "appended"

    async def _move(self, pull: Pull, until_s: int, pages: int) -> None:
        """Move the cursor: everything of the window is confirmed."""
        account = self.account
        told = cursor_record(account, pull.name, until_s, self._clock.now(), pages)
        await self._sink.append(STATE_CURSOR.name, told)
        self._cursors[cursor_id(account.name, pull.name)] = until_s
