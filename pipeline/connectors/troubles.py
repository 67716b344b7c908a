"""What can go wrong with a request, by what is to be done about it."""


class Trouble(Exception):
    """A window was not pulled; the text is a sentence for the operator and holds no secret."""

    kind = "refused"


class TryAgain(Trouble):
    """It may work in a moment; `after_s` is the wait the platform asks for, None if it names none."""

    kind = "again"

    def __init__(self, sentence: str, after_s: float | None = None) -> None:
        super().__init__(sentence)
        self.after_s = after_s


class SlowDown(TryAgain):
    """Too many requests."""

    kind = "slow"


class TokenExpired(Trouble):
    """Only a person can help: this account stops."""

    kind = "expired"


class Refused(Trouble):
    """The platform answers, but not with rows: the window stops, the cursor stays."""


class TooMany(Trouble):
    """The window holds more pages than are asked for in one go: ask for a shorter one."""

    kind = "too_many"
