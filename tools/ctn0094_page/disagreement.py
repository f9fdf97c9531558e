"""Week by week, where the published patterns and those rebuilt from the tables differ, and why.

The published patterns are made again from the tables first, by the rule read off the source's scripts
(`PUBLISHED`): where even that does not give them, a difference is unexplained. The rebuilt patterns keep to
four other rules. A week that differs is put down to the first of these that makes the difference when it
alone is changed in the published rule, or, failing that, when all but it are; to several of them where it
takes more than one.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.sources.ctn0094 import PUBLISHED, REBUILT, Reading
from tools.ctn0094_page.rebuilt_patterns import Marks, aligned, spell, tables_of

Bools = NDArray[np.bool_]

AGREE, UNEXPLAINED = "agree", "unexplained"
CAUSES = {
    "no_sample": "A kept visit without a sign of a sample: published as negative",
    "no_visit": "A sample on a day without a kept visit: not read in the published patterns",
    "temperature": "A sample whose temperature was not accepted: published as negative",
    "later_end": "The published pattern ends earlier: it counts its weeks from consent",
    "not_due": "No contact was planned for the week: published as missing",
    "several": "More than one of these at once",
    UNEXPLAINED: "Unexplained",
}
_RULES: dict[str, Reading] = {
    "sample": replace(PUBLISHED, negative="sample"),
    "temperature": replace(PUBLISHED, accepted=True),
    "later_end": replace(PUBLISHED, planned_end=True),
    "not_due": replace(PUBLISHED, design=True),
}
_BUT: dict[str, Reading] = {
    "sample": replace(REBUILT, negative="visit"),
    "temperature": replace(REBUILT, accepted=False),
    "later_end": replace(REBUILT, planned_end=False),
    "not_due": replace(REBUILT, design=False),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Disagreement:
    """How the published and the rebuilt patterns compare.

    Attributes
    ----------
    weeks : DataFrame
        `trial, cause, weeks`: weeks that agree ("agree") and those that differ, by cause (`CAUSES`, every
        one in every trial). A week that only one of the two patterns has is one that differs.
    people : DataFrame
        `trial, people, same, again`: randomized people, those whose two patterns are the same, and those
        whose published pattern comes back when it is made again.
    """

    weeks: pd.DataFrame
    people: pd.DataFrame


def disagreement(folder: str | Path) -> Disagreement:
    """Compare the published weekly patterns with those rebuilt from the tables, week by week.

    Parameters
    ----------
    folder : str or Path
        The tables of CTN-0094 as Parquet files.

    Returns
    -------
    Disagreement

    Raises
    ------
    DataError
        The tables are not whole.
    """
    tables = tables_of(Path(folder))
    published = spell(tables, None)
    readings = [REBUILT, PUBLISHED, *_RULES.values(), *_BUT.values()]
    marks = aligned(published.marks, *(spell(tables, reading).marks for reading in readings))
    said, rebuilt, again = marks[:3]
    cause = _causes(
        said,
        rebuilt,
        again,
        alone=dict(zip(_RULES, marks[3:7], strict=True)),
        without=dict(zip(_BUT, marks[7:], strict=True)),
    )
    trial = published.people["trial"].astype(str).to_numpy()
    spread = np.broadcast_to(trial[:, None], cause.shape)
    counted = pd.DataFrame({"trial": spread[cause != ""], "cause": cause[cause != ""]})
    every = pd.MultiIndex.from_product([sorted(set(trial)), [AGREE, *CAUSES]], names=["trial", "cause"])
    weeks = counted.value_counts(["trial", "cause"]).reindex(every, fill_value=0)
    people = pd.DataFrame(
        {
            "trial": trial,
            "people": 1,
            "same": (said == rebuilt).all(axis=1),
            "again": (said == again).all(axis=1),
        }
    )
    return Disagreement(
        weeks=weeks.rename("weeks").reset_index(),
        people=people.groupby("trial", as_index=False).sum(),
    )


def _causes(
    said: Marks, rebuilt: Marks, again: Marks, *, alone: dict[str, Marks], without: dict[str, Marks]
) -> NDArray[np.object_]:
    """Return by week why the patterns differ; "" where neither pattern has the week."""
    found = np.full(said.shape, "several", dtype=object)
    # What is written last wins: the first rule, and a change by it alone, come last.
    for name in reversed(alone):
        found[without[name] == said] = name
    for name in reversed(alone):
        found[alone[name] == rebuilt] = name
    lost = (found == "sample") & np.isin(said, ["-", "*"])
    found[found == "sample"] = "no_visit"
    found[lost] = "no_sample"
    found[said != again] = UNEXPLAINED
    found[said == rebuilt] = AGREE
    found[(said == "") & (rebuilt == "")] = ""
    return found


def other_readings(folder: str | Path) -> pd.DataFrame:
    """Return how many weeks of the rebuilt patterns other readings would change, by trial.

    Returns
    -------
    DataFrame
        `trial, reading, weeks`: the study drug of a person's own arm counted as use; weeks that begin on
        the day of randomization.
    """
    tables = tables_of(Path(folder))
    rebuilt = spell(tables, REBUILT)
    drawn = tables["randomization"]
    earlier = {**tables, "randomization": drawn.assign(when=drawn["when"] - 1)}
    others = {
        "study_drug": spell(tables, replace(REBUILT, study_drug=True)).marks,
        "day_zero": spell(earlier, REBUILT).marks,
    }
    trial = rebuilt.people["trial"].astype(str)
    parts = []
    for name, marks in others.items():
        one, other = aligned(rebuilt.marks, marks)
        weeks = pd.Series((one != other).sum(axis=1)).groupby(trial.to_numpy()).sum()
        parts.append(weeks.rename_axis("trial").rename("weeks").reset_index().assign(reading=name))
    return pd.concat(parts, ignore_index=True)[["trial", "reading", "weeks"]]
