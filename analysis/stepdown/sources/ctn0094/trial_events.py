"""Other events: self-reported use, custody and death, doses, and the end of follow-up of each person."""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from stepdown.sources.ctn0094.trial_designs import TrialDesigns
from stepdown.sources.ctn0094.urine_findings import WEEK, kept_visits

_WEEK_NAME = re.compile(r"WK(\d+)")
_OUT = {"is_in_jail": "incarceration", "is_dead": "death"}
_LEFT = ("is_left_study", "is_moved")


def reported_use(tables: Mapping[str, pd.DataFrame], design: TrialDesigns) -> pd.DataFrame:
    """Return `who, day, substance` of opioid use in the timeline follow-back, a row a day and drug."""
    use = tables["tlfb"].dropna(subset="when")
    use = use[use["what"].isin(list(design.opioids_reported))].drop_duplicates()
    return use.rename(columns={"when": "day", "what": "substance"})[["who", "day", "substance"]]


def missed_visits(people: pd.DataFrame, visit: pd.DataFrame) -> pd.DataFrame:
    """Return the visits that did not take place, with their day.

    A missed visit of CTN-0027 and CTN-0051 has no day; it is dated to the end of the week after
    randomization that its name gives (WK7: day 49). Reasons given for a visit that took place are not used:
    in CTN-0030 most of those days have a urine sample.
    """
    missed = visit[visit["what"].isin(["no visit", "MISSING"])].merge(people[["who", "zero"]], on="who")
    week = missed["visit"].map(_week_of).astype("Int64")
    return missed.assign(day=missed["when"].fillna(missed["zero"] + WEEK * week))


def _week_of(name: object) -> int | None:
    found = _WEEK_NAME.fullmatch(str(name))
    return int(found[1]) if found else None


def taken_out(missed: pd.DataFrame, end: pd.Series) -> pd.DataFrame:
    """Return `who, day, finding`: the first visit missed in custody, and the first missed by death.

    Parameters
    ----------
    missed : DataFrame
        What `missed_visits` returned.
    end : Series
        By `who`, the last day of the pattern; later visits are left out.
    """
    parts = []
    for flag, finding in _OUT.items():
        hit = missed[missed[flag].eq("1") & missed["day"].notna()]
        hit = hit[(hit["day"] > hit["zero"]) & (hit["day"] <= hit["who"].map(end))]
        first = hit.sort_values(["who", "day"], kind="stable").drop_duplicates("who")
        parts.append(first[["who", "day"]].assign(finding=finding))
    return pd.concat(parts, ignore_index=True)


def followed(
    people: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    *,
    contacts: pd.DataFrame,
    out: pd.DataFrame,
    missed: pd.DataFrame,
    end: pd.Series,
) -> pd.DataFrame:
    """Return the periods over which each person was observed.

    The period ends on the last day with information: a kept visit, a sample, a finding, or a reported day of
    use. A pattern continues beyond it with weeks that lack a finding; what those mean is the endpoint's rule
    for missing findings, never this table's. Custody and death recorded later are a period of one day, so
    that the days before them are not taken as observed.

    Parameters
    ----------
    people : DataFrame
        `who, zero`.
    tables : mapping of str to DataFrame
        The source's tables.
    contacts, out : DataFrame
        `who, day` of findings; `who, day, finding` of custody and death.
    missed : DataFrame
        What `missed_visits` returned.
    end : Series
        By `who`, the last day of the pattern.

    Returns
    -------
    DataFrame
        `who, start_day, end_day, reason`, in order of `who`.
    """
    contacts = pd.concat([kept_visits(tables["visit"]), contacts[["who", "day"]]])
    last_of = contacts["who"].map(end)
    inside = contacts[last_of.notna() & (contacts["day"] <= last_of)]
    days = inside.groupby("who")["day"].agg(["min", "max"])
    zero = people.set_index("who")["zero"]
    spans = pd.DataFrame({"zero": zero}).join(days)
    spans["start_day"] = spans[["zero", "min"]].min(axis=1)
    spans["end_day"] = spans[["zero", "max"]].max(axis=1)
    left = {flag: set(missed.loc[missed[flag].eq("1"), "who"]) for flag in _LEFT}
    who = spans.index.to_series()
    # Nobody can be lost to follow-up after the last week of the pattern.
    complete = spans["end_day"] > end.reindex(spans.index) - WEEK
    spans["reason"] = np.select(
        [complete, who.isin(left["is_left_study"]), who.isin(left["is_moved"])],
        ["data_cut", "withdrew", "moved"],
        "lost",
    )
    later = out.merge(spans[["end_day"]], left_on="who", right_index=True)
    later = later[later["day"] > later["end_day"]].sort_values("finding", kind="stable")
    later = later.drop_duplicates(["who", "day"])
    reason = later["finding"].map({"death": "died", "incarceration": "lost"})
    own = later.assign(start_day=later["day"], end_day=later["day"], reason=reason)
    names = ["who", "start_day", "end_day", "reason"]
    both = pd.concat([spans.rename_axis("who").reset_index()[names], own[names]], ignore_index=True)
    return both.sort_values(["who", "start_day"], kind="stable", ignore_index=True)


def doses(people: pd.DataFrame, treatment: pd.DataFrame) -> pd.DataFrame:
    """Return the study drug given as spans `who, start_day, end_day` of days in a row."""
    given = treatment.dropna(subset="when")[["who", "when"]].drop_duplicates()
    given = given[given["who"].isin(people["who"])].sort_values(["who", "when"])
    new = (given["who"] != given["who"].shift()) | (given["when"] != given["when"].shift() + 1)
    runs = given.assign(run=new.fillna(True).cumsum()).groupby("run", sort=False)
    spans = runs.agg(who=("who", "first"), start_day=("when", "first"), end_day=("when", "last"))
    return spans.reset_index(drop=True)
