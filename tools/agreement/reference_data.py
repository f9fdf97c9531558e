"""The cohort and R's numbers, as tests/reference/survival keeps them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

ARMS = ("A", "B", "C")
CASES: dict[str, dict[str, str]] = {
    "": {},
    "entry": {"entry": "entry"},
    "weight": {"weights": "weight"},
    "wide": {"weights": "wide"},
    "cluster": {"cluster": "site"},
    "all": {"entry": "entry", "weights": "weight", "cluster": "site"},
}
WORDS = {
    "": "plain",
    "plain": "plain",
    "entry": "delayed entry",
    "strata": "delayed entry and strata",
    "weight": "weights",
    "wide": "weights over six orders of magnitude",
    "cluster": "sites as clusters",
    "all": "delayed entry, weights, sites as clusters",
}


@dataclass(frozen=True, eq=False)
class Reference:
    """A folder of numbers by R.

    Attributes
    ----------
    folder : Path
        tests/reference/survival.
    cohort : DataFrame
        The generated cohort: 200 people, 3 arms, two causes, heavy ties, delayed entry, sites, weights.
    """

    folder: Path
    cohort: pd.DataFrame

    @classmethod
    def read(cls, folder: Path) -> "Reference":
        """Read a folder."""
        return cls(folder, pd.read_csv(folder / "cohort.csv"))

    def r(self, name: str) -> Any:
        """Return R's numbers of one script."""
        return json.loads((self.folder / f"{name}_reference.json").read_text(encoding="utf-8"))

    def given(self, case: str) -> dict[str, Any]:
        """Return the columns that a case passes."""
        return {name: self.cohort[column] for name, column in CASES[case].items()}
