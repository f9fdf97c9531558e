"""Quarters drawn by hand: so many discharges each, of whom so many relapse."""

from dataclasses import replace

import numpy as np

from stepdown.cohort import eligible, with_outcome
from stepdown.results import Results, rows
from stepdown.schema import Cohort, read_measures
from stepdown.sections.quality.rows import measured
from stepdown.sections.quarters.rows import quarter_rows
from support_cohort import draw
from support_study import described

NAMES = [f"{year}Q{number}" for year in (1970, 1971) for number in (1, 2, 3, 4)]
STARTS = np.array([0, 90, 181, 273, 365, 455, 546, 638])


def cohort(relapses: list[int], *, size: int = 20, cut: int = 2000) -> Cohort:
    """Quarters of so many discharges, of whom so many relapse on day 50; half start IOP on day 7."""
    lines = []
    for name, start, many in zip(NAMES, STARTS, relapses, strict=False):
        for k in range(size):
            day = start + 5 + k
            found = f" | + {day + 50}" if k < many else f" | - {day + 90}"
            care = f" | iop {day + 7}" if k % 2 else ""
            until = min(day + 200, cut)
            lines.append(
                f"{name}{k}: stay {day - 20}..{day} | follow {day}..{until} | quarter {name}{found}{care}"
            )
    drawn = draw("\n".join(lines), data_cut=cut, visits=(90,), before=5, after=9)
    return replace(drawn, clock="date", basis="own_operations")


def found(drawn: Cohort, *, quarter: str | None = None, measures: bool = False, **changes: object) -> Results:
    study = described(**changes)
    chosen = eligible(drawn, study, quarter=quarter)
    registry = read_measures(None)
    quality = measured(drawn, registry, registry.measures if measures else ())
    return rows(
        quarter_rows(chosen, with_outcome(chosen, study), study, rates=quality.rates, quarter=quarter)
    )


STEADY = [6, 7, 5, 6, 7, 6, 5, 6]
