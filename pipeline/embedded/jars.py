"""Fetches Kafka's jars and refuses any that differ from the list shipped with this package."""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from pipeline.embedded.process import owned
from pipeline.settings import Settings

KAFKA = "org.apache.kafka:kafka_2.13:4.4.0+org.slf4j:slf4j-simple:1.7.36"
CENTRAL = {"central": "https://repo.maven.apache.org/maven2"}
FETCH_S = 300.0
_VERIFIED = "verified.json"


class JarsWrong(RuntimeError):
    """The folder of jars is not what we shipped the checksums of."""


class JarsMissing(RuntimeError):
    """The jars could not be fetched."""


def expected_jars() -> dict[str, str]:
    """Return jar name -> sha256, as shipped."""
    text = resources.files("pipeline.embedded").joinpath("kafka.sha256").read_text(encoding="ascii")
    return {name: digest for digest, name in (line.split() for line in text.splitlines())}


def jars_folder(settings: Settings) -> Path:
    """Where the jars are: part of the installation, else (not writable) in the data directory."""
    shared = Path(sys.prefix) / "share" / "certainty" / "kafka"
    if shared.is_dir() or _can_create(shared):
        return shared
    return settings.data_dir / "kafka-jars"


def class_path(settings: Settings, say: Callable[[str], None]) -> str:
    """Return the verified class path, fetching the jars first if there are none.

    Raises JarsMissing or JarsWrong; `say` is told what takes long.
    """
    folder = jars_folder(settings)
    if not any(folder.glob("*.jar")):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with owned(folder.parent / "kafka.lock", "fetching Kafka", wait_s=FETCH_S):
            if not any(folder.glob("*.jar")):  # another start may have fetched them meanwhile
                say("fetching Apache Kafka 4.4.0 (45 jars, 45 MB, once)")
                fetch(folder)
    verify(folder, expected_jars())
    return os.pathsep.join(str(folder / name) for name in expected_jars())


def fetch(folder: Path) -> None:
    """Resolve the jars from Maven Central into an empty folder; raises JarsMissing."""
    from jgo.env import EnvironmentBuilder, LinkStrategy  # noqa: PLC0415  (slow to import)
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="kafka-fetch-") as name:
        work = Path(name)
        # Everything stays in our own folder: jgo would otherwise fill ~/.m2 and ~/.cache.
        maven = MavenContext(resolver=PythonResolver(), repo_cache=work / "m2", remote_repos=CENTRAL)
        builder = EnvironmentBuilder(context=maven, cache_dir=work / "env", link_strategy=LinkStrategy.COPY)
        try:
            environment = builder.from_endpoint(KAFKA)
        except Exception as error:  # jgo raises anything from OSError to bare RuntimeError
            raise JarsMissing(
                f"Apache Kafka could not be fetched from Maven Central ({type(error).__name__}: {error}):"
                f" check the network, or copy the jars into {folder} yourself"
            ) from error
        flat = work / "flat"
        flat.mkdir()
        for jar in sorted(environment.path.rglob("*.jar")):
            shutil.move(jar, flat / jar.name)
        verify(flat, expected_jars())
        flat.replace(folder)


def verify(folder: Path, expected: dict[str, str]) -> None:
    """Raise JarsWrong unless the folder holds exactly the expected jars.

    Sizes and times of what was verified are kept beside the jars, so that only the first start reads them.
    """
    seen = {jar.name: _mark(jar) for jar in folder.glob("*.jar")}
    _refuse(folder, "are missing", expected.keys() - seen.keys())
    _refuse(folder, "do not belong there", seen.keys() - expected.keys())
    want = {name: [*seen[name], digest] for name, digest in expected.items()}
    record = folder / _VERIFIED
    if record.exists() and json.loads(record.read_text(encoding="utf-8")) == want:
        return
    _refuse(folder, "have a wrong checksum", {n for n, d in expected.items() if _sha256(folder / n) != d})
    if os.access(folder, os.W_OK):
        record.write_text(json.dumps(want), encoding="utf-8")


def _refuse(folder: Path, why: str, names: set[str]) -> None:
    if names:
        raise JarsWrong(
            f"Kafka is not started: in {folder} these jars {why}: {', '.join(sorted(names))}."
            " Delete that folder; the next start fetches it afresh"
        )


def _mark(jar: Path) -> list[int]:
    found = jar.stat()
    return [found.st_size, found.st_mtime_ns]


def _sha256(jar: Path) -> str:
    with jar.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _can_create(folder: Path) -> bool:
    parent = next(p for p in folder.parents if p.exists())
    return os.access(parent, os.W_OK)
