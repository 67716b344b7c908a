"""What the judges of one order know, as one value: written once a batch, however many of them were asked."""

from collections.abc import Iterable
from struct import Struct
from typing import Any, Final, NamedTuple, Protocol

from pipeline.domain.care import CareState
from pipeline.domain.conflict import ConflictState
from pipeline.domain.desk_state import DeskState
from pipeline.domain.order_case.address import AddressState
from pipeline.domain.order_case.credibility import CredibilityState
from pipeline.domain.order_state import OrderState
from pipeline.domain.refunds import RefundState
from pipeline.domain.reserving import ReservingState
from pipeline.domain.return_state import ReturnState
from schemas.promise import OrderAccount


class _State(Protocol):
    def to_bytes(self) -> bytes: ...


Due = int | None

HUB, BREAKER, CARE, REFUNDS, RETURNS, DESK, RESERVING, ADDRESS, CREDIBILITY = range(9)
"""The judges, in the order in which they are asked: each hears what those before it decided."""
_KINDS: Final[tuple[Any, ...]] = (
    OrderState, ConflictState, CareState, RefundState, ReturnState, DeskState, ReservingState, AddressState,
    CredibilityState,
)  # fmt: skip


def _head(judges: int) -> Struct:
    return Struct(f">{judges}I{judges + 1}q")


_HEAD: Final = _head(len(_KINDS))
_HEAD_OF_EIGHT: Final = _head(8)
"""How a case was written before the app was watched: one judge less, so read shorter."""
_NO_DUE: Final = -1
NO_DUES: Final[tuple[Due, ...]] = (None,) * len(_KINDS)


def first_due(dues: Iterable[Due]) -> Due:
    """The first instant at which one of the judges wants to be asked again."""
    return min([due for due in dues if due is not None], default=None)


class Last(NamedTuple):
    """The account that the other judges were told last: from what the hub worked out, and in which state.

    `beside`: what else it says that they go by. `account` None: it was told, and takes more room than
    everything else that is known of an order.
    """

    view: object
    beside: object
    hub: OrderState
    account: OrderAccount | None


class OrderCase(NamedTuple):
    """One order: each judge's own state (None: it knows nothing of it).

    `dues`: when each wants to be asked again, in milliseconds since 1970 UTC. `spoken_ms`: when it was
    last spoken of, by the event clock. `last` is kept in memory only.
    """

    hub: OrderState | None = None
    breaker: ConflictState | None = None
    care: CareState | None = None
    refunds: RefundState | None = None
    returns: ReturnState | None = None
    desk: DeskState | None = None
    reserving: ReservingState | None = None
    address: AddressState | None = None
    credibility: CredibilityState | None = None
    dues: tuple[Due, ...] = NO_DUES
    spoken_ms: int = 0
    last: Last | None = None

    @property
    def judges(self) -> tuple[_State | None, ...]:
        """The states alone."""
        return self[: len(_KINDS)]  # type: ignore[return-value]  # a slice of a tuple forgets its types

    @property
    def due_ms(self) -> Due:
        """When the first of them wants to be asked again."""
        return first_due(self.dues)

    def to_bytes(self) -> bytes:
        """Lengths and dues, then each judge's state behind the other; length 0 is no state."""
        parts = [b"" if state is None else state.to_bytes() for state in self.judges]
        dues = [_NO_DUE if due is None else due for due in self.dues]
        return b"".join((_HEAD.pack(*map(len, parts), *dues, self.spoken_ms), *parts))

    def at_rest(self) -> "OrderCase":
        """The case as it is kept in memory between two batches."""
        last = self.last
        return (
            self if last is None or last.account is None else self._replace(last=last._replace(account=None))
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> "OrderCase":
        """Read `to_bytes` back, or the bytes of a case that was stored with one judge less."""
        head, judges = _HEAD.unpack_from(raw) if len(raw) >= _HEAD.size else (), len(_KINDS)
        place = _HEAD.size
        if place + sum(head[:judges]) != len(raw):
            head, judges, place = _HEAD_OF_EIGHT.unpack_from(raw), 8, _HEAD_OF_EIGHT.size
        lengths, (*dues, spoken_ms) = head[:judges], head[judges:]
        states: list[Any] = []  # one of each kind, in their order
        for kind, length in zip(_KINDS, lengths, strict=False):
            states.append(kind.from_bytes(raw[place : place + length]) if length else None)
            place += length
        dues += [_NO_DUE] * (len(_KINDS) - judges)
        return cls(*states)._replace(
            dues=tuple([None if due == _NO_DUE else due for due in dues]), spoken_ms=spoken_ms
        )
