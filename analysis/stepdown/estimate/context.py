"""Rows of the results: the words that a design, a study and a reading lend to every number."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from stepdown.compare import Arms, Design
from stepdown.results.words import days_of
from stepdown.study import Study

Record = dict[str, object]
PER_100_MONTHS = "per 100 person-months"


@dataclass(frozen=True, eq=False)
class Context:
    """What all rows of one reading of one design share."""

    design: Design
    study: Study
    arms: Arms
    method: str

    @property
    def compared(self) -> bool:
        """Whether there are arms."""
        return len(self.design.labels) > 1

    def named(self, method: str = "") -> str:
        """Return the method, with the reading where relapse days are only known as intervals."""
        bound = self.arms.followup.bound
        return ", ".join(part for part in (method or self.method, bound) if part)

    def record(self, **fields: object) -> Record:
        """Return a row with the keys of this reading."""
        base: Record = {
            "analysis": self.design.key,
            "endpoint": self.study.outcome.endpoint,
            "method": self.named(),
        }
        return base | fields

    def number(self, row: pd.Series, **fields: object) -> Record:
        """Return a row with an estimate, its interval and the reason why a number is missing."""
        return self.record(
            arm=row["arm"],
            estimate=row["estimate"],
            std_error=row["std_error"],
            conf_low=row["conf_low"],
            conf_high=row["conf_high"],
            n=row["n"],
            events=row["events"],
            note=row["note"],
            **fields,
        )

    def contrasted(self, row: pd.Series, **fields: object) -> Record:
        """Return a row with a difference or a ratio, and what must stand beside it."""
        warning = " ".join(part for part in (self.design.warning, sentence(row["note"])) if part)
        return self.record(
            contrast=f"{row['arm']} vs {row['reference']}",
            statistic=row["contrast"],
            estimate=row["estimate"],
            std_error=row["std_error"],
            conf_low=row["conf_low"],
            conf_high=row["conf_high"],
            note=warning,
            **fields,
        )


def sentence(note: object) -> str:
    """Return a note of the engine as a sentence; empty where there is none."""
    text = str(note)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def bands(study: Study, start: int) -> dict[tuple[int, int], str]:
    """Return the bands of days between the study's times, with their labels ("31-60")."""
    cuts = [start, *(day for day in study.outcome.times if day > start)]
    return {(a, b): days_of(a, b) for a, b in itertools.pairwise(cuts)}


def causes(study: Study, present: Mapping[str, int]) -> dict[int, str]:
    """Return the causes that a study tells, by code: relapse, then the competing events."""
    wanted = ("relapse", *study.outcome.competing)
    return {code: name for name, code in present.items() if name in wanted}
