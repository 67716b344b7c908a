"""How many examples a law is tried with: a quarter for one who waits for the answer, all with THOROUGH=1."""

import os

FEWEST = 10
PART = 4


def tries(most: int) -> int:
    """Return `most` where THOROUGH=1 is set, else a quarter of it; FEWEST at least."""
    return most if os.environ.get("THOROUGH") == "1" else min(most, max(most // PART, FEWEST))
