"""The tables of the simulated sources: which code of which source means which phase."""

import tomllib
from dataclasses import dataclass
from hashlib import sha256

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.vocabulary import Phase, Platform, Reporter


class SourceRules(BaseModel):
    """One source: who speaks, and what each of its codes means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reporter: Reporter
    platform: Platform | None = None
    policy_promise: bool = False
    first_scan: frozenset[str] = frozenset()
    phases: dict[str, Phase] = Field(min_length=1)

    @model_validator(mode="after")
    def _first_scans_are_scans(self) -> "SourceRules":
        for code in self.first_scan:
            if self.phases.get(code) is not Phase.SHIPPED:
                raise ValueError(f"first_scan names {code!r}, which [phases] does not map to shipped")
        if (self.reporter is Reporter.PLATFORM) != (self.platform is not None):
            raise ValueError("exactly the sources with reporter = platform name their platform")
        return self


class _RulesFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = Field(ge=1, le=1)
    source: dict[str, SourceRules]


@dataclass(frozen=True, slots=True)
class SimulatedRules:
    """The tables by source name, and the version that travels on every fact."""

    sources: dict[str, SourceRules]
    version: str


def load_simulated_rules(text: str) -> SimulatedRules:
    """Validate the text of rules/simulated.toml; raises ValueError naming the table and the field."""
    try:
        tables = _RulesFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"rules/simulated.toml is no TOML: {error}") from error
    return SimulatedRules(tables.source, sha256(text.encode()).hexdigest()[:8])
