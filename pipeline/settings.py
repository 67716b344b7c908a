"""Every setting, described once; environment variables carry the prefix CERTAINTY_."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.domain.zones import ZoneName


def _bootstrap(told: str) -> str:
    for one in filter(None, told.split(",")):
        if not re.fullmatch(r"\S+:\d{1,5}", one.strip()):
            raise ValueError(f"{one!r} is no host:port; several are separated by commas")
    return told


def _url(told: str) -> str:
    if told and not re.match(r"https?://[^/\s]", told):
        raise ValueError(f"{told!r} is no http://host:port or https://host:port")
    return told


class Settings(BaseSettings):
    """Order: command line, environment, .env, default. An empty address means the embedded part."""

    model_config = SettingsConfigDict(env_prefix="CERTAINTY_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(Path(".certainty"), description="holds everything the embedded parts write")
    kafka_bootstrap: Annotated[str, AfterValidator(_bootstrap)] = Field(
        "", description="host:port of an outside Kafka; empty: the embedded broker"
    )
    kafka_port: int = Field(0, ge=0, le=65535, description="port of the embedded broker; 0: any free one")
    clickhouse_url: Annotated[str, AfterValidator(_url)] = Field(
        "", description="http(s)://host:port of an outside ClickHouse; empty: embedded"
    )
    clickhouse_port: int = Field(0, ge=0, le=65535, description="port of the embedded store; 0: any free one")
    clickhouse_database: str = Field("certainty", description="database of all tables")
    clickhouse_user: str = Field("certainty", description="user that writes")
    clickhouse_password: SecretStr = Field(
        SecretStr(""), description="password of that user; empty: generated for the embedded store"
    )
    analyst_user: str = Field("analyst", description="user that may only read")
    analyst_password: SecretStr = Field(
        SecretStr(""), description="password of that user; empty: generated for the embedded store"
    )
    board_port: int = Field(0, ge=0, le=65535, description="port of the board; 0: any free one")
    board_host: str = Field(
        "127.0.0.1", description="address the board listens on; another than loopback needs board_login"
    )
    board_names: str = Field(
        "", description="host names, separated by commas, by which browsers know the board; loopback always"
    )
    board_path: str = Field(
        "",
        pattern=r"^(/?[A-Za-z0-9_-]+)*/?$",
        description="path below which a proxy serves the board (/board/); empty: at the root",
    )
    board_login: Literal["off", "proxy"] = Field(
        "off", description="off: whoever reaches loopback is the supervisor; proxy: a proxy says who it is"
    )
    board_proxies: str = Field(
        "127.0.0.1,::1", description="addresses or networks of that proxy; headers of others are dropped"
    )
    board_user_header: str = Field("X-Forwarded-User", description="header that names the person")
    board_groups_header: str = Field("X-Forwarded-Groups", description="header that lists the groups")
    board_agent_group: str = Field("certainty-agent", description="group that may press at the desk")
    board_supervisor_group: str = Field("certainty-supervisor", description="group that may decide, too")
    gateway_port: int = Field(0, ge=0, le=65535, description="port of the push gateway; 0: any free one")
    gateway_secrets: SecretStr = Field(
        SecretStr(""),
        description="JSON: source or source/shop -> list of its push secrets (docs/gateway.md)",
        repr=False,
    )
    gateway_secrets_file: str = Field("", description="file that holds the same JSON")
    gateway_body_bytes: int = Field(
        900_000, ge=1024, le=900_000, description="most bytes of one delivery; a Kafka record holds no more"
    )
    partitions: int = Field(4, ge=1, description="partitions of every topic")
    replication: int = Field(1, ge=1, description="replicas of every topic; 3 in production")
    workers: int = Field(1, ge=1, le=64, description="worker processes that `certainty up` starts")
    state_store: Literal["rocksdb", "memory"] = Field("rocksdb", description="where worker state is kept")
    clock: Literal["wall", "event"] = Field(
        "wall", description="wall: the wall clock moves the event clock too; event: only events do"
    )
    tick_s: float = Field(5.0, gt=0, description="seconds between two ticks of the wall clock")
    business_zone: ZoneName = Field("Asia/Shanghai", description="IANA zone of day ends and screens")
    ship_promise_h: float = Field(48.0, gt=0, description="hours to ship when the platform gave no deadline")
    risk_window_s: int = Field(7200, gt=0, description="seconds before a deadline that count as at risk")
    judges: str = Field(
        "breaker,care,refunds,returns,desk,reserving,address,credibility",
        description="who judges an order beside the hub, which keeps account of its promise; empty: nobody",
    )
    conflict_settle_s: float = Field(
        300.0,
        ge=0,
        allow_inf_nan=False,
        description="seconds that ERP, WMS and customer service may differ before an order is locked",
    )
    conflict_settle_erp_s: float | None = Field(
        None,
        ge=0,
        allow_inf_nan=False,
        description="the same where the newer report is the ERP's; none: as for all",
    )
    conflict_settle_wms_s: float | None = Field(
        None,
        ge=0,
        allow_inf_nan=False,
        description="the same where the newer report is the WMS's; none: as for all",
    )
    conflict_settle_cs_s: float | None = Field(
        None,
        ge=0,
        allow_inf_nan=False,
        description="the same where the newer report is customer service's; none: as for all",
    )
    first_scan_h: float = Field(
        24.0, gt=0, description="hours from leaving to the first scan, then it is late"
    )
    silence_h: float = Field(48.0, gt=0, description="hours between two scans, then a parcel has stalled")
    order_wait_s: float = Field(600.0, ge=0, description="seconds that a refund waits for its order")
    credibility_grace_s: float = Field(
        60.0, ge=0, description="seconds that the customer's app may differ from what we know"
    )
    credibility_settle_s: float = Field(
        300.0, ge=0, description="seconds we wait for reports on their way before a difference is told"
    )
    heal_h: float = Field(
        2.0, gt=0, description="hours an anomaly may heal by itself before a person is asked"
    )
    refund_rules_file: Path | None = Field(
        None, description="TOML file of refund rules; none: the shipped ones"
    )
    stock_rules_file: Path | None = Field(
        None, description="TOML file of the stock policy: limits, bundles, shares; none: the shipped one"
    )
    warehouses_file: Path | None = Field(None, description="TOML file of the warehouses that take returns")
    business_days_file: Path | None = Field(
        None, description="TOML file of days that do not count for first scans and silence; none: all count"
    )
    desk_expiry_s: float = Field(
        30.0, gt=0, description="seconds after which a press at the desk is no longer carried out"
    )
    fetch_records: int = Field(50000, ge=1, description="most records of one fetch")
    fetch_bytes: int = Field(
        2 << 20, ge=1 << 18, description="most bytes of one partition a fetch, compressed"
    )
    step_s: float = Field(
        1800.0, ge=0, description="seconds that one raw topic may be read ahead of another in a backlog"
    )
    dead_letter_limit: int = Field(1000, ge=1, description="dead letters in a row that stop an agent")
    sink_rows: int = Field(50000, ge=1, description="most rows of one insert")
    sink_wait_s: float = Field(0.5, gt=0, description="longest wait before rows are inserted")
    sink_history_wait_s: float = Field(
        3.0, gt=0, description="the same for rows of a backlog: nothing in them was received within a minute"
    )
    watchdog_s: float = Field(60.0, gt=0, description="seconds without progress, with a backlog, before exit")
    sources_dir: Path | None = Field(None, description="folder of a shop's own source documents (*.toml)")
    connectors_file: str = Field("", description="TOML file of the accounts to pull; empty: none is pulled")
    retention_d: float = Field(
        45.0, gt=0, description="days a final order, an ended anomaly or a silent parcel stays in state"
    )


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"CERTAINTY_{name.upper()}"


def unknown_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what is set under our prefix, there or in .env, and is no setting -> the nearest one, or ""."""
    known = [variable(name) for name in Settings.model_fields]
    said = {name.upper() for name in (*environ, *dotenv_values(".env"))}
    wrong = sorted(name for name in said if name.startswith("CERTAINTY_") and name not in known)
    return {name: next(iter(get_close_matches(name, known, 1)), "") for name in wrong}


def load_settings() -> Settings:
    """Read the settings now; called by entry points only, never at import."""
    return Settings()
