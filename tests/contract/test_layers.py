"""Who may import whom: the contracts of importlinter.ini hold, and every agent is under them."""

import configparser
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTRACTS = ROOT / "importlinter.ini"
ALL = 7


def test_imports_point_down_only() -> None:
    command = "from importlinter.cli import lint_imports_command as run; run()"
    told = subprocess.run(
        [sys.executable, "-c", command, "--config", str(CONTRACTS), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert f"{ALL} kept, 0 broken" in told.stdout


def test_every_agent_is_independent_of_the_others_by_contract() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(CONTRACTS)
    named = set(contracts["importlinter:contract:agents"]["modules"].split())
    assert named == {f"agents.{file.stem}" for file in (ROOT / "agents").glob("[!_]*.py")}


def test_agents_is_our_package_and_not_one_that_another_distribution_installed() -> None:
    import agents

    assert agents.__file__ is not None
    assert Path(agents.__file__).parent == ROOT / "agents"
