"""Checks and codes the input of every estimator.

Ties: times within 1e-9 (relative) of each other are one time, the smallest of them; rounding of days that
were divided (ages in years, dates in seconds) would otherwise order them falsely. Frames and series are read
by position; their index is ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from stepdown.errors import ROWS_SHOWN, EstimateError, Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ClusterCorrection = Literal["t", "none"]
"""For few clusters: G / (G - 1) and t on G - 1 degrees of freedom, or neither, as in R."""

TIE_TOLERANCE = 1e-9
"""Relative distance below which two times are the same time."""

DENSE = 4
"""Whole numbers up to so many times their count are ranked without a sort."""

SMALLEST, LARGEST = 1e-50, 1e50
"""Weights and spans of covariates outside this range would be lost in squares and products."""

LARGEST_NUMBER = float(np.finfo(float).max)
MOST_DRAWS = 10_000_000
"""Replicates, draws and knots beyond which they would fill the memory."""
DATES = "holds dates or spans of time, not numbers"


@dataclass(frozen=True, eq=False)
class Sample:
    """Checked input, coded as integers; n rows.

    Attributes
    ----------
    grid : ndarray
        Unique times, ascending, days and entries together.
    stop : ndarray of int, shape (n,)
        Position of each row's last day in `grid`.
    start : ndarray of int, shape (n,), or None
        Position of each row's entry in `grid`; None where everyone is at risk from the start.
    cause : ndarray of int, shape (n,)
        0 censored, 1.. the cause.
    causes : int
        Number of causes: the highest code, at least 1.
    arm : ndarray of int, shape (n,)
        Position of each row's arm in `labels`.
    labels : tuple
        Arms in order: of the categories for categorical input, sorted otherwise.
    weight : ndarray, shape (n,), or None
        Weights as given.
    cluster : ndarray of int, shape (n,), or None
        Clusters, coded.
    correction : {"t", "none"}
        Whether variances by cluster are times G / (G - 1) and quantiles of t on G - 1 degrees of freedom.
    """

    grid: Floats
    stop: Ints
    start: Ints | None
    cause: Ints
    causes: int
    arm: Ints
    labels: tuple[object, ...]
    weight: Floats | None
    cluster: Ints | None
    correction: str = "t"

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.stop)

    @property
    def independent(self) -> bool:
        """Whether rows are independent and count once: no weights and no clusters."""
        return self.weight is None and self.cluster is None

    def part(self, rows: Bools) -> Sample:
        """Return some of the rows, with the arms that they have."""
        arm, found = np.unique(self.arm[rows], return_inverse=True)
        return replace(
            self, stop=self.stop[rows], start=None if self.start is None else self.start[rows],
            cause=self.cause[rows], arm=found, labels=tuple(self.labels[place] for place in arm),
            weight=None if self.weight is None else self.weight[rows],
            cluster=None if self.cluster is None else self.cluster[rows],
        )  # fmt: skip

    def together(self) -> Sample:
        """Return the same rows as one arm."""
        return replace(self, arm=np.zeros_like(self.arm), labels=("all",))

    def cluster_count(self, rows: Bools | None = None) -> int:
        """Return the number of clusters of some rows; 0 where none were given."""
        if self.cluster is None:
            return 0
        return int(np.count_nonzero(np.bincount(self.cluster if rows is None else self.cluster[rows])))

    def cluster_terms(self, rows: Bools | None = None) -> tuple[float, int]:
        """Return the factor on variances by cluster and the degrees of freedom; (1, 0) for none."""
        count = self.cluster_count(rows)
        if not count or self.correction == "none":
            return 1.0, 0
        return (count / (count - 1), count - 1) if count > 1 else (1.0, 0)

    @property
    def full_weight(self) -> Floats:
        """Weights, ones where none were given, shape (n,)."""
        return np.ones(self.size) if self.weight is None else self.weight

    @property
    def entry(self) -> Floats:
        """Entry of each row, 0 where none was given, shape (n,)."""
        return np.zeros(self.size) if self.start is None else self.grid[self.start]


class Faults:
    """Collects every fault before any is raised."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def where(self, column: str, bad: Bools, what: str, remedy: str) -> bool:
        """Record the rows that are bad, and return whether there are any."""
        rows = np.flatnonzero(bad)
        if len(rows):
            first = tuple(int(row) for row in rows[:ROWS_SHOWN])
            self.found.append(Problem(table=column, what=what, remedy=remedy, count=len(rows), rows=first))
        return bool(len(rows))

    def add(self, column: str, what: str, remedy: str) -> None:
        """Record a fault of a whole column."""
        self.found.append(Problem(table=column, what=what, remedy=remedy))

    def lengths(
        self,
        name: str,
        size: int,
        columns: dict[str, ArrayLike | None],
        remedy: str = "Give one value per row.",
    ) -> None:
        """Raise where a column has not as many rows as the one named."""
        for column, values in columns.items():
            if values is not None and np.shape(values) != (size,):
                found = np.shape(values)[0] if np.ndim(values) else 1
                self.add(column, f"has {found:,} rows where {name} has {size:,}", remedy)
        self.stop()

    def stop(self) -> None:
        """Raise where there are faults."""
        if len(self.found) == 1:
            raise EstimateError(str(self.found[0]))
        if self.found:
            lines = (f"  {number}. {problem}" for number, problem in enumerate(self.found, 1))
            raise EstimateError("\n".join([f"{len(self.found)} problems found:", *lines]))


