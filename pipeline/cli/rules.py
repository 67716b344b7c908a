"""`certainty rules`: what the refund rules say, whether they make sense, and which one hits a case."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.exits import Exit, fail, say, settings_or_exit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.domain.refunds import Rules
    from pipeline.domain.refunds.catalogue import Value
    from pipeline.domain.refunds.rules import Step
    from pipeline.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    rules = typer.Typer(help="Refund rules: check a table of them, explain a verdict.", no_args_is_help=True)
    app.add_typer(rules, name="rules")

    rules.command()(check)
    rules.command()(explain)


def check(
    file: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="A rules file; else the shipped one."),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the tables of docs/refunds.md.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check a rules file; print it in order; name rules that can never hit, and cases that none decides.

    Example: certainty rules check my-rules.toml. Exit code 3: refused, or a rule never hits.
    """
    from pipeline.domain.refunds.coverage import never_hit, undecided  # noqa: PLC0415  (keeps --help fast)

    table = rules_or_exit(file)
    dead, open_case = never_hit(table), undecided(table)
    if markdown:
        typer.echo(_markdown(table), nl=False)
    elif as_json:
        found = {"never_hit": [one._asdict() for one in dead], "undecided": open_case}
        _print_json({"version": table.version, "rules": _as_json(table), **found})
    else:
        _show(table)
    for one in dead:
        say(f"rule {one.rule} can never hit: {', '.join(one.because_of)} decides before it")
    if open_case is not None:
        case = ", ".join(f"{name} = {value}" for name, value in open_case.items()) or "whatever it is"
        say(f"a case that no rule decides goes to a person (no_rule), for example: {case}")
    if dead:
        raise typer.Exit(Exit.PROBLEMS)


