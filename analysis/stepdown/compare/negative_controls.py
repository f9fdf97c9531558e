"""Negative controls in the place of relapse, or of the arms, of a comparison that is otherwise the same.

An outcome that care cannot change takes the place of relapse. Everybody is followed up to the relapse, which
ends follow-up as loss does: what comes after it may be its consequence, and care changes relapses, so that an
outcome after it would differ between the arms by no fault of the comparison. As for relapse, death and
custody compete, and decisions about care count up to the relapse only.

An exposure that cannot change relapse takes the place of the arms: at the landmark of the primary comparison,
else from time zero. It leaves the covariates, and what is adjusted for stays.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from stepdown.cohort import CENSORED, RELAPSE, People
from stepdown.cohort.linkage import floats, link, smallest
from stepdown.compare.designs import on_confirmed_day
from stepdown.errors import DesignError
from stepdown.schema import Cohort
from stepdown.study import NegativeExposure, NegativeOutcome, Study
from stepdown.survival.core.sample import Bools, Floats


def with_negative_outcome(
    people: People, cohort: Cohort, control: NegativeOutcome, *, landmark: bool
) -> People:
    """Return the people with an outcome in the place of relapse.

    Parameters
    ----------
    people : People
        Derived discharges with a day for each relapse.
    cohort : Cohort
        The tables.
    control : NegativeOutcome
        The outcome. Its first day after time zero counts, up to the relapse.
    landmark : bool
        Whether people start at a landmark, where a relapse counts from its confirmation on.

    Raises
    ------
    DesignError
        Days of relapse are not known, or no row of the cohort is this outcome.
    """
    if people.uncertain is not None or not people.exact:
        raise DesignError(
            "People are followed up to the relapse, whose day is not known. Set outcome.interval = "
            '"detected" or "midpoint".'
        )
    people = on_confirmed_day(people) if landmark else people
    table = people.table
    first = _first_days(table, cohort, control)
    days, event = floats(table["days"]), table["event"].to_numpy()
    happens = first <= days
    last = np.where(happens, first, days)
    code = np.where(happens, RELAPSE, np.where(event == RELAPSE, CENSORED, event))
    none = pd.Series(np.nan, index=table.index)
    return replace(
        people,
        table=table.assign(
            days=last,
            event=code,
            days_earliest=last,
            event_earliest=code,
            days_confirmed=last,
            event_confirmed=code,
            confirmed=none.mask(happens, last),
            confirmed_later=False,
            onset_earliest=none.mask(happens, last),
            onset_latest=none.mask(happens, last),
            died=table["died"] & ~happens,
            exact=True,
        ),
    )


def _first_days(table: pd.DataFrame, cohort: Cohort, control: NegativeOutcome) -> Floats:
    """Return the first day of an outcome after time zero by discharge; infinity for none."""
    rows = cohort.observations if control.instrument is None else cohort.assessments
    chosen = _rows(rows, control)
    if not chosen.any():
        raise DesignError(
            f"No row of {'observations' if control.instrument is None else 'assessments'} is this outcome. "
            "Correct checks.negative_outcomes, or leave it out."
        )
    held = rows[chosen]
    pairs = link(table, held)
    since = floats(held["day"])[pairs.row] - floats(table["zero"])[pairs.at]
    return smallest(pairs.at, np.where(since >= 1, since, np.inf), len(table))


def _rows(rows: pd.DataFrame, control: NegativeOutcome) -> Bools:
    if control.instrument is not None:
        named = rows["instrument"].astype("object").fillna("").str.strip() == control.instrument
        whole = rows["item"].isna() if "item" in rows else True
        return np.asarray(named & whole & (floats(rows["value"]) >= control.at_least), dtype=bool)
    wanted = {"finding": control.finding, "source": control.source, "substance": control.substance}
    found = np.ones(len(rows), dtype=bool)
    for name, value in wanted.items():
        if value is not None:
            held = rows[name].astype("object") if name in rows else pd.Series("", index=rows.index)
            found &= (held.fillna("").astype(str) == value).to_numpy(dtype=bool)
    return found


def with_negative_exposure(study: Study, control: NegativeExposure, label: str) -> Study:
    """Return the study with a column in the place of its arms, from the first day of its primary comparison.

    Parameters
    ----------
    study : Study
        With a comparison.
    control : NegativeExposure
        The column and its values.
    label : str
        Name of the column in the report.

    Raises
    ------
    StudyError
        The rules of studies do not allow it, as where a formula names the column.
    """
    raw = study.model_dump(exclude_none=True)
    analysis, primary = raw["analysis"], raw["analysis"]["primary"]
    labels = [_named(label, value) for value in control.values]
    raw["contrast"] = {"arms": {"column": control.column, "values": list(control.values), "labels": labels}}
    if "day" not in primary and primary["design"] != "matched":
        analysis["primary"] = {"design": "baseline"}
    analysis["secondary"] = ()
    adjust = analysis.get("adjust")
    if adjust is not None:
        adjust["covariates"] = [name for name in adjust["covariates"] if name != control.column]
        if not adjust["covariates"]:
            del analysis["adjust"]
            analysis.pop("loss", None)
    if "loss" in analysis:
        names = analysis["loss"]["covariates"]
        analysis["loss"]["covariates"] = [name for name in names if name != control.column]
    for name in ("checks", "subgroups", "dose", "equivalence", "strategies"):
        raw.pop(name, None)
    return Study.parse(raw)


def _named(label: str, value: str | int | float | bool) -> str:
    """Return the label of one value: "Records transferred: yes"."""
    words = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value).replace("_", " ")
    return f"{label}: {words}"
