"""How completely people were followed, and what those not contacted could change, as rows of the results."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort import Eligible, People, with_outcome
from stepdown.cohort.followup import (
    STATES,
    Completeness,
    common_visits,
    completeness,
    contacted_differences,
    follow_up_time,
    loss_bounds,
    maturity,
    observable,
    rates_of_testing,
)
from stepdown.compare import Arms, Design, design, whole
from stepdown.errors import DesignError, EmptyArmError
from stepdown.estimate.context import PER_100_MONTHS, Context, Record
from stepdown.estimate.design_rows import estimate_end
from stepdown.results import HIGHEST, LOWEST, Results, bind
from stepdown.schema import Cohort
from stepdown.sections.followup.read import (
    BOUND,
    COMMON,
    COMMON_COMPARED,
    DIFFERENCE,
    FOLLOWUP_LENGTH,
    KNOWN,
    NOT_ESTIMATED,
    OBSERVABLE,
    RATE,
    TESTED,
    VISIT,
    near,
)
from stepdown.study import Study


def followup_rows(chosen: Eligible, people: People, designs: Sequence[Design], study: Study) -> Results:
    """Return follow-up at each visit, its length, and what those lost could change.

    Parameters
    ----------
    chosen : Eligible
        Eligible discharges, with their cohort.
    people : People
        The same discharges with the outcome of the study.
    designs : sequence of Design
        Whole cohort and comparisons; none where the outcome cannot be judged, and no risk is stated then.
    study : Study
        The protocol.
    """
    common = _common(chosen, people, study) if designs else []
    return bind([[*_records(chosen.cohort, people, designs, study), *common]])


def _records(cohort: Cohort, people: People, designs: Sequence[Design], study: Study) -> Iterator[Record]:
    yield from _visits(cohort, people, study)
    yield from _length(people)
    until = observable(cohort, people)
    try:
        selected = maturity(people.table["quarter"], until=until, days=study.outcome.window[1])
        yield from (_mature(row, study) for row in selected.to_dict("records"))
    except DesignError as error:
        yield _refused(OBSERVABLE, error)
    for one in designs:
        # Of days that are drawn at random there are many readings, and none is the one to bound.
        drawn = sum(not arms.followup.bound for arms in one.readings) > 1
        for arms in () if drawn else one.readings:
            yield from _bounds(people, one, arms, until, study)
        yield from _tested(cohort, people, one, study)


def _refused(estimand: str, error: DesignError) -> Record:
    return {"estimand": estimand, "statistic": NOT_ESTIMATED, "note": str(error)}


def _visits(cohort: Cohort, people: People, study: Study) -> Iterator[Record]:
    try:
        found = completeness(cohort, people)
    except DesignError as error:
        yield _refused(VISIT, error)
        return
    for row in found.table.to_dict("records"):
        keys: Record = {"time": row["visit"], "n": row["discharges"], "unit": "discharges"}
        for state in STATES:
            yield keys | {"estimand": VISIT, "term": state, "statistic": "count", "estimate": row[state]}
        share: Record = {"time": row["visit"], "statistic": "estimate", "unit": "probability"}
        share |= {"method": found.method}
        yield share | {
            "estimand": RATE,
            "estimate": row["rate"],
            "conf_low": row["conf_low"],
            "conf_high": row["conf_high"],
            "n": row["eligible"],
            "events": row["contacted"],
            "note": "" if row["eligible"] else "no one could be contacted",
        }
        yield share | {
            "estimand": KNOWN,
            "estimate": row["known"],
            "conf_low": row["known_low"],
            "conf_high": row["known_high"],
            "n": row["due"],
            "note": "" if row["due"] else "no one was due",
        }
    yield from _differences(people, found, study)


def _differences(people: People, found: Completeness, study: Study) -> Iterator[Record]:
    """Yield how those contacted differ, at the visit nearest to the end of the window."""
    visit = near(found.schedule.visits, study.outcome.window[1])
    plan = replace(found.schedule, visits=(visit,))
    table = contacted_differences(people, replace(found, schedule=plan), event=study.time_zero.event)
    for row in table.to_dict("records"):
        keys: Record = {
            "estimand": DIFFERENCE,
            "time": visit,
            "term": row["covariate"],
            "level": row["level"],
        }
        yield keys | {
            "statistic": "standardized",
            "unit": "standard deviations",
            "estimate": row["difference"],
        }
        for statistic, value, n in (("contacted", "value1", "n1"), ("not_contacted", "value0", "n0")):
            if pd.notna(row[value]):
                yield keys | {"statistic": statistic, "estimate": row[value], "n": row[n]}


def _length(people: People) -> Iterator[Record]:
    table = people.table
    client = table["client_id"]
    found = follow_up_time(
        table["days"], table["event"], cluster=client if client.duplicated().any() else None
    )
    (row,) = found.table.to_dict("records")
    keys: Record = {
        "estimand": FOLLOWUP_LENGTH,
        "unit": "days",
        "n": row["n"],
        "method": "reverse Kaplan-Meier",
    }
    reason = row["note"] if pd.notna(row["median"]) else "more than half are still followed at the end"
    yield keys | {
        "statistic": "median",
        "estimate": row["median"],
        "conf_low": row["conf_low"],
        "conf_high": row["conf_high"],
        "note": reason,
    }
    for name in ("lower_quartile", "upper_quartile"):
        yield keys | {"statistic": name, "estimate": row[name]}
    yield keys | {
        "statistic": "person_months",
        "unit": "months",
        "estimate": row["person_months"],
        "method": "",
    }


def _mature(row: Mapping[Hashable, object], study: Study) -> Record:
    return {
        "estimand": OBSERVABLE,
        "quarter": row["quarter"],
        "time": study.outcome.window[1],
        "statistic": "estimate",
        "unit": "probability",
        "estimate": row["share"],
        "n": row["discharges"],
        "events": row["complete"],
    }


def _bounds(
    people: People, chosen: Design, arms: Arms, until: NDArray[np.float64], study: Study
) -> Iterator[Record]:
    """Yield the risks if none, and if all, of those lost relapsed; of a range only the end that it widens."""
    followup = arms.followup
    days = study.outcome.times if followup.at is None else (followup.at,)
    times = tuple(day for day in days if day > chosen.start)
    if not times or not len(followup.days):
        return
    named = np.array(chosen.labels, dtype=object)[arms.arm]
    compared = len(chosen.labels) > 1
    found = loss_bounds(people, followup, until=until, times=times, arm=named if compared else None)
    base = Context(chosen, study, arms, "Aalen-Johansen").keys | {"estimand": BOUND, "cause": "relapse"}
    ends = {LOWEST: ("none",), HIGHEST: ("all",)}.get(followup.bound, ("none", "all"))
    for row in found.table.to_dict("records"):
        keys = base | {"arm": row["arm"] if compared else "", "time": row["time"], "n": row["n"]}
        yield keys | {"statistic": "lost", "unit": "discharges", "estimate": row["lost"]}
        for end in ends:
            numbers = {"estimate": row[end], "conf_low": row[f"{end}_low"], "conf_high": row[f"{end}_high"]}
            yield keys | {"statistic": end, "unit": "probability"} | numbers


def _tested(cohort: Cohort, people: People, chosen: Design, study: Study) -> Iterator[Record]:
    arms = chosen.readings[0]
    compared = len(chosen.labels) > 1
    labels = chosen.labels if compared else None
    found = rates_of_testing(
        cohort, people, arms.followup, arm=arms.arm if compared else None, labels=labels
    ).table
    base: Record = {"analysis": chosen.key, "endpoint": study.outcome.endpoint, "estimand": TESTED}
    for row in found.to_dict("records"):
        keys = base | {"term": row["what"]}
        yield keys | {
            "arm": row["arm"] if compared else "",
            "statistic": "estimate",
            "unit": PER_100_MONTHS,
            "estimate": row["rate"],
            "conf_low": row["conf_low"],
            "conf_high": row["conf_high"],
            "n": row["n"],
            "events": row["findings"],
            "method": "events per person-time, interval robust to clusters",
        }
        if compared and row["arm"] != chosen.labels[-1]:
            yield keys | {
                "arm": row["arm"],
                "reference": chosen.labels[-1],
                "statistic": "ratio",
                "unit": "ratio",
                "estimate": row["ratio"],
                "conf_low": row["ratio_low"],
                "conf_high": row["ratio_high"],
            }


def _common(chosen: Eligible, people: People, study: Study) -> list[Record]:
    """Return the risk by the end of the window, and the window, where only scheduled visits may find use."""
    found: list[Record] = []
    try:
        again = with_outcome(chosen.observing(common_visits(chosen.cohort, people)), study)
        again = replace(again, visits=(study.outcome.window[1],))
        found += [one | {"analysis": COMMON} for one in estimate_end(whole(again, study), study)]
        if study.analysis is not None:
            made = design(again, study)
            found += [one | {"analysis": COMMON_COMPARED} for one in estimate_end(made, study)]
    except (DesignError, EmptyArmError) as error:
        found.append(_refused(COMMON, error))
    return found
