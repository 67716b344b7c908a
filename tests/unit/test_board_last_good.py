"""The last good answer stays while the store is away, and says why it is old."""

from datetime import UTC, datetime

from dashboard.live import LastGood

THEN = datetime(2026, 11, 11, 8, 0, tzinfo=UTC)


def fail() -> tuple[str, datetime]:
    raise ConnectionError("secret-host refused")


def test_a_failed_read_returns_the_kept_value_its_moment_and_the_reason() -> None:
    holder = LastGood()
    assert holder.read(("board",), lambda: ("picture", THEN)).problem is None
    kept = holder.read(("board",), fail)
    assert (kept.value, kept.as_of) == ("picture", THEN)
    assert kept.problem is not None
    assert kept.problem.kind == "ConnectionError"
    assert "secret-host" not in repr(kept)


def test_one_outage_has_one_id_until_it_ends() -> None:
    holder = LastGood()
    first, second = holder.read(("board",), fail).problem, holder.read(("board",), fail).problem
    assert first == second
    assert holder.read(("board",), lambda: ("new", THEN)).problem is None
    third = holder.read(("board",), fail).problem
    assert first
    assert third
    assert first.error_id != third.error_id


def test_a_question_never_answered_has_no_value() -> None:
    snapshot = LastGood().read(("board",), fail)
    assert (snapshot.value, snapshot.as_of) == (None, None)


def test_questions_are_kept_apart_and_their_number_is_bounded() -> None:
    holder = LastGood(size=2)
    for shop in ("a", "b", "c"):
        holder.read(("list", shop), lambda shop=shop: (shop, THEN))
    kept = [holder.read(("list", shop), fail).value for shop in ("a", "b", "c")]
    assert kept == [None, "b", "c"]
