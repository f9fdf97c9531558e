"""Urine findings: from the published weekly patterns, or from the tables themselves.

The published patterns were made by a rule stated in the source's scripts; `PUBLISHED` states it
in the terms of `Reading`, and it gives every published pattern of a randomized person. `REBUILT` is what the
tables support when each finding must have been made, and each missing one must have been due:

- a negative needs a sample, not just a visit (and a sample without a visit row is a sample);
- a sample whose temperature was not accepted shows use where it is positive, and nothing otherwise;
- the weeks count from randomization to their end;
- a week for which no contact was planned lacks nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.sources.ctn0094.trial_designs import Trial, TrialDesigns

WEEK = 7
_FINDINGS = {"+": ("positive",), "-": ("negative",), "*": ("positive", "negative"), "o": ("missing",)}
_COLUMNS = ["who", "day", "finding", "due_day", "substance"]
_KEPT = ("visit", "final")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the tables are read.

    Attributes
    ----------
    negative : {"visit", "sample"}
        What shows that a urine without an opioid was given: a kept visit, or a sample.
    accepted : bool
        A negative needs a sample whose temperature was not refused.
    planned_end : bool
        Weeks count to the planned end after randomization; otherwise to the end of the published patterns.
    design : bool
        Something is missing only in a week for which a contact was planned; otherwise in every week.
    study_drug : bool
        The study drug of the person's own arm counts as use.
    """

    negative: Literal["visit", "sample"]
    accepted: bool
    planned_end: bool
    design: bool
    study_drug: bool = False


PUBLISHED = Reading(negative="visit", accepted=False, planned_end=False, design=False)
REBUILT = Reading(negative="sample", accepted=True, planned_end=True, design=True)


def kept_visits(visit: pd.DataFrame) -> pd.DataFrame:
    """Return `who, day` of the visits that took place, each day once.

    Reasons for missing that are given for a visit that took place are not used: in CTN-0030 two of
    three such days have a positive urine.
    """
    kept = visit[visit["what"].isin(_KEPT) & visit["when"].notna()]
    return kept[["who", "when"]].rename(columns={"when": "day"}).drop_duplicates(ignore_index=True)


def last_day(people: pd.DataFrame, design: TrialDesigns, *, planned_end: bool) -> pd.Series:
    """Return by person the last day that a pattern covers, on the source's clock."""
    zero = people["zero"].astype("int64")
    trial = people["project"].map(design.trials)
    from_consent = trial.map(lambda one: one.published_from == "consent").to_numpy(dtype=bool)
    start = zero if planned_end else zero.where(~from_consent, 0)
    end = start + WEEK * trial.map(lambda one: one.weeks).astype("int64")
    again = people["second"] + WEEK * trial.map(lambda one: one.second_weeks).astype("int64")
    return again.fillna(end).astype("int64")


def published_findings(people: pd.DataFrame, patterns: pd.DataFrame) -> pd.DataFrame:
    """Return the findings of the published patterns, dated to the last day of their week.

    Parameters
    ----------
    people : DataFrame
        `who` and `zero`.
    patterns : DataFrame
        `who`, `Phase_1`, `Phase_2` (missing where there is none).

    Returns
    -------
    DataFrame
        `who, day, finding, due_day, substance`.
    """
    joined = people[["who", "zero"]].merge(patterns, on="who", how="left")
    pattern = joined["Phase_1"].fillna("") + joined["Phase_2"].fillna("")
    rows = pd.DataFrame({"who": joined["who"], "zero": joined["zero"], "sign": pattern.map(list)})
    rows["week"] = rows["sign"].map(lambda signs: range(1, len(signs) + 1))
    rows = rows.explode(["sign", "week"], ignore_index=True)
    rows["finding"] = rows["sign"].map(_FINDINGS)
    rows = rows[rows["finding"].notna()].explode("finding", ignore_index=True)
    day = (rows["zero"] + WEEK * rows["week"].astype("int64")).astype("Int64")
    rows = rows.assign(day=day, due_day=day, substance=None)
    return rows[_COLUMNS]


def pattern_lengths(people: pd.DataFrame, patterns: pd.DataFrame) -> pd.Series:
    """Return by person how many weeks the published pattern has; 0 where there is none."""
    whole = patterns.set_index("who")[["Phase_1", "Phase_2"]].fillna("").sum(axis=1).str.len()
    return people["who"].map(whole).fillna(0).astype("int64")


def found_findings(
    people: pd.DataFrame, tables: Mapping[str, pd.DataFrame], design: TrialDesigns, reading: Reading
) -> pd.DataFrame:
    """Return the urine findings that the tables hold, and those that were due and are missing.

    Parameters
    ----------
    people : DataFrame
        `who, project, arm, zero, second`.
    tables : mapping of str to DataFrame
        `uds`, `uds_temp`, `visit`.
    design : TrialDesigns
        What is known of the trials.
    reading : Reading
        How the tables are read.

    Returns
    -------
    DataFrame
        `who, day, finding, due_day, substance`, after time zero and up to the last day of the pattern.
    """
    end = last_day(people, design, planned_end=reading.planned_end)
    marks = people[["who", "project", "arm", "zero"]].assign(end=end)
    days = _days(marks, tables, design, reading)
    inside = days[(days["day"] > days["zero"]) & (days["day"] <= days["end"])]
    found = inside[inside["finding"] != "missing"]
    due = _due(people.assign(end=end), design, planned=reading.design)
    gaps = due[~_has_row(due, inside)].assign(finding="missing", substance=None)
    gaps = gaps.assign(day=gaps["last"], due_day=gaps["last"])
    visits = inside[inside["finding"] == "missing"].assign(due_day=lambda one: one["day"])
    both = [found.assign(due_day=None), gaps, visits]
    rows = pd.concat([part[_COLUMNS].astype({"due_day": "Int64"}) for part in both], ignore_index=True)
    return rows.sort_values(["who", "day"], kind="stable", ignore_index=True)


