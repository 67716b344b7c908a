"""The rules document: what shop staff write in TOML about refunds, checked before anything is judged."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StrictBool,
    StrictStr,
    field_validator,
    model_validator,
)

from pipeline.domain.refunds.catalogue import CATALOGUE, Kind
from pipeline.domain.zones import ZoneName
from schemas.vocabulary import RefundStandard, RefundVerdict

Limits = Field(strict=True, ge=0, le=10**12)
Threshold = Annotated[int, Limits] | Annotated[float, Limits]
Day = Annotated[date, Strict()]


class Section(BaseModel):
    """A table of the document: frozen, and an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Test(Section):
    """What is asked of one fact: equal to, more than, at least, or one of. Exactly one of them."""

    eq: StrictBool | StrictStr | None = None
    gt: Threshold | None = None
    ge: Threshold | None = None
    in_: tuple[str, ...] | None = Field(default=None, alias="in", min_length=1)

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.eq, self.gt, self.ge, self.in_)) != 1:
            raise ValueError("exactly one of eq, gt, ge, in is asked of a fact")
        return self

    @property
    def words(self) -> tuple[bool | str, ...] | None:
        """The values that fulfil eq or in; None for gt and ge."""
        return self.in_ if self.in_ is not None else None if self.eq is None else (self.eq,)


def _test(value: object) -> object:
    return {"eq": value} if isinstance(value, bool | str) else value


Alternative = dict[str, Annotated[Test, BeforeValidator(_test)]]
"""Name of a fact -> what is asked of it; all must hold."""


class RuleSection(Section):
    """One rule. `when`: alternatives of which one must hold, or "always". `from` and `until` are days of the
    document's zone, both inclusive; outside of them, or not `enabled`, the rule does not exist."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    verdict: RefundVerdict
    zh: str = Field(min_length=1, max_length=200)
    en: str = Field(min_length=1, max_length=200)
    enabled: StrictBool = True
    from_: Day | None = Field(default=None, alias="from")
    until: Day | None = None
    when: Literal["always"] | tuple[Alternative, ...]

    @field_validator("when")
    @classmethod
    def _known_facts(
        cls, when: Literal["always"] | tuple[Alternative, ...]
    ) -> Literal["always"] | tuple[Alternative, ...]:
        if when == "always":
            return when
        if not when or not all(when):
            raise ValueError('a rule without a condition says when = "always"')
        if len(when) > 20:
            raise ValueError("a rule has at most 20 alternatives; make two rules of it")
        for alternative in when:
            for name, test in alternative.items():
                _check(name, test)
        return when

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.from_ and self.until and self.until < self.from_:
            raise ValueError(f"until {self.until} is before from {self.from_}")
        if self.verdict is RefundVerdict.FINANCE and not self._asks_for_refundable():
            raise ValueError('a rule that sends money asks for standard = "refundable" in every alternative')
        return self

    def _asks_for_refundable(self) -> bool:
        wanted = (RefundStandard.REFUNDABLE.value,)
        return self.when != "always" and all(
            "standard" in alternative and alternative["standard"].words == wanted for alternative in self.when
        )


def _check(name: str, test: Test) -> None:
    spec = CATALOGUE.get(name)
    if spec is None:
        raise ValueError(f'there is no fact "{name}"; one of {", ".join(CATALOGUE)} is expected')
    words = test.words
    match spec.kind:
        case Kind.YES_NO:
            if words not in ((True,), (False,)):
                raise ValueError(f"{name} is true or false: {name} = true")
        case Kind.WORD:
            strange = [word for word in words or (None,) if word not in spec.words]
            if strange:
                raise ValueError(f"{name} is one of {', '.join(spec.words)}; eq or in asks for them")
        case Kind.FEN | Kind.DAYS:
            if words is not None:
                raise ValueError(f"{name} is a number: {name} = {{ gt = 7 }}, or ge")


class RulesDocument(Section):
    """All rules, in their order: the first that hits decides."""

    schema_version: Literal[1]
    zone: ZoneName = "Asia/Shanghai"
    rule: tuple[RuleSection, ...] = Field(min_length=1, max_length=100)

    @field_validator("rule")
    @classmethod
    def _one_of_each(cls, rules: tuple[RuleSection, ...]) -> tuple[RuleSection, ...]:
        ids = [rule.id for rule in rules]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"the id {', '.join(twice)} is there twice; a rule has alternatives instead")
        return rules