def check(
    days: ArrayLike,
    event: ArrayLike,
    *,
    arm: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    correction: str = "t",
    single_cause: bool = False,
    names: tuple[str, str] = ("days", "entry"),
) -> Sample:
    """Return the checked sample, or raise one error that lists every fault.

    Parameters
    ----------
    days, event, arm, entry, weights, cluster : array-like, shape (n,)
        As in `stepdown.survival.aalen_johansen`.
    correction : {"t", "none"}
        For few clusters.
    single_cause : bool
        Refuse event codes above 1.
    names : tuple of str
        The caller's names of days and entry.

    Raises
    ------
    EstimateError
        Empty input, unequal lengths, values that are missing, infinite, negative or not numbers,
        entry not before the last day, codes that are not whole numbers, an arm without people.
    """
    check_correction(correction)
    faults = Faults()
    last = numbers(names[0], days, faults)
    code = numbers("event", event, faults)
    first = None if entry is None else numbers(names[1], entry, faults)
    weight = None if weights is None else numbers("weights", weights, faults)
    faults.stop()
    sizes = {"event": code, names[1]: first, "weights": weight, "arm": arm, "cluster": cluster}
    faults.lengths(names[0], len(last), sizes)
    for column, values in zip(names, (last, first), strict=True):
        if values is not None:
            _days(column, values, faults)
    drop = f"People are at risk on ({names[1]}, {names[0]}]: drop rows that add no time"
    if first is not None:
        what = f"is not before {names[0]}"
        faults.where(names[1], first >= last, what, f"{drop}, or leave {names[1]} out.")
    _codes(code, single_cause, faults)
    if weight is not None:
        check_weights(weight, "Drop rows of weight zero; check the model behind the weights.", faults)
    groups, labels = code_labels("arm", arm, len(last), faults)
    clusters, _ = code_labels("cluster", cluster, len(last), faults)
    faults.stop()
    grid, stop, start = merge_ties(last, first)
    if start is not None:
        faults.where(names[1], start >= stop, f"is the same time as {names[0]}, up to rounding", f"{drop}.")
        faults.stop()
    cause = code.astype(np.int64)
    return Sample(
        grid=grid, stop=stop, start=start, cause=cause, causes=max(1, int(cause.max())), arm=groups,
        labels=labels, weight=weight, cluster=None if cluster is None else clusters, correction=correction,
    )  # fmt: skip


def check_weights(weight: Floats, remedy: str, faults: Faults) -> None:
    """Record the weights that cannot be computed with."""
    usable = np.isfinite(weight) & (weight > 0)
    faults.where("weights", ~usable, "is not a positive finite number", remedy)
    extreme = usable & ((weight < SMALLEST) | (weight > LARGEST))
    divide = "Only ratios of weights matter: divide all by their mean."
    faults.where("weights", extreme, "is below 1e-50 or above 1e50", divide)


def check_correction(correction: str) -> str:
    """Return a correction for few clusters, or raise where it is unknown."""
    if correction not in get_args(ClusterCorrection):
        raise EstimateError('correction must be "t" or "none". The default is t.')
    return correction


def check_result(name: str, value: object, kind: type, maker: str) -> None:
    """Raise where an argument is not a result of the function that makes it."""
    if not isinstance(value, kind):
        raise EstimateError(f"{name} is not a result of {maker}. Give what it returns.")


def check_results(name: str, values: object, kinds: tuple[type, ...], maker: str) -> None:
    """Raise where an argument is not a list of results of the functions that make them."""
    if not isinstance(values, list | tuple) or not all(isinstance(value, kinds) for value in values):
        raise EstimateError(f"{name} must be a list of results of {maker}.")


def is_number(value: object) -> bool:
    """Whether an option is a finite number: no text, no truth value, nothing missing."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    return bool(abs(float(value) if isinstance(value, np.generic) else value) <= LARGEST_NUMBER)


def check_count(name: str, value: object, least: int) -> int:
    """Return a whole number from `least` up, or raise."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise EstimateError(f"{name} must be a whole number from {least:,} up.")
    if value > MOST_DRAWS:
        raise EstimateError(f"{name} must be at most {MOST_DRAWS:,}. A few thousand are enough.")
    return int(value)


