"""How a command ends: one clear sentence on stderr and the documented exit code, never a traceback."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from errno import ENOSPC

import typer
from pydantic import ValidationError

from pipeline.endpoints import NotRunning, SecretsDamaged
from pipeline.settings import Settings, load_settings, unknown_variables


class Exit(IntEnum):
    """The exit codes of every command."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    PROBLEMS = 3
    UNREACHABLE = 4
    INTERRUPTED = 130


def fail(sentence: str, code: Exit) -> typer.Exit:
    """Say the sentence on stderr; returns what to raise."""
    typer.echo(f"certainty: {sentence}", err=True)
    return typer.Exit(code)


def say(line: str) -> None:
    """Tell the operator something that is not the answer: on stderr."""
    typer.echo(line, err=True)


def settings_or_exit() -> Settings:
    """Return the settings; a value that cannot be used ends the command with exit code 2.

    What is set under our prefix and is no setting is told: the library would pass over it in silence.
    """
    for name, nearest in unknown_variables(os.environ).items():
        meant = f"; did you mean {nearest}?" if nearest else ""
        say(f"certainty: {name} is no setting and has no effect{meant}")
    try:
        return load_settings()
    except ValidationError as error:
        lines = [f"CERTAINTY_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise fail("these settings cannot be used: " + "; ".join(lines), Exit.USAGE) from None


@contextmanager
def exits() -> Iterator[None]:
    """Turn what an operator can mend into its exit code and a sentence."""
    from pipeline.embedded.broker import BrokerFailed  # noqa: PLC0415
    from pipeline.embedded.jars import JarsMissing, JarsWrong  # noqa: PLC0415
    from pipeline.embedded.process import AlreadyRunning, PortTaken  # noqa: PLC0415
    from pipeline.embedded.store import StoreFailed  # noqa: PLC0415
    from pipeline.embedded.topics import BrokerAway, PartitionsDiffer  # noqa: PLC0415

    try:
        yield
    except (AlreadyRunning, PortTaken, PartitionsDiffer) as error:
        raise fail(str(error), Exit.USAGE) from None
    except (NotRunning, JarsMissing, BrokerAway) as error:
        raise fail(str(error), Exit.UNREACHABLE) from None
    except (BrokerFailed, StoreFailed, JarsWrong, SecretsDamaged) as error:
        raise fail(str(error), Exit.FAILURE) from None
    except OSError as error:
        if error.filename is None and error.errno != ENOSPC:
            raise
        code = Exit.USAGE if error.filename else Exit.FAILURE
        raise fail(f"{error.strerror}: {error.filename or 'the data directory'}", code) from None
    except KeyboardInterrupt:
        raise fail("interrupted", Exit.INTERRUPTED) from None
