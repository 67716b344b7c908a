"""A press is one command, sent once however often the button is hit, and its answer comes on screen."""

import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock
from uuid import uuid4

import streamlit as st
import structlog

from dashboard import limits, source
from dashboard.identity import Person, Role
from pipeline import outbox
from pipeline.endpoints import NotRunning
from pipeline.outbox import Answer, KafkaAway, KeyReused, Wish

log = structlog.get_logger()
Make = Callable[[str], Wish]  # a wish of this key
DESK = Role.AGENT
SUPERVISE = Role.SUPERVISOR


class NotAllowed(PermissionError):
    """This person's role may not press that."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a press. `failed` names the sentence why there is no answer; empty: there is one."""

    answer: Answer | None
    failed: str = ""
    detail: str = ""

    @property
    def seconds(self) -> float:
        """How long the person waited."""
        return self.answer.seconds if self.answer else 0.0


class Presses:
    """Remembers what was just pressed: the same press again gets the same answer, and sends nothing.

    A press is the same while person, order, action, choice and version of the order are (docs/board.md).
    """

    def __init__(
        self, send: Callable[[Wish], Answer], clock: Callable[[], float] = time.monotonic, size: int = 1024
    ) -> None:
        self._send = send
        self._clock = clock
        self._size = size
        self._lock = Lock()
        self._pressed: OrderedDict[tuple[str, ...], tuple[float, Future[Outcome]]] = OrderedDict()

    def press(self, same: tuple[str, ...], make: Make) -> Outcome:
        """Send a press, or return the outcome of the one that it repeats."""
        with self._lock:
            pressed_s, outcome = self._pressed.get(same, (0.0, None))
            mine = outcome is None or self._is_over(pressed_s, outcome)
            if mine:
                outcome = Future()
                self._pressed[same] = (self._clock(), outcome)
                self._pressed.move_to_end(same)
                while len(self._pressed) > self._size:
                    self._pressed.popitem(last=False)
        assert outcome is not None
        if mine:
            try:
                outcome.set_result(self._sent(make))
            except BaseException as error:  # whoever waits for the same press must hear of it, too
                outcome.set_exception(error)
        return outcome.result(limits.PRESS_S * 4)

    def _is_over(self, pressed_s: float, outcome: "Future[Outcome]") -> bool:
        """A press is repeated for a while only; one that failed may be tried again at once."""
        if outcome.done() and (outcome.exception() or outcome.result().failed):
            return True
        return self._clock() - pressed_s > limits.SAME_PRESS_S

    def _sent(self, make: Make) -> Outcome:
        try:
            answer = self._send(make(uuid4().hex))
        except (KafkaAway, NotRunning) as error:
            log.warning("board_press_failed", error=str(error))
            return Outcome(None, "press_away")
        except KeyReused as error:
            return Outcome(None, "press_refused", str(error))
        except ValueError as error:
            log.warning("board_press_refused", error=str(error))
            return Outcome(None, "press_wrong")
        if not answer.heard:
            return Outcome(answer, "press_unheard")
        return Outcome(answer) if answer.said else Outcome(answer, "press_nothing")


@st.cache_resource
def presses() -> Presses:
    """The one holder of a process: a double click may come in as two runs, or from two tabs."""
    settings = source.settings()
    return Presses(lambda wish: outbox.press(settings, wish, limits.PRESS_S))


def press(person: Person, role: Role, same: tuple[str, ...], make: Make) -> Outcome:
    """Send one press of a person; raises NotAllowed, whatever the screen had offered."""
    if not person.may(role):
        raise NotAllowed(f"{person.role.name} may not do what needs {role.name}")
    outcome = presses().press((person.name, *same), make)
    log.info("board_pressed", what=same[0], failed=outcome.failed, seconds=round(outcome.seconds, 2))
    return outcome