def check_seed(seed: object) -> int:
    """Return the seed of a simulation, or raise: without one its numbers would differ from run to run."""
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
        raise EstimateError(
            "seed must be a whole number from 0 up. Without one the numbers would differ from run to run."
        )
    return int(seed)


def check_times(name: str, *times: float) -> Floats:
    """Return the times as an array, or raise where one is missing, infinite or negative."""
    try:
        if any(isinstance(time, str) for time in times):
            raise TypeError
        values = np.asarray(times, dtype=float)
    except (TypeError, ValueError, OverflowError):
        values = np.array([np.nan])
    if values.ndim != 1 or not len(values) or not np.all(np.isfinite(values) & (values >= 0)):
        raise EstimateError(f"{name} must be one or more days, zero or above. Check the days requested.")
    return values


def check_window(a: float, b: float, horizon: float | None = None) -> None:
    """Raise where (a, b] is no window, or the horizon is before b."""
    check_times("a, b", a, b)
    if not a < b:
        raise EstimateError("a must be before b. The window is (a, b].")
    if horizon is not None and not (is_number(horizon) and b <= horizon):
        raise EstimateError("horizon must not be before b. Use the last day of the study's times.")


def check_bands(name: str, cuts: ArrayLike, noun: str = "bands") -> Floats:
    """Return the bounds of bands, or raise where they are not two days or more, ascending."""
    bounds = check_times(name, *several(cuts))
    if len(bounds) < 2 or not np.all(np.diff(bounds) > 0):
        raise EstimateError(f"{name} must hold at least two days, ascending. [0, 30, 90] gives two {noun}.")
    return bounds


def check_per(per: float) -> None:
    """Raise where the person-days that rates are given per are not positive."""
    if not (is_number(per) and per > 0):
        raise EstimateError("per must be a positive number of person-days. Use 1 for a daily rate.")


def several(values: ArrayLike) -> tuple[float, ...]:
    """Return what may be one value or many as a tuple, unchecked."""
    return tuple(np.atleast_1d(np.asarray(values, dtype=object)))


def check_cause(cause: float) -> int:
    """Return the code of a cause, or raise where it is no whole number from 1 up."""
    if not is_number(cause) or cause < 1 or cause != int(cause):
        raise EstimateError("cause must be a whole number from 1 up. Use the code of the event compared.")
    return int(cause)


def check_level(level: float) -> None:
    """Raise where a confidence level is not strictly between 0 and 1."""
    if not (is_number(level) and 0 < level < 1):
        raise EstimateError("level must lie between 0 and 1. Use 0.95 for a 95% interval.")


def numbers(column: str, values: ArrayLike, faults: Faults) -> Floats:
    """Return a column as numbers, one per row; record what is not, or is empty."""
    if of_dates(values):
        faults.add(column, DATES, "Count days from time zero.")
        return np.empty(0)
    if isinstance(getattr(values, "dtype", None), pd.CategoricalDtype):
        faults.add(column, "holds categories, not numbers", "Convert it to numbers first.")
        return np.empty(0)
    try:
        array = as_floats(values)
    except (TypeError, ValueError, OverflowError):
        faults.add(column, "holds something that is not a number", "Convert it to numbers first.")
        return np.empty(0)
    if array.ndim != 1:
        faults.add(column, f"has {array.ndim} dimensions", "Give one value per row.")
    elif not len(array):
        faults.add(column, "is empty", "Check the selection of rows.")
    return array


def of_dates(values: ArrayLike) -> bool:
    """Whether a column holds dates or spans of time, which numpy would read as nanoseconds."""
    kind = getattr(values, "dtype", None)
    return kind is not None and getattr(kind, "kind", "") in "mM"


def as_floats(values: ArrayLike) -> Floats:
    """Return a copy as floats, masked entries missing; raise TypeError or ValueError where that is none."""
    if np.iscomplexobj(values):
        raise TypeError("complex")
    if holds_text(values):
        raise TypeError("text")
    if isinstance(values, np.ma.MaskedArray):
        return np.asarray(np.ma.filled(values.astype(float), np.nan))
    return np.array(values, dtype=float)


def holds_text(values: ArrayLike) -> bool:
    """Whether a column holds text, which numpy would read as numbers where it looks like them."""
    if isinstance(values, list | tuple):
        return any(isinstance(value, str) for value in values)
    kind = getattr(values, "dtype", None)
    if getattr(kind, "kind", "-") == "O" and not isinstance(kind, pd.StringDtype):
        return "string" in pd.api.types.infer_dtype(np.ravel(np.asarray(values)), skipna=True)
    return isinstance(kind, pd.StringDtype) or getattr(kind, "kind", "-") in "US"


