"""From a cohort to the rate of a quality measure, overall, by site and by quarter.

Each event (a discharge, or new care) leaves by at most one exclusion, the first in the file's order that
takes it out, so that events = removed by each reason + denominator. A window counts only where it is
complete at the data cut. Days are calendar days after day 0.

Interval: `stepdown.cohort.clustered_proportions`: Wilson, with the design effect of clients who count several
times.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.clustered_proportions import METHOD, Clusters, share_columns
from stepdown.cohort.measures.care_record import CareRecord, clients_of
from stepdown.cohort.measures.credited_care import began, credited, in_order, in_turn, meets, recorded
from stepdown.cohort.measures.exclusions import Leaving
from stepdown.cohort.measures.index_events import events
from stepdown.cohort.measures.intensive_spells import ended_courses, weeks_of_care
from stepdown.cohort.measures.leaving_reasons import counted_reasons, reasons_after
from stepdown.cohort.measures.medication_supply import new_medication
from stepdown.cohort.measures.treatment_course import TreatmentCourse, course
from stepdown.cohort.measures.treatment_episodes import first_encounters, new_episodes
from stepdown.errors import DesignError
from stepdown.schema import NOT_CARE, CareRules, Cohort, Measure

NOT_KNOWN = "not known"
_ORDER = (
    "events",
    "excluded",
    "denominator",
    "numerator",
    "clients",
    "rate",
    "conf_low",
    "conf_high",
    "design_effect",
)
Ints = NDArray[np.int64]
Removed = list[tuple[str, NDArray[np.bool_]]]
Columns = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, eq=False, kw_only=True)
class MeasureResult:
    """A quality measure, computed.

    Attributes
    ----------
    measure : Measure
        Its definition.
    table : DataFrame
        `measure, window`, the columns of `by` (empty for all; one filled at a time, or all), `events`
        (before exclusions), `excluded`, `denominator, numerator, clients` (in the denominator), `rate`,
        `low, high`, `design_effect`. The rate is missing where no one is left.
    exclusions : DataFrame
        `measure, window`, the columns of `by`, `step` (from 1, in order), `reason`, `removed`, `left`.
    method : str
        How the intervals are made.
    notes : tuple of str
        What could not be checked with these data.
    reasons : DataFrame
        `window, reason, events`: of those who did not meet a measure of PHP or IOP, why they left it, as
        episodes among the discharges state it, and `not_recorded`; empty for other measures.
    """

    measure: Measure
    table: pd.DataFrame
    exclusions: pd.DataFrame
    method: str
    notes: tuple[str, ...]
    reasons: pd.DataFrame


def measure(
    cohort: Cohort,
    spec: Measure,
    *,
    by: tuple[str, ...] = ("site_id", "quarter"),
    crossed: bool = False,
    data_cut: int | None = None,
    level: float = 0.95,
    rules: CareRules | None = None,
) -> MeasureResult:
    """Compute a quality measure.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    spec : Measure
        One entry of `read_measures()`.
    by : tuple of str
        Among "site_id", "quarter" and "level": reported for each value and for all together.
    crossed : bool
        Also for each combination of values that occurs, such as each quarter of each site. Such cells are
        small: they are for the program itself.
    data_cut : int, optional
        Last day that the data could show, on the own clock; that of the cohort if left out.
    level : float
        Confidence level.
    rules : CareRules, optional
        Rules for levels of care; those of the package if left out.

    Returns
    -------
    MeasureResult

    Raises
    ------
    DesignError
        The cohort lacks what the measure needs, holds no such event, or `by` names another column.
    """
    return _measured(CareRecord.of(cohort, rules), spec, by, crossed=crossed, data_cut=data_cut, level=level)


def _measured(
    record: CareRecord,
    spec: Measure,
    by: tuple[str, ...],
    *,
    crossed: bool,
    data_cut: int | None,
    level: float,
) -> MeasureResult:
    cohort = record.cohort
    _check(record, spec, by)
    key = ("events", spec.denominator, spec.numerator.completion)
    index = record.once(key, lambda: _index(record, spec))
    if index.empty:
        raise DesignError(f"{spec.name} counts nothing here: the cohort holds no event of its denominator.")
    found = _course(record, index, spec)
    cut = cohort.data_cut if data_cut is None else data_cut
    leaving = Leaving(record, index, spec, cut, key=key, until=None if found is None else found.until)
    groups, among = record.once((*key, by, crossed), lambda: _grouped(index, by, crossed=crossed))
    met = _met(record, index, spec, found)
    tables, excluded = [], []
    everyone = np.bincount(groups.code, minlength=len(groups.keys))
    shared: Columns = groups.columns(by)
    for window in spec.windows:
        steps, hit = leaving.steps(window), met(window)
        gone = np.logical_or.reduce([out for _, out in steps])
        rates = share_columns(hit[groups.event], among, inside=~gone[groups.event], level=level)
        rates |= {"events": everyone, "excluded": np.subtract(everyone, rates["denominator"])}
        stated: Columns = {"window": np.full(len(everyone), window)}
        tables.append(stated | shared | {name: rates[name] for name in _ORDER})
        removed = _removed(steps, groups, by)
        excluded.append({"window": np.full(len(removed["step"]), window)} | removed)
    return MeasureResult(
        measure=spec,
        table=_stacked(spec.name, tables),
        exclusions=_stacked(spec.name, excluded),
        method=METHOD,
        notes=tuple(dict.fromkeys([*_missing_kinds(cohort, spec), *leaving.notes])),
        reasons=_reasons(record, index, spec, ~gone & ~hit),
    )


def _stacked(name: str, parts: list[Columns]) -> pd.DataFrame:
    columns = {column: np.concatenate([part[column] for part in parts]) for column in parts[0]}
    return pd.DataFrame({"measure": name} | columns)


def _reasons(
    record: CareRecord, index: pd.DataFrame, spec: Measure, unmet: NDArray[np.bool_]
) -> pd.DataFrame:
    """Return why those who did not meet a measure left PHP or IOP, in its longest window."""
    if "reason" in index:
        reason = index["reason"].to_numpy(dtype=object)
    elif spec.numerator.rule == "in_order":
        unmet = unmet & began(record, index, spec)
        reason = reasons_after(record, index, spec)
    else:
        reason, unmet = np.zeros(0, dtype=object), np.zeros(0, dtype=bool)
    counts = counted_reasons(reason, unmet)
    return pd.DataFrame(
        {"window": spec.windows[-1], "reason": counts.index.astype(str), "events": counts.to_numpy()}
    )


def _grouped(index: pd.DataFrame, by: tuple[str, ...], *, crossed: bool) -> tuple["_Groups", Clusters]:
    groups = _Groups.of(index, by, crossed=crossed)
    return groups, Clusters.of(groups.code, clients_of(index)[groups.event], len(groups.keys))


def _index(record: CareRecord, spec: Measure) -> pd.DataFrame:
    if spec.denominator.event == "new_episode":
        return new_episodes(record, spec)
    if spec.denominator.event == "first_encounter":
        return first_encounters(record)
    if spec.denominator.event == "new_medication":
        return new_medication(record, spec)
    if spec.denominator.event == "week":
        return weeks_of_care(record, spec)
    if spec.denominator.event == "course":
        return ended_courses(record, spec)
    return events(record, spec)


def _course(record: CareRecord, index: pd.DataFrame, spec: Measure) -> TreatmentCourse | None:
    """Return initiation and engagement, found once for both measures; None for other rules."""
    if spec.numerator.rule not in ("initiated", "engaged"):
        return None
    rule = spec.numerator.model_copy(update={"rule": "engaged"})
    key = ("course", spec.denominator, spec.windows, spec.window_end, rule)
    return record.once(key, lambda: course(record, index, spec))


def _met(
    record: CareRecord, index: pd.DataFrame, spec: Measure, found: TreatmentCourse | None
) -> Callable[[int], NDArray[np.bool_]]:
    """Return the function that decides which events meet a measure within a window."""
    if found is not None:
        hit = found.initiated & found.engaged if spec.numerator.rule == "engaged" else found.initiated
        return lambda window: hit
    if "hit" in index:
        stated = index["hit"].to_numpy(dtype=bool)
        return lambda window: stated
    if spec.numerator.rule == "in_order":
        parts = in_turn(record, index, spec)
        return lambda window: in_order(parts, spec, window, size=len(index))
    noted, care = recorded(record.cohort, index, spec), credited(record, index, spec)
    return lambda window: noted | meets(care, spec, window, size=len(index))


def measure_all(
    cohort: Cohort,
    specs: Iterable[Measure],
    *,
    by: tuple[str, ...] = ("site_id", "quarter"),
    data_cut: int | None = None,
    level: float = 0.95,
    rules: CareRules | None = None,
) -> tuple[tuple[MeasureResult, ...], dict[str, str]]:
    """Compute every measure that the cohort allows.

    Parameters
    ----------
    specs : iterable of Measure
        Such as `read_measures()`.
    cohort, by, data_cut, level, rules
        As for `measure`.

    Returns
    -------
    results : tuple of MeasureResult
        In order.
    missing : dict of str to str
        Names of the others, each with what it lacks.
    """
    results, missing = [], {}
    record = CareRecord.of(cohort, rules)
    for spec in specs:
        try:
            results.append(_measured(record, spec, by, crossed=False, data_cut=data_cut, level=level))
        except DesignError as error:
            missing[spec.name] = str(error)
    return tuple(results), missing


def _check(record: CareRecord, spec: Measure, by: tuple[str, ...]) -> None:
    cohort = record.cohort
    if not set(by) <= {"site_id", "quarter", "level"}:
        raise DesignError("by may hold site_id, quarter and level. Leave out anything else.")
    columns = [credit.column for credit in spec.numerator.credits if credit.source == "column"]
    columns += [step.column for step in spec.exclusions if step.rule == "not_recorded"]
    absent = sorted({column for column in columns if column not in cohort.discharges})
    if absent:
        raise DesignError(
            f"{spec.name} needs {', '.join(absent)}, which the discharges lack. Map it in the cohort file."
        )
    served = any(credit.source == "services" for credit in spec.numerator.credits)
    if served and cohort.services.empty:
        raise DesignError(f"{spec.name} needs services, and the cohort holds none. Map a table of services.")
    received = any(credit.source == "care" for credit in spec.numerator.credits)
    if received and cohort.services.empty and not len(record.care):
        raise DesignError(
            f"{spec.name} needs services, or episodes of PHP, IOP or outpatient care among the discharges, "
            "and the cohort holds none. Map them in the cohort file."
        )
    kinds = [bool(credit.kinds) for credit in spec.numerator.credits]
    if spec.denominator.event == "new_medication" and not {"kind", "medication"} & set(cohort.services):
        raise DesignError(
            f"{spec.name} needs services.kind or services.medication, which the cohort lacks. Map one of "
            "them in the cohort file."
        )
    if spec.numerator.rule == "hours" and "hours" not in cohort.services:
        raise DesignError(
            f"{spec.name} needs services.hours, which the cohort lacks. Map it in the cohort file."
        )
    if (spec.denominator.kinds or (kinds and all(kinds))) and "kind" not in cohort.services:
        raise DesignError(
            f"{spec.name} needs services.kind, which the cohort lacks. Map it in the cohort file."
        )


def _missing_kinds(cohort: Cohort, spec: Measure) -> Iterator[str]:
    """Yield what of the credits cannot be identified from these data."""
    if spec.denominator.event == "new_medication" and "medication" not in cohort.services:
        yield (
            "The cohort holds no names of medications, so those for other substances are not left out, and "
            "supply is not added up."
        )
    for credit in spec.numerator.credits:
        if credit.source not in ("care", "services"):
            continue
        if spec.numerator.long_acting and credit.kinds and "medication" not in cohort.services:
            yield "The cohort holds no names of medications, so a long-acting one counts like any other."
        # Drug tests and mutual-help meetings are no care received.
        left_out = (*(NOT_CARE if credit.source == "care" else ()), *credit.not_kinds)
        if "kind" not in cohort.services:
            if credit.kinds:
                yield f"The cohort holds no kind of service, so {', '.join(credit.kinds)} is not credited."
            elif left_out:
                names = ", ".join(left_out)
                yield f"The cohort holds no kind of service, so {names} could not be left out."
        if credit.modalities and "modality" not in cohort.services:
            yield f"The cohort holds no modality, so {', '.join(credit.modalities)} is not credited."
    admissions = {credit.source for credit in spec.numerator.credits} == {"stays", "observations"}
    if admissions and not _shows_admissions(cohort):
        yield (
            "The cohort holds no second stay of a client and no finding of an admission: it may be unable to "
            "show any."
        )


def _shows_admissions(cohort: Cohort) -> bool:
    again = cohort.discharges["client_id"].duplicated().any()
    return bool(again or (cohort.observations["finding"] == "admission").any())


@dataclass(frozen=True, eq=False)
class _Groups:
    """All events as one group, then the groups of each column, one under the other.

    `event` and `code` hold the place of an event and its group, once for each column that groups it; `keys`
    the values of each group.
    """

    event: Ints
    code: Ints
    keys: tuple[dict[str, str], ...]

    @classmethod
    def of(cls, index: pd.DataFrame, by: tuple[str, ...], *, crossed: bool) -> "_Groups":
        everyone = np.arange(len(index), dtype=np.int64)
        codes, keys = [np.zeros_like(everyone)], [dict[str, str]()]
        held = [name for name in by if index[name].notna().any()]
        together = [tuple(held)] if crossed and len(held) > 1 else []
        for names in [*((name,) for name in held), *together]:
            code, labels = _coded(index, names)
            codes.append(code + len(keys))
            keys += [dict(zip(names, label, strict=True)) for label in labels]
        return cls(np.tile(everyone, len(codes)), np.concatenate(codes), tuple(keys))

    def columns(self, by: tuple[str, ...], times: int = 1) -> Columns:
        """Return the values of each group as columns, each group several times; empty for all."""
        return {
            name: np.repeat([key.get(name, "") for key in self.keys], times).astype(object) for name in by
        }


def _coded(index: pd.DataFrame, names: tuple[str, ...]) -> tuple[Ints, list[tuple[str, ...]]]:
    """Return the group of each event by the values of columns, and the values of each group, sorted."""
    if len(names) == 1:
        codes, single = pd.factorize(_text(index[names[0]]), sort=True)
        return codes.astype(np.int64), [(str(label),) for label in single]
    values = pd.MultiIndex.from_arrays([_text(index[name]) for name in names])
    codes, labels = pd.factorize(values, sort=True)
    return codes.astype(np.int64), [tuple(str(part) for part in label) for label in labels]


def _text(values: pd.Series) -> pd.Series:
    return values.astype("string").fillna(NOT_KNOWN)


def _removed(steps: Removed, groups: _Groups, by: tuple[str, ...]) -> Columns:
    """Return the columns of the exclusions: one row for each group and step."""
    size = len(groups.keys)
    removed = np.array([
        np.bincount(groups.code[out[groups.event]], minlength=size) for _, out in steps
    ]).T  # fmt: skip
    left = np.bincount(groups.code, minlength=size)[:, None] - np.cumsum(removed, axis=1)
    return groups.columns(by, len(steps)) | {
        "step": np.tile(np.arange(1, len(steps) + 1), size),
        "reason": np.tile(np.array([reason for reason, _ in steps], dtype=object), size),
        "removed": removed.ravel(),
        "left": left.ravel(),
    }
