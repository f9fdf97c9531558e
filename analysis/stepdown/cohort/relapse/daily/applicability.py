"""Which definitions and rules for missing observations a cohort can serve, and why not the others."""

from collections.abc import Callable, Collection, Iterator

import numpy as np
import pandas as pd

from stepdown.cohort.derived_once import DerivedOnce
from stepdown.cohort.linkage import floats
from stepdown.cohort.relapse.daily.contacts import TOLD_NOTHING, USABLE
from stepdown.cohort.relapse.weekly.urine_patterns import week_of
from stepdown.errors import DesignError
from stepdown.schema import MOMENTS, NEEDS, Cohort, EndpointSpec, endpoints

_NO_DUE = (
    "no visit schedule is defined: no finding is missing, refused or inconclusive, and [schedule] "
    "is not stated"
)
_WEEKS = 4
_NO_CLEAN = "there is no negative finding"


def held(
    cohort: Cohort,
    names: Collection[str] = tuple(NEEDS),
    *,
    event: str = "",
    known: DerivedOnce | None = None,
) -> frozenset[str]:
    """Return which of `schema.NEEDS` a cohort holds; only those of some `names` are looked for.

    Weekly tests are looked for after the `event` that is time zero; where none is named, on any day. What was
    found is kept in `known`.
    """
    seen, stays, kept = cohort.observations, cohort.discharges, known or DerivedOnce()

    def usable() -> pd.Series:
        return seen["finding"].isin(USABLE)

    def source(name: str) -> pd.Series:
        return seen["source"] == name

    def admitted() -> pd.Series:
        return seen["finding"] == "admission"

    def again() -> bool:
        return bool(stays.loc[stays["admit_day"].notna(), "client_id"].duplicated().any())

    def reports() -> pd.DataFrame:
        return seen[(usable() & source("self_report")).fillna(False).to_numpy(dtype=bool)]

    found: dict[str, Callable[[], object]] = {
        "use": lambda: usable().any(),
        "urine": lambda: (usable() & source("urine")).any(),
        "weekly_urine": lambda: _tested_weekly(cohort, event),
        "due": lambda: (
            cohort.schedule is not None or (seen["finding"].isin(TOLD_NOTHING) & source("urine")).any()
        ),
        "self_report": lambda: (usable() & source("self_report")).any(),
        "use_days": lambda: _two_days_running(reports()),
        "claim": lambda: source("claim").any(),
        "principal_sud": lambda: (source("claim") & _stated(seen, "principal_sud")).any(),
        "certainty": lambda: (source("claim") & _stated(seen, "certainty")).any(),
        "stays": lambda: again() or (admitted() & _stated(seen, "level")).any(),
        "admissions": lambda: again() or admitted().any(),
        "services": lambda: len(cohort.services) > 0,
        "visits": lambda: cohort.schedule is not None or _stated(seen, "due_day").any(),
    }
    # Time zero matters to weekly tests alone.
    keys = {name: ("held", name, event if name == "weekly_urine" else "") for name in names}
    return frozenset(name for name in names if kept.once(keys[name], found[name]))


def applicable(cohort: Cohort, *, known: DerivedOnce | None = None) -> tuple[tuple[EndpointSpec, str], ...]:
    """Return every definition that a cohort can serve as an outcome, with each rule that it can serve.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    known : DerivedOnce or None
        What has been found of the cohort, and is kept.

    Returns
    -------
    tuple of (EndpointSpec, str)
        In the order of the registry; the second is a value of `outcome.missing`, "as_defined" first.
    """
    has = held(cohort, known=known)
    return tuple(
        (spec, rule)
        for spec in endpoints()
        if spec.as_outcome and not _lacking(spec, has)
        for rule in spec.missing
        if not _rule_lacks(cohort, spec, rule)
    )


def not_applicable(
    cohort: Cohort, *, known: DerivedOnce | None = None
) -> tuple[tuple[EndpointSpec, str, str], ...]:
    """Return what `applicable` of the same leaves out, with the reason.

    Returns
    -------
    tuple of (EndpointSpec, str, str)
        Definition, value of `outcome.missing` (empty for the definition as a whole), reason.
    """
    return tuple(_reasons(cohort, held(cohort, known=known)))


