"""docker-compose.yml and Dockerfile hold what they say: no engine runs where tests do, so they are read."""

import re
import tomllib
from pathlib import Path
from typing import Any

import chdb
import click
import pytest
import typer
import yaml

from pipeline.cli import build
from pipeline.embedded.broker import PROPERTIES
from pipeline.settings import Settings, variable

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("certainty:")}
ON_PURPOSE = {
    "KAFKA_LISTENERS",
    "KAFKA_ADVERTISED_LISTENERS",
    "KAFKA_CONTROLLER_QUORUM_VOTERS",
    "KAFKA_LOG_DIRS",
    "KAFKA_NUM_PARTITIONS",
}
"""Where the values differ on purpose: addresses, folders, and what a setting says."""


def said(file: str, pattern: str) -> str:
    """The one thing a line of a file says."""
    (found,) = re.findall(pattern, (ROOT / file).read_text(encoding="utf-8"), re.M)
    return str(found)


def of_kafka_image(name: str) -> str:
    """A property's variable, by the rule of Kafka's own image."""
    return "KAFKA_" + name.replace("-", "___").replace("_", "__").replace(".", "_").upper()


def parted(line: str) -> tuple[str, str]:
    """Name and value of a property."""
    name, _, value = line.partition("=")
    return name, value


def test_kafka_is_configured_as_the_embedded_broker_is() -> None:
    wanted = {of_kafka_image(name): value for name, value in map(parted, PROPERTIES.splitlines())}
    told = SERVICES["kafka"]["environment"]
    assert set(told) - {"CLUSTER_ID", "KAFKA_HEAP_OPTS"} == set(wanted)
    assert all(told[name] == wanted[name] for name in set(wanted) - ON_PURPOSE)


def test_images_are_the_versions_that_the_tests_run_on() -> None:
    kafka = said("pipeline/embedded/jars.py", r"kafka_2\.13:([\d.]+)")
    major, minor, *_ = str(chdb.query("SELECT version()")).strip().strip('"').split(".")
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{kafka}"
    assert SERVICES["clickhouse"]["image"] == f"clickhouse/clickhouse-server:{major}.{minor}"
    assert {service["image"] for service in OURS.values()} == {f"certainty:{PROJECT['project']['version']}"}


def test_the_image_is_pinned_and_runs_as_nobody_special() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    assert [base for base in bases if re.fullmatch(r"python:3\.1[123]\.\d+-slim-\w+", base)] == bases
    assert f"uv=={said('scripts/setup.sh', '^UV_VERSION=(.+)$')}" in DOCKERFILE
    assert said("Dockerfile", r"^USER (\w+)$") == "certainty"


def test_whatever_the_image_is_built_from_is_sent_to_the_builder() -> None:
    sent = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.M))
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert sent == {"pyproject.toml", "requirements.lock", PROJECT["project"]["readme"], *packages}
    assert [name for name in sent if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_open_to_this_machine_only(name: str) -> None:
    service = SERVICES[name]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    assert (service.get("network_mode") == "host") == (name in OURS)
    assert "latest" not in service["image"]
    assert name in ("topics", "tables", "certainty") or service["mem_limit"]


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_needs_is_there(name: str) -> None:
    service = SERVICES[name]
    for needed, how in service.get("depends_on", {}).items():
        condition = how["condition"]
        assert condition in ("service_healthy", "service_completed_successfully")
        assert condition != "service_healthy" or "healthcheck" in SERVICES[needed]
        assert condition == "service_healthy" or SERVICES[needed]["restart"].startswith("on-failure")
    for volume in service.get("volumes", ()):
        source = volume.split(":")[0]
        assert source.startswith("./") or source in COMPOSE["volumes"]


@pytest.mark.parametrize("name", [name for name in OURS if name != "certainty"])
def test_a_part_is_a_command_that_there_is(name: str) -> None:
    group: Any = typer.main.get_command(build())
    words = list(SERVICES[name]["command"])
    while hasattr(group, "commands"):
        group = group.commands[words.pop(0)]
    with click.Context(group) as context:
        assert group.parse_args(context, words) == [], "no word is left over"


def test_every_variable_is_a_setting() -> None:
    settings = {variable(field) for field in Settings.model_fields}
    assert set(re.findall(r"CERTAINTY_[A-Z_]+", TEXT)) <= settings


def test_a_part_waits_longer_for_its_end_than_it_takes() -> None:
    """As `certainty up` does (pipeline/embedded/up.py), or docker would kill what is still writing."""
    least = {"core-0": 30, "sink-0": 30, "gateway": 25, "board": 10, "connectors": 15}
    for name, seconds in least.items():
        assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > seconds