def explain(
    refund: Annotated[
        str, typer.Argument(metavar="REFUND", help="Number of a refund request that was judged.")
    ] = "",
    *,
    order: Annotated[str, typer.Option(help="Its order, where several orders have that number.")] = "",
    facts: Annotated[
        str,
        typer.Option("--facts", help="Instead: JSON object of facts, or a file with one (docs/refunds.md)."),
    ] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            "--rules",
            exists=True,
            dir_okay=False,
            help="A rules file; else those in force (of --facts: the shipped).",
        ),
    ] = None,
    at: Annotated[str, typer.Option(help="Instant at which the rules are asked, with zone; else now.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say which rule hits, and why each earlier one does not; of a refund, whether that is still its verdict.

    Exit code 3 if there is no verdict on that refund. --facts needs no running system.
    Examples: certainty rules explain R-1;
    certainty rules explain --facts '{"standard": "refundable", "order_known": true}'.
    """
    if bool(refund) == bool(facts) or (order and not refund):
        raise fail("name either a refund (with --order where several orders have it) or --facts", Exit.USAGE)
    if refund:
        _explain_refund(refund, order, file, at, as_json=as_json)
        return
    from pipeline.domain.instants import to_ms  # noqa: PLC0415

    table = rules_or_exit(file)
    steps = list(table.explain(_facts_or_exit(facts), to_ms(_instant_or_exit(at))))
    if as_json:
        _print_json(_steps_as_json(table.version, steps))
    else:
        _show_steps(steps)


def _explain_refund(refund: str, order: str, file: Path | None, at: str, *, as_json: bool) -> None:
    from pipeline.cli.explained import review, stored_or_exit  # noqa: PLC0415
    from pipeline.domain.instants import to_ms  # noqa: PLC0415
    from pipeline.domain.refunds.catalogue import FactError  # noqa: PLC0415

    settings, now_ms = settings_or_exit(), to_ms(_instant_or_exit(at))
    table = rules_or_exit(file) if file else _rules_in_force_or_exit(settings)
    try:
        told = review(stored_or_exit(settings, refund, order), table, now_ms)
    except FactError as error:
        raise fail(f"the facts of that verdict cannot be read: {error}", Exit.FAILURE) from None
    if as_json:
        _print_json(_steps_as_json(table.version, told.steps) | told.as_json())
        return
    for line in told.heading(settings.business_zone):
        typer.echo(line)
    _show_steps(told.steps)
    typer.echo(told.sentence(f"The rules of {file}" if file else "The rules in force"))


def _rules_in_force_or_exit(settings: "Settings") -> "Rules":
    from pipeline.cli.policies import RulesUnusable, refund_rules  # noqa: PLC0415

    try:
        return refund_rules(settings)
    except RulesUnusable as error:
        raise fail(str(error), Exit.USAGE) from None


def rules_or_exit(file: Path | None) -> "Rules":
    """Return the rules of a file, else the shipped ones; ends with exit code 3 when they are refused."""
    from pipeline.domain.refunds import RulesError, load_rules  # noqa: PLC0415
    from pipeline.rules.refunds import shipped_refund_rules  # noqa: PLC0415

    try:
        if file is None:
            return shipped_refund_rules()
        return load_rules(file.read_text(encoding="utf-8"), origin=str(file))
    except (RulesError, UnicodeDecodeError) as error:
        sentence = f"{file} is no UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
        raise fail(sentence, Exit.PROBLEMS) from None


def _facts_or_exit(told: str) -> "dict[str, Value]":
    import orjson  # noqa: PLC0415

    from pipeline.domain.refunds.catalogue import FactError, read_facts  # noqa: PLC0415

    try:
        text = told if told.lstrip().startswith("{") else Path(told).read_text(encoding="utf-8")
        facts = orjson.loads(text)
        if not isinstance(facts, dict):
            raise FactError("facts are a JSON object: name of a fact -> value")
        return read_facts(facts)
    except (OSError, UnicodeDecodeError) as error:
        raise fail(
            f"{told} is neither a JSON object nor a file that can be read: {error}", Exit.USAGE
        ) from None
    except orjson.JSONDecodeError as error:
        raise fail(f"the facts are no JSON: {error}", Exit.USAGE) from None
    except FactError as error:
        raise fail(str(error), Exit.USAGE) from None


def _instant_or_exit(at: str) -> datetime:
    if not at:
        return datetime.now(UTC)
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        raise fail(f"{at} is no instant such as 2026-03-01T12:00:00+08:00", Exit.USAGE) from None
    if instant.tzinfo is None:
        raise fail(f"{at} has no zone: write it as {at}+08:00", Exit.USAGE)
    return instant


def _markdown(table: "Rules") -> str:
    from pipeline.domain.refunds.table import FACT_HEAD, HEAD, fact_rows, markdown, rows  # noqa: PLC0415

    return f"{markdown(HEAD, rows(table))}\n{markdown(FACT_HEAD, fact_rows())}"


def _as_json(table: "Rules") -> list[dict[str, str]]:
    from pipeline.domain.refunds.table import rows  # noqa: PLC0415

    return [row._asdict() for row in rows(table)]


def _show(table: "Rules") -> None:
    from pipeline.domain.refunds.table import rows  # noqa: PLC0415

    typer.echo(f"Refund rules {table.version}, days of {table.zone}; the first that hits decides.")
    for row in rows(table):
        typer.echo(f"{row.number}. {row.rule}: {row.verdict} ({row.valid})")
        typer.echo(f"   when {row.when}")
        typer.echo(f"   {row.zh}. {row.en}.")


def _show_steps(steps: "Iterable[Step]") -> None:
    for number, step in enumerate(steps, 1):
        _show_step(number, step)


def _show_step(number: int, step: "Step") -> None:
    if step.hits:
        typer.echo(f"{number}. {step.rule.id}: hits, {step.rule.verdict}. {step.rule.zh}. {step.rule.en}.")
        return
    typer.echo(f"{number}. {step.rule.id}: no")
    for why in step.why:
        typer.echo(f"   {why}")


def _steps_as_json(version: str, steps: "Sequence[Step]") -> dict[str, Any]:  # docs/refunds.md
    told = [{"rule": s.rule.id, "hits": s.hits, "why_not": s.why} for s in steps]
    return {"version": version, "verdict": steps[-1].rule.verdict, "steps": told}


def _print_json(content: Any) -> None:  # whatever JSON can say
    import orjson  # noqa: PLC0415

    typer.echo(orjson.dumps(content).decode())