def _days(
    marks: pd.DataFrame, tables: Mapping[str, pd.DataFrame], design: TrialDesigns, reading: Reading
) -> pd.DataFrame:
    """One row a person and day with a sample or a kept visit, and what it shows."""
    uds = tables["uds"].dropna(subset="when").rename(columns={"when": "day"})
    temperature = tables["uds_temp"].dropna(subset="when").rename(columns={"when": "day"})
    refused = temperature.assign(bad=temperature["was_temp_ok"].eq("0")).groupby(["who", "day"])["bad"].all()
    parts = {
        "visit": kept_visits(tables["visit"]),
        "sample": uds[["who", "day"]].drop_duplicates(),
        "temperature": temperature[["who", "day"]].drop_duplicates(),
        "opioid": _opioids(uds, marks, design, study_drug=reading.study_drug),
    }
    days = pd.concat([part[["who", "day"]] for part in parts.values()]).drop_duplicates(ignore_index=True)
    for name, part in parts.items():
        days = days.merge(part.assign(**{name: True}), on=["who", "day"], how="left")
        days[name] = days[name].eq(True)
    days = days.merge(refused, left_on=["who", "day"], right_index=True, how="left")
    days = days.merge(marks, on="who")
    days["finding"] = _finding(days, design, reading)
    return days[days["finding"].notna()]


def _finding(days: pd.DataFrame, design: TrialDesigns, reading: Reading) -> NDArray[np.object_]:
    """Return what a day shows: an opioid, none, a sample or a visit without result; None for nothing."""
    visit = days["visit"].to_numpy(dtype=bool)
    if reading.negative == "visit":
        sampled = visit
    else:
        by_visit = days["project"].map(lambda name: design.trials[name].sample == "visit").to_numpy(bool)
        sampled = (days["sample"] | days["temperature"]).to_numpy(dtype=bool) | (visit & by_visit)
    bad = days["bad"].eq(True).to_numpy(dtype=bool) & reading.accepted
    found = np.full(len(days), None, dtype=object)
    # The strongest evidence is written last.
    found[visit] = "missing"
    found[sampled] = "negative"
    found[sampled & bad] = "inconclusive"
    found[days["opioid"].to_numpy(dtype=bool)] = "positive"
    return found


def _opioids(
    uds: pd.DataFrame, marks: pd.DataFrame, design: TrialDesigns, *, study_drug: bool
) -> pd.DataFrame:
    """Return `who, day, substance` of positive results for opioids that count."""
    found = uds[uds["what"].isin(list(design.opioids_urine))].merge(marks[["who", "arm"]], on="who")
    if not study_drug:
        found = found[found["what"] != found["arm"].map(dict(design.arms))]
    found = found.drop_duplicates(["who", "day", "what"])
    # Each set of drugs is a sum of powers of two, and has one text.
    drugs = sorted(design.opioids_urine)
    sets = {
        number: ", ".join(drug for bit, drug in enumerate(drugs) if number >> bit & 1)
        for number in range(1, 2 ** len(drugs))
    }
    power = found["what"].map({drug: 2**bit for bit, drug in enumerate(drugs)}).astype("int64")
    number = power.groupby([found["who"], found["day"]]).sum()
    return number.map(sets).rename("substance").reset_index()


def _due(people: pd.DataFrame, design: TrialDesigns, *, planned: bool) -> pd.DataFrame:
    """Return `who, before, last` of the weeks in which a contact was due: days before+1 to last."""
    parts = []
    for name, trial in design.trials.items():
        mine = people[people["project"] == name]
        if not planned:
            longest = int(((mine["end"] - mine["zero"]).max() + WEEK - 1) // WEEK) if len(mine) else 0
            parts.append(_weeks(mine, mine["zero"], range(1, longest + 1)))
        else:
            parts += _planned(mine, trial)
    due = pd.concat(parts, ignore_index=True)
    return due[due["before"] < due["end"]].reset_index(drop=True)


def _planned(people: pd.DataFrame, trial: Trial) -> list[pd.DataFrame]:
    first = _weeks(people, people["zero"], trial.due)
    first = first[~(first["last"] > first["second"]).fillna(False).to_numpy(dtype=bool)]
    again = people[people["second"].notna()]
    return [first, _weeks(again, again["second"], trial.second_due)]


def _weeks(people: pd.DataFrame, start: pd.Series, weeks: range | tuple[int, ...]) -> pd.DataFrame:
    made = people[["who", "second", "end"]].assign(start=start.astype("int64"))
    made = made.merge(pd.DataFrame({"week": list(weeks)}, dtype="int64"), how="cross")
    last = made["start"] + WEEK * made["week"]
    return made.assign(last=last.astype("Int64"), before=(last - WEEK).astype("Int64"))


def _has_row(due: pd.DataFrame, found: pd.DataFrame) -> NDArray[np.bool_]:
    """Return by due week whether it has a finding, or a visit without one."""
    keys = np.sort((found["who"].astype("int64") * 100_000 + found["day"].astype("int64")).to_numpy())
    low = (due["who"].astype("int64") * 100_000 + due["before"].astype("int64")).to_numpy()
    high = (due["who"].astype("int64") * 100_000 + due["last"].astype("int64")).to_numpy()
    between = np.searchsorted(keys, high, side="right") - np.searchsorted(keys, low, side="right")
    return np.asarray(between > 0, dtype=bool)