def _days(column: str, values: Floats, faults: Faults) -> None:
    faults.where(
        column,
        np.isnan(values),
        "is missing",
        "Find their day; to drop these rows assumes that they are like the others.",
    )
    last = "Use the last day on which the person was observed."
    faults.where(column, np.isinf(values), "is infinite", last)
    earlier = "Count days from time zero; exclude earlier events before this step."
    faults.where(column, values < 0, "is negative", earlier)


def _codes(code: Floats, single: bool, faults: Faults) -> None:
    known = np.isfinite(code)
    bad = ~known
    bad[known] = (code[known] < 0) | (code[known] != np.floor(code[known]))
    coding = "Use 0 for censored, 1, 2, ... for the causes."
    if faults.where("event", bad, "is not a whole number from 0 up", coding):
        return
    if single:
        several_causes = "Use 0 and 1 here; for competing causes use aalen_johansen."
        faults.where("event", code > 1, "is above 1", several_causes)
    elif code.max() > 100:
        faults.add("event", "has codes above 100", "Number the causes 1, 2, 3, ...")


def code_labels(
    column: str, values: ArrayLike | None, size: int, faults: Faults
) -> tuple[Ints, tuple[object, ...]]:
    """Return each row's position among the labels, and the labels in order."""
    if values is None:
        return np.zeros(size, dtype=np.int64), ("all",)
    categories: pd.Index
    if isinstance(getattr(values, "dtype", None), pd.CategoricalDtype):
        held = pd.Categorical(values)  # type: ignore[arg-type]
        codes, categories = np.asarray(held.codes), held.categories
        empty = len(categories) - np.count_nonzero(np.bincount(codes[codes >= 0]))
        if empty and column == "arm":
            what = f"has {empty} of {len(categories)} arms without people"
            faults.add("arm", what, "Drop the unused categories, or check the selection.")
    else:
        codes, categories = ranked(np.asarray(values))
    faults.where(
        column,
        codes < 0,
        "is missing",
        "State where they belong; to drop these rows assumes that they are like the others.",
    )
    return codes.astype(np.int64), tuple(categories.tolist())


def ranked(values: NDArray[Any]) -> tuple[Ints, pd.Index]:
    """Return each value's place among the distinct ones, -1 where missing, and these in ascending order."""
    if values.dtype.kind in "if" and values.ndim == 1 and len(values):
        whole = values.astype(np.int64) if values.dtype.kind == "i" or _counts(values) else np.full(1, -1)
        # Days, and clients that are numbered, are counted without a sort.
        if whole.min() >= 0 and whole.max() < DENSE * len(values):
            present = np.bincount(whole) > 0
            place = np.cumsum(present) - 1
            return place[whole], pd.Index(np.flatnonzero(present).astype(values.dtype))
    factor: Callable[..., tuple[Ints, pd.Index]] = pd.factorize
    return factor(values, sort=True)


def _counts(values: Floats) -> bool:
    """Whether all are whole numbers from 0 up that are not large."""
    return bool(np.all((values >= 0) & (values < DENSE * len(values))) and np.all(values == np.rint(values)))


def merge_ties(days: Floats, entry: Floats | None) -> tuple[Floats, Ints, Ints | None]:
    """Return the unique times, ascending, and the positions of days and entries among them."""
    size = len(days)
    every = days if entry is None else np.concatenate([days, entry])
    codes, unique = ranked(every)
    grid = np.asarray(unique, dtype=float)
    new = np.ones(len(grid), dtype=bool)
    new[1:] = np.diff(grid) > TIE_TOLERANCE * grid[1:]
    codes = (np.cumsum(new) - 1)[codes]
    return grid[new], codes[:size], None if entry is None else codes[size:]


def check_strata(strata: ArrayLike | None, size: int) -> Ints | None:
    """Return the strata as codes, None where none were given; raise where one is missing."""
    if strata is None:
        return None
    faults = Faults()
    faults.lengths("days", size, {"strata": strata})
    codes, _ = code_labels("strata", strata, size, faults)
    faults.stop()
    return codes


def order_within(person: Ints, begin: Ints, stop: Ints) -> tuple[Ints, Bools]:
    """Order rows by person and day, and find those that begin before the person's previous row has ended."""
    order = np.lexsort((stop, begin, person))
    one, two = order[:-1], order[1:]
    overlap = np.zeros(len(person), dtype=bool)
    overlap[two] = (person[one] == person[two]) & (begin[two] < stop[one])
    return order, overlap


def rows_of(stratum: Ints | None, size: int) -> list[Ints]:
    """Rows of each stratum; all rows where there are none."""
    if stratum is None:
        return [np.arange(size)]
    return np.split(np.argsort(stratum, kind="stable"), np.cumsum(np.bincount(stratum))[:-1])
