"""Who was randomized: one row a person, with time zero, arm and what was known at baseline."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from stepdown.errors import Problem
from stepdown.schema import Column
from stepdown.sources.ctn0094.trial_designs import TrialDesigns
from stepdown.sources.read.raw_tables import row_problems

_DIAGNOSES = ("has_schizophrenia", "has_major_dep", "has_bipolar", "has_anx_pan")
_EXTRA = {
    "trial": ("Trial in which the person was randomized.", "admission"),
    "arm": ("Arm of the first randomization.", "randomization"),
    "education": ("Education at baseline.", "admission"),
    "marital": ("Marital status at baseline.", "admission"),
    "injected": ("Ever injected drugs, reported at baseline.", "admission"),
    "smoker": ("Smokes, reported at baseline (not asked in CTN-0027).", "admission"),
}
# The days and flags of treatment after randomization are known only when they come.
_LATER = (
    Column(
        name="second_day",
        meaning="Day of the second randomization (CTN-0030).",
        kind="day",
        known="second_day",
        unit="day",
    ),
    Column(
        name="first_dose_day",
        meaning="Day of the first dose of the study drug.",
        kind="day",
        known="first_dose_day",
        unit="day",
    ),
    Column(name="never_dosed", meaning="Never had a dose of the study drug.", kind="flag", known="later"),
)


def randomized(
    tables: Mapping[str, pd.DataFrame], design: TrialDesigns
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return one row a randomized person.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The source's tables.
    design : TrialDesigns
        What is known of the trials.

    Returns
    -------
    people : DataFrame
        `who, project, arm, zero, second` in order of `who`: days on the source's clock, day 0 the day of
        consent; `second` (the second randomization) only where the trial has one.
    problems : list of Problem
        People without a known trial or arm, without a day, or with two.
    """
    drawn = tables["randomization"]
    first = (drawn["which"] == "1").to_numpy(dtype=bool)
    people = drawn[first].merge(tables["everybody"], on="who", how="left", validate="many_to_one")
    people = people.rename(columns={"treatment": "arm", "when": "zero"})
    second = drawn[drawn["which"] == "2"].drop_duplicates("who").set_index("who")["when"]
    twice = [name for name, trial in design.trials.items() if trial.second_weeks]
    people["second"] = people["who"].map(second).where(people["project"].isin(twice)).astype("Int64")
    faults = (
        ("who", people["who"].isna() | people["who"].duplicated(), "is missing or duplicated"),
        ("who", ~people["project"].isin(list(design.trials)), "has no known trial in everybody"),
        ("treatment", ~people["arm"].isin(list(design.arms)), "names an arm that is not known"),
        ("when", people["zero"].isna(), "is missing for a first randomization"),
    )
    problems = []
    for column, rows, what in faults:
        positions = np.flatnonzero(first)[rows.to_numpy(dtype=bool)]
        problems += row_problems("randomization", column, what, "Copy the complete file again.", positions)
    columns = ["who", "project", "arm", "zero", "second"]
    return people[columns].sort_values("who", kind="stable").reset_index(drop=True), problems


def covariates(people: pd.DataFrame) -> tuple[Column, ...]:
    """Return the declarations beyond the canonical columns, codes as the data hold them."""
    texts = tuple(
        Column(
            name=name,
            meaning=meaning,
            kind="flag" if name in ("injected", "smoker") else "code",
            known=known,
            codes=()
            if name in ("injected", "smoker")
            else tuple(sorted(people[name].dropna().astype(str).unique())),
        )
        for name, (meaning, known) in _EXTRA.items()
    )
    return (*texts, *_LATER)


def discharges(
    people: pd.DataFrame, tables: Mapping[str, pd.DataFrame], design: TrialDesigns
) -> pd.DataFrame:
    """Return the row of each person with everything known about the person, not yet typed.

    Parameters
    ----------
    people : DataFrame
        What `randomized` returned.
    tables, design
        As there.

    Returns
    -------
    DataFrame
        In the order of `people`. In CTN-0051 the stay is the inpatient detoxification; in the two
        outpatient trials the day of consent is the admission, and no stay ends.
    """
    trial = people["project"].map(design.trials)
    inpatient = trial.map(lambda one: one.level == "withdrawal").to_numpy(dtype=bool)
    stay = tables["detox"].drop_duplicates(["who", "what"]).pivot(index="who", columns="what", values="when")
    stay = stay.reindex(index=people["who"], columns=["admission", "discharge"]).astype("Int64")
    stay = stay.reset_index(drop=True)
    baseline = _baseline(people, tables)
    dosed = people["who"].map(tables["derived_inductDelay"].set_index("who")["inductDelay"]).astype("Int64")
    return pd.DataFrame(
        {
            "client_id": people["who"].astype("string"),
            "episode_id": "1",
            "site_id": baseline["site_masked"],
            "admit_day": stay["admission"].where(inpatient, 0),
            "discharge_day": stay["discharge"].where(inpatient),
            "randomization_day": people["zero"],
            "level": trial.map(lambda one: one.level),
            "age": baseline["age"],
            "sex": baseline["is_male"].map(design.codes["sex"]),
            "race_ethnicity": baseline["race_ethnicity"].map(design.codes["race_ethnicity"]),
            "primary_substance": "opioids",
            "cooccurring": _any_diagnosis(baseline),
            "home_environment": baseline["is_living_stable"].map(design.codes["home_environment"]),
            "employed": baseline["job"].map(design.codes["employed"]),
            "trial": trial.map(lambda one: one.label),
            "arm": people["arm"],
            "education": baseline["education"],
            "marital": baseline["marital"],
            "injected": baseline["used_iv"].map({"Yes": True, "No": False}),
            "smoker": baseline["is_smoker"].map({"Yes": True, "No": False}),
            "second_day": people["second"],
            "first_dose_day": people["zero"] + dosed,
            "never_dosed": dosed.isna().to_numpy(),
        }
    )


def _baseline(people: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    found = people[["who"]]
    for name in (
        "demographics",
        "derived_raceEthnicity",
        "site_masked",
        "asi",
        "fagerstrom",
        "psychiatric",
    ):
        once = tables[name].dropna(subset="who").drop_duplicates("who")
        found = found.merge(once, on="who", how="left")
    return found


def _any_diagnosis(baseline: pd.DataFrame) -> pd.Series:
    """Return yes where one of the diagnoses is reported, no where all are denied, else missing."""
    answers = baseline[list(_DIAGNOSES)]
    yes, no = (answers == "Yes").any(axis=1), (answers == "No").all(axis=1)
    return yes.astype("boolean").where(yes | no)
