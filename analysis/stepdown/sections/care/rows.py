"""Which care followed time zero, as rows of the results. It describes; it makes no comparison."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from stepdown.cohort import People
from stepdown.cohort.care import (
    care_history,
    level_start_times,
    levels_started,
    occupancy,
    path_frequencies,
    state_rows,
)
from stepdown.cohort.care.level_calendar import History
from stepdown.cohort.clustered_proportions import Clusters, proportions
from stepdown.cohort.followup import observable
from stepdown.cohort.linkage import floats
from stepdown.estimate.context import Record
from stepdown.results import Results, bind
from stepdown.results.reading import WHOLE
from stepdown.schema import LEVELS, CareRules, Cohort, read_care_rules
from stepdown.sections.care.read import (
    CARE_STARTED,
    EXTENT,
    LATEST,
    LEVEL_STARTED,
    NOT_ESTIMATED,
    OCCUPANCY,
    PATH,
)
from stepdown.study import Study

INTENSIVE, STARTED_WITHIN = ("php", "iop"), (7, 14, 30)
SHARE = "Wilson, with the design effect of clients who count several times"
NO_SERVICES = "The cohort holds no services. Map them in the cohort file."


def chosen_rules(study: Study, folder: Path) -> CareRules:
    """Return the care rules that a study asks for; ConfigError where its own file cannot be used."""
    return read_care_rules(None if study.care.file is None else folder / study.care.file)


def care_rows(cohort: Cohort, people: People, study: Study, rules: CareRules) -> Results:
    """Return how far people came, how soon, by which paths, and where they are on each day.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    people : People
        Derived discharges.
    study : Study
        The protocol.
    rules : CareRules
        From `chosen_rules`.
    """
    base: Record = {"analysis": WHOLE, "endpoint": study.outcome.endpoint}
    base |= {"method": "" if people.exact else LATEST}
    if cohort.services.empty:
        refused: Record = {"estimand": LEVEL_STARTED, "statistic": NOT_ESTIMATED, "method": ""}
        return bind([[base | refused | {"note": NO_SERVICES}]])
    horizon = study.outcome.horizon
    given = (people.table, cohort.discharges, cohort.services)
    past = care_history(*given[1:], rules=rules)
    found = levels_started(*given, horizon=horizon, past=past)
    records = [base | one for one in (*_far(found), *_levels(found, study), *_paths(found))]
    days = (table.assign(**base) for table in _days(state_rows(*given, horizon=horizon, past=past), study))
    return bind([records, *days, [base | {"method": SHARE} | one for one in _started(cohort, people, past)]])


def _started(cohort: Cohort, people: People, past: History) -> Iterator[Record]:
    """Yield the share with care at PHP or IOP level by some days, of those for whom the days are over.

    Unlike a level of care that was started while event-free, this counts care after a relapse too: whether a
    program brings its clients into care is asked of all of them.
    """
    table = people.table
    client = past.calendar.of(table["client_id"])
    zero = floats(table["zero"]).astype(np.int64)
    levels = tuple(LEVELS.index(level) for level in INTENSIVE)
    first = past.calendar.next_care(client, zero, levels=levels) - zero
    until = observable(cohort, people)
    whom = Clusters.of(np.zeros(len(table), dtype=np.int64), pd.factorize(table["client_id"])[0], 1)
    for day in STARTED_WITHIN:
        share = proportions((first >= 0) & (first <= day), whom, inside=until >= day).iloc[0]
        yield {
            "estimand": CARE_STARTED,
            "term": "iop or php",
            "time": day,
            "statistic": "estimate",
            "unit": "probability",
            "estimate": share["rate"],
            "conf_low": share["conf_low"],
            "conf_high": share["conf_high"],
            "n": share["denominator"],
            "events": share["numerator"],
            "note": "" if share["denominator"] else "no one was due",
        }


def _far(found: pd.DataFrame) -> Iterator[Record]:
    for name, number in found["extent"].value_counts(sort=False).items():
        yield {
            "estimand": EXTENT,
            "term": str(name),
            "statistic": "estimate",
            "unit": "probability",
            "estimate": number / len(found),
            "n": len(found),
            "events": number,
        }


def _levels(found: pd.DataFrame, study: Study) -> Iterator[Record]:
    horizon = study.outcome.horizon
    days = tuple(dict.fromkeys([*(day for day in study.care.days if day < horizon), horizon]))
    table = level_start_times(found, days=days)
    for level, rows in table.groupby("level", sort=False):
        head = rows.iloc[0]
        keys: Record = {"estimand": LEVEL_STARTED, "term": str(level)}
        for name in ("lower_quartile", "median", "upper_quartile"):
            yield keys | {"statistic": name, "unit": "days", "estimate": head[name], "n": head["started"]}
        for row in rows.to_dict("records"):
            yield keys | {
                "statistic": "estimate",
                "unit": "probability",
                "time": row["day"],
                "estimate": row["share"],
                "conf_low": row["conf_low"],
                "conf_high": row["conf_high"],
                "note": row["note"],
                "n": row["discharges"],
                "events": int((found[level] <= row["day"]).sum()),
            }


def _paths(found: pd.DataFrame) -> Iterator[Record]:
    keys: Record = {"estimand": PATH, "statistic": "count", "unit": "discharges", "n": len(found)}
    for row in path_frequencies(found).to_dict("records"):
        yield keys | {"term": row["path"], "estimate": row["discharges"]}


def _days(rows: pd.DataFrame, study: Study) -> Iterator[pd.DataFrame]:
    """Yield the share in each state that anybody is ever in, by day; intervals on the days of the study."""
    if rows.empty:
        return
    found = occupancy(rows)
    curve = found.shares
    ever = curve.loc[curve["estimate"] > 0, "state"].unique()
    keys: Record = {"estimand": OCCUPANCY, "unit": "probability"}
    curve = curve.loc[curve["state"].isin(ever) & curve["estimate"].notna(), ["state", "time", "estimate"]]
    yield curve.rename(columns={"state": "term"}).assign(statistic="curve", **keys)
    stated = found.at(*study.outcome.times).drop(columns=["arm", "std_error"])
    stated = stated[stated["state"].isin(ever)].rename(columns={"state": "term"})
    yield stated.assign(statistic="estimate", **keys)