def refuse_lacking(
    cohort: Cohort, spec: EndpointSpec, missing: str, *, event: str, known: DerivedOnce | None = None
) -> None:
    """Refuse a definition, or a rule for missing observations, that a cohort cannot serve.

    What a cohort holds is looked for once, and kept in `known`.

    Raises
    ------
    DesignError
        What is lacking.
    """
    asked = {name for need in spec.needs for name in need.split("|")}
    lacking = _lacking(spec, held(cohort, asked, event=event, known=known))
    if lacking:
        raise DesignError(
            f"{spec.name} needs {lacking}; the cohort holds none. Map them in the cohort file, or choose "
            "another endpoint: `stepdown endpoints --cohort cohort.toml` shows which can be used."
        )
    lacks = _rule_lacks(cohort, spec, missing)
    if lacks:
        raise DesignError(
            f'outcome.missing = "{missing}" cannot be used for {spec.name}: {lacks}. Add this to the cohort '
            'file, or set missing = "as_defined".'
        )


def _reasons(cohort: Cohort, has: frozenset[str]) -> Iterator[tuple[EndpointSpec, str, str]]:
    for spec in endpoints():
        if not spec.as_outcome:
            continue
        lacking = _lacking(spec, has)
        if lacking:
            yield spec, "", f"needs {lacking}"
            continue
        for rule in spec.missing:
            lacks = _rule_lacks(cohort, spec, rule)
            if lacks:
                yield spec, rule, lacks


def _lacking(spec: EndpointSpec, has: frozenset[str]) -> str:
    """Return in words what a definition needs and the cohort has not."""
    lacking = [need.split("|") for need in spec.needs if not has.intersection(need.split("|"))]
    return "; and ".join(" or ".join(NEEDS[name] for name in names) for names in lacking)


def _rule_lacks(cohort: Cohort, spec: EndpointSpec, rule: str) -> str:
    """Return why a rule would change nothing for this cohort; empty if it can be used."""
    findings = cohort.observations["finding"]
    if rule in ("positive", "last"):
        due = cohort.schedule is not None or findings.isin(TOLD_NOTHING).any()
        return "" if due else _NO_DUE
    return _NO_CLEAN if rule == "interval" and not (findings == "negative").any() else ""


def _stated(table: pd.DataFrame, name: str) -> pd.Series:
    return table[name].notna() if name in table else pd.Series(False, index=table.index)


def _tested_weekly(cohort: Cohort, event: str) -> bool:
    """Return whether half or more of all clients have urine tests, made or missed, in four or more weeks.

    Where only those in care are tested, a definition that counts weeks would find use in them alone. So the
    tests that everyone has during a stay do not count where time zero is its end.
    """
    seen, stays = cohort.observations, cohort.discharges
    asked = seen["finding"].isin((*USABLE, *TOLD_NOTHING)) & (seen["source"] == "urine").fillna(False)
    tests = seen.loc[asked, ["client_id", "day"]]
    day, clients = floats(tests["day"]), stays["client_id"].nunique()
    if event:
        zero = stays.groupby("client_id")[MOMENTS[event]].min().dropna()
        day, clients = day - floats(tests["client_id"].map(zero)), len(zero)
        tests, day = tests[day > 0], day[day > 0]
    weeks = tests.assign(week=week_of(day)).drop_duplicates(["client_id", "week"])
    often = (weeks.groupby("client_id")["week"].size() >= _WEEKS).sum()
    return bool(2 * often >= clients)


def _two_days_running(reports: pd.DataFrame) -> bool:
    """Return whether some client has dated reports on two days running."""
    day = floats(reports["day"])
    dated = np.isnan(floats(reports["since_day"])) | (floats(reports["since_day"]) == day - 1)
    days = pd.DataFrame({"who": reports["client_id"].to_numpy()[dated], "day": day[dated]})
    days = days.drop_duplicates().sort_values(["who", "day"])
    return bool((days.groupby("who", sort=False)["day"].diff() == 1).any())
