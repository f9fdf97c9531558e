"""A cohort of one's own beside the claims: its tables, and whether its people are real."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from stepdown.schema import Cohort
from stepdown.sources import load

OWN = "own cohort"
SYNTHETIC = "A synthetic cohort gives no verdict: only real data can agree with a figure or differ from it."


@dataclass(frozen=True, eq=False, kw_only=True)
class OwnCohort:
    """A cohort of one's own.

    Attributes
    ----------
    cohort : Cohort
        Its tables.
    digest : str
        Hash of what was read.
    """

    cohort: Cohort
    digest: str

    @classmethod
    def read(cls, path: str | Path) -> "OwnCohort":
        """Read a cohort file; errors as of `load`."""
        path = Path(path)
        cohort = load(path)
        parts = [path.read_bytes(), *(one.sha256.encode() for one in cohort.inputs)]
        return cls(cohort=cohort, digest=hashlib.sha256(b"\n".join(parts)).hexdigest())

    @property
    def real(self) -> bool:
        """Whether its people are real."""
        return self.cohort.basis != "synthetic"

    @property
    def name(self) -> str:
        """What the pages call it."""
        return OWN if self.real else f"{OWN} (synthetic)"
