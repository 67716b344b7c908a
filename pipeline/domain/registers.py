"""Registers: how one field of one reporter takes what is told of it, in any order and any number of times."""

from typing import Any, Final

Register = list[Any]  # [value, version, received_ms, *rivals], JSON as it is stored
Fields = dict[str, Any]

HISTORY_MOST: Final = 16
"""Most deadlines and most platform phases, each told with its time, that are remembered of one order."""
RIVALS_MOST: Final = 4
"""Most differing values that are remembered of one version."""
LARGEST: Final = 2**63 - 1
"""What the store can hold: a larger number counts as this one."""


def within_store(number: int) -> int:
    """The number itself, or the nearest that the store can hold."""
    return number if -LARGEST <= number <= LARGEST else max(-LARGEST, min(number, LARGEST))


def tell(fields: Fields, name: str, word: Register) -> None:
    """Let the newer version stand; of one version, the value that was first received last.

    The same again is a redelivery: it keeps its first receive time. Rivals of one version are kept, so that
    a redelivery of the one that lost does not win.
    """
    held = fields.get(name)
    if held is None or word[1] > held[1]:
        fields[name] = word
    elif word[1] == held[1]:
        fields[name] = _tied(held, word)


def _tied(held: Register, word: Register) -> Register:
    told = [[held[2], held[0]], *held[3:]]
    same = next((known for known in told if known[1] == word[0]), None)
    if same is not None:
        if same[0] <= word[2]:
            return held
        told.remove(same)
    ranked = sorted([*told, [word[2], word[0]]], reverse=True)[:RIVALS_MOST]
    (received, value), *rivals = ranked
    return [value, word[1], received, *rivals]


def renew(fields: Fields, name: str, word: Register) -> None:
    """Let the newer version stand, of one version the higher rank (a later import), then the larger value."""
    held = fields.get(name)
    if held is None or (word[1], word[2], word[0]) > (held[1], held[2], held[0]):
        fields[name] = word


def tell_first(fields: Fields, name: str, word: Register) -> None:
    """Let the smallest value stand: of several times the earliest."""
    held = fields.get(name)
    if held is None or word < held:
        fields[name] = word


def remember(fields: Fields, name: str, word: Register) -> None:
    """Keep every word with its time, oldest first: what moved can only be judged by all of them."""
    held: list[Register] = fields.get(name, [])
    for same in held:
        if same[1] == word[1] and same[0] == word[0]:
            if same[2:] <= word[2:]:
                return
            held = [known for known in held if known is not same]
            break
    told = [*held, word]
    if held and _by_age(word) < _by_age(held[-1]):
        told.sort(key=_by_age)
    fields[name] = told if len(told) <= HISTORY_MOST else _shortened(told)


def _by_age(word: Register) -> tuple[Any, Any, Any]:  # version, when received, value
    return word[1], word[2], word[0]


def _shortened(told: list[Register]) -> list[Register]:
    """Leave out what only repeats both its neighbours, else the second oldest: the first word stays."""
    for place in range(1, len(told) - 1):
        if told[place - 1][0] == told[place][0] == told[place + 1][0]:
            return told[:place] + told[place + 1 :]
    return [told[0], *told[2:]]
