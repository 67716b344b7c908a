"""Asks a platform: signed, not too often, again after faults, never for ever."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from pipeline.connectors.accounts import Account
from pipeline.connectors.metrics import RETRIES
from pipeline.connectors.reply import Page, Reply, read_reply
from pipeline.connectors.requests import Question, Request, build
from pipeline.connectors.troubles import SlowDown, TryAgain

ATTEMPTS = 6
LONGEST_WAIT_S = 900.0
"""A platform that wants a longer silence gets it, but the window is given up until then."""
REPLY_S = 60.0
MOST_REPLY_BYTES = 16 << 20
JSON_BODY = {"content-type": "application/json;charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds since 1970, and how to wait; a test moves both."""

    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Bucket:
    """Lets `burst` requests through at once and `per_s` a second on average."""

    def __init__(self, per_s: float, burst: int, clock: Clock) -> None:
        self._per_s, self._burst, self._clock = per_s, burst, clock
        self._tokens, self._at = float(burst), clock.now()

    async def take(self) -> None:
        """Return when a request may go."""
        now = self._clock.now()
        gained = max(0.0, now - self._at) * self._per_s
        self._tokens, self._at = min(float(self._burst), self._tokens + gained) - 1, now
        if self._tokens < 0:
            await self._clock.sleep(-self._tokens / self._per_s)


class Client:
    """Asks for pages of one account, one after the other."""

    def __init__(self, account: Account, http: httpx.AsyncClient, clock: Clock) -> None:
        self._account, self._http, self._clock = account, http, clock
        self._bucket = Bucket(account.requests_per_s, account.burst, clock)
        self._silent_until_s = 0.0

    async def ask(self, question: Question) -> Page:
        """Return the page; raises Trouble once trying again has not helped."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(TryAgain),
            stop=_stop,
            wait=_wait,
            sleep=self._clock.sleep,
            before_sleep=lambda state: self._count(question, state),
            reraise=True,
        )
        return await retrying(self._once, question)

    def _count(self, question: Question, state: RetryCallState) -> None:
        error = _error(state)
        RETRIES.labels(self._account.name, question.pull.name, error.kind if error else "").inc()

    async def _once(self, question: Question) -> Page:
        now = self._clock.now()
        if now < self._silent_until_s:
            left = self._silent_until_s - now
            raise SlowDown(f"{question.pull.api}: the platform wants silence for {left:.0f} s more", left)
        await self._bucket.take()
        request = build(self._account, question, self._clock.now())
        try:
            async with asyncio.timeout(REPLY_S):
                status, headers, body = await self._send(request)
        except TimeoutError:
            raise TryAgain(f"{question.pull.api}: no whole reply within {REPLY_S:.0f} s") from None
        except httpx.RequestError as error:
            # The type alone: some of its texts hold the address, and that holds the signature.
            raise TryAgain(f"{question.pull.api}: {type(error).__name__}") from None
        if body is None:
            return Page(None)
        now = self._clock.now()
        try:
            return read_reply(self._account, question.pull, Reply(status, headers, body), now)
        except TryAgain as error:
            self._silent_until_s = now + (error.after_s or 0.0)
            raise

    async def _send(self, request: Request) -> tuple[int, httpx.Headers, bytes | None]:
        headers = JSON_BODY if request.content is not None else None
        async with self._http.stream(
            "POST",
            request.url,
            params=request.query or None,
            data=request.form,
            content=request.content,
            headers=headers,
        ) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MOST_REPLY_BYTES:
                    return response.status_code, response.headers, None
            return response.status_code, response.headers, bytes(body)


def _error(state: RetryCallState) -> TryAgain | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, TryAgain) else None


def _stop(state: RetryCallState) -> bool:
    error = _error(state)
    asked_s = (error.after_s if error else None) or 0.0
    return asked_s > LONGEST_WAIT_S or stop_after_attempt(ATTEMPTS)(state)


_back_off = wait_random_exponential(multiplier=1, max=30)


def _wait(state: RetryCallState) -> float:
    error = _error(state)
    if error is not None and error.after_s is not None:
        return error.after_s + random.random()  # noqa: S311  (spreads requests; no secret)
    return float(_back_off(state))
