"""A verdict that is stored, beside what rules make of the facts that it was given by."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.cli.clock_time import zoned_time
from pipeline.cli.exits import Exit, fail
from pipeline.cli.migrate import store_exits
from pipeline.endpoints import store_address

if TYPE_CHECKING:
    from pipeline.clickhouse.one_refund import StoredVerdict
    from pipeline.domain.refunds import Rules
    from pipeline.domain.refunds.rules import Rule, Step
    from pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class Reviewed:
    """`steps`: these rules on the stored facts, where one is missing on what holds if nobody spoke of it.

    `may_decide`: the rule that decides; several where that depends on `not_stored`, facts that the verdict
    did not look at.
    """

    stored: "StoredVerdict"
    rules_version: str
    steps: "tuple[Step, ...]"
    may_decide: "tuple[Rule, ...]"
    not_stored: tuple[str, ...]

    @property
    def rules_changed(self) -> bool:
        """The verdict was given by another table of rules."""
        return self.rules_version != self.stored.rules_version

    @property
    def decides_otherwise(self) -> bool | None:
        """These rules give another verdict, or the same by another rule; None: that is not certain."""
        if (self.stored.verdict, self.stored.rule) not in [(r.verdict, r.id) for r in self.may_decide]:
            return True
        return None if self.not_stored else False

    def heading(self, zone: str) -> list[str]:
        """What is stored, in words; times are those of `zone`."""
        told = self.stored
        facts = ", ".join(f"{name} = {value}" for name, value in told.facts.items())
        return [
            f"refund 退款 {told.refund_id} of order 订单 {told.order_id}, version {told.version}:"
            f" {told.verdict} by {told.rule}, decided {zoned_time(told.decided_at, zone)}"
            f" by rules {told.rules_version}",
            f"   {told.reason_zh}. {told.reason_en}.",
            f"   facts it used 所用事实: {facts or 'none'}",
        ]

    def sentence(self, whose: str) -> str:
        """Whether these rules are those it was decided by, and whether they would decide otherwise."""
        of_then = f"are not those it was decided by ({self.stored.rules_version})"
        if not self.rules_changed:
            of_then = "are those it was decided by"
        end = {
            False: "they decide the same",
            True: "they decide otherwise",
            None: "whether they decide otherwise is not certain",
        }[self.decides_otherwise]
        if self.decides_otherwise is not False:
            end += f": {' or '.join(f'{rule.verdict} by {rule.id}' for rule in self.may_decide)}"
        if self.not_stored:
            end += f"; that depends on facts it did not look at: {', '.join(self.not_stored)}"
        return f"{whose} ({self.rules_version}) {of_then}; {end}"

    def as_json(self) -> dict[str, Any]:  # JSON: docs/refunds.md
        """What --json says beside the steps."""
        return {
            "refund": self.stored,
            "rules_changed": self.rules_changed,
            "decides_otherwise": self.decides_otherwise,
            "may_decide": [{"verdict": rule.verdict, "rule": rule.id} for rule in self.may_decide],
            "not_stored": self.not_stored,
        }


def review(stored: "StoredVerdict", rules: "Rules", now_ms: int) -> Reviewed:
    """Put the stored facts to these rules; raises FactError for a fact that is not known (any more)."""
    from pipeline.domain.refunds.catalogue import read_facts  # noqa: PLC0415  (keeps --help fast)

    facts = read_facts(stored.facts)
    may_decide = rules.may_decide({name: facts[name] for name in stored.facts}, now_ms)
    asked = [check.fact for rule in may_decide for alternative in rule.alternatives for check in alternative]
    missing = dict.fromkeys(name for name in asked if name not in stored.facts)
    return Reviewed(
        stored,
        rules.version,
        tuple(rules.explain(facts, now_ms)),
        tuple(may_decide),
        tuple(missing) if len(may_decide) > 1 else (),
    )


def stored_or_exit(settings: "Settings", refund_id: str, order_id: str) -> "StoredVerdict":
    """Return the verdict that stands, asked as the read-only user.

    Exit code 3 where there is none, 2 where several orders have a refund of that number, 4 without a store.
    """
    from pipeline.clickhouse.one_refund import stored_verdicts  # noqa: PLC0415
    from pipeline.clickhouse.reader import Reader  # noqa: PLC0415

    with store_exits(), Reader(store_address(settings, read_only=True), read_only=True) as reader:
        found = stored_verdicts(reader, refund_id, order_id)
    if not found:
        of = f"refund {refund_id} of order {order_id}" if order_id else f"refund {refund_id}"
        raise fail(
            f"there is no verdict on {of}: nobody spoke of it, or it still waits for its order", Exit.PROBLEMS
        )
    if len(found) > 1:
        orders = ", ".join(one.order_id for one in found)
        raise fail(f"several orders have a refund {refund_id}: {orders}; choose one with --order", Exit.USAGE)
    return found[0]
