"""The one long table of results: a number in prose is looked up here, never typed."""

from __future__ import annotations

import difflib
import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.errors import ResultError, check_argument

KEY: tuple[str, ...] = (
    "analysis",
    "population",
    "variant",
    "endpoint",
    "estimand",
    "cause",
    "arm",
    "reference",
    "term",
    "quarter",
    "site",
    "subgroup",
    "level",
    "time",
    "window_start",
    "window_end",
    "bound",
    "statistic",
    "unit",
    "method",
)
"""Columns that together identify a row. Empty text means "all" or "does not apply"."""
NUMBERS: tuple[str, ...] = ("estimate", "std_error", "conf_low", "conf_high", "n", "events")
NOTES: tuple[str, ...] = ("note_code", "note", "status", "status_reason")
COLUMNS: tuple[str, ...] = (*KEY, *NUMBERS, *NOTES)
FLOATS: tuple[str, ...] = ("time", "window_start", "window_end", *NUMBERS)
LOWEST, HIGHEST = "lowest", "highest"
"""Values of `bound`: the ends of a range."""
SHOWN, FLAGGED, WITHHELD, SUPPRESSED = "shown", "warning", "withheld", "suppressed"
"""Values of `status`: a number that may be shown as it is, that is shown with a warning, that a gate leaves
out, that a public report leaves out."""
VOCABULARY: Mapping[str, frozenset[str]] = {
    "analysis": frozenset(
        [
            "whole_cohort",
            "sensitivity",
            "baseline",
            "measures",
            "definitions",
            "definitions_compared",
            "common_visits",
            "common_visits_compared",
            "simple_comparison",
            "negative_controls",
            "sites",
            "quarters",
            "subgroups",
            "dose",
            "margin",
        ]
    ),
    "estimand": frozenset(
        [
            "flow",
            "followed",
            "risk",
            "event_free",
            "at_risk",
            "rate",
            "window_risk",
            "conditional_risk",
            "share_of_events_by",
            "rmst",
            "median",
            "logrank",
            "discharges_needed",
            "quarters_needed",
            "quarters_for_interval",
            "adjustment_warning",
            "interval_spans_landmark",
            "characteristic",
            "effective_size",
            "few_clusters",
            "strategy_followed",
            "grace_period_end",
            "departure",
            "covariate_balance",
            "score_balance",
            "placebo_risk",
            "negative_control",
            "calibrated_ratio",
            "scores_missing",
            "unmatched",
            "in_trials",
            "hazard_ratio",
            "e_value",
            "strength_needed",
            "covariate_strength",
            "difference_if_lost",
            "tipping_point",
            "specification",
            "effective_share",
            "largest_weight",
            "largest_share",
            "events_by_window_end",
            "check",
            "leave_one_out",
            "propensity",
            "equipoise",
            "start_of_care",
            "weights_capped",
            "definition",
            "visit",
            "follow_up_rate",
            "outcome_known",
            "contact_difference",
            "followup_length",
            "observable",
            "risk_bound",
            "testing_rate",
            "common_visits",
            "step_down_extent",
            "level_started",
            "care_started",
            "path",
            "occupancy",
            "measure",
            "reason_for_leaving",
            "first_session",
            "abstinent_at",
            "artifact",
            "observed_expected",
            "expected_events",
            "control_limit",
            "over_dispersion",
            "shrunken_ratio",
            "rank",
            "case_mix",
            "series",
            "series_limit",
            "series_signal",
            "series_runs",
            "series_target",
            "maturity",
            "change",
            "change_part",
            "recorded",
            "input",
            "interaction",
            "dose_response",
            "equivalence",
            "non_inferiority",
        ]
    ),
    "statistic": frozenset(
        [
            "estimate",
            "curve",
            "difference",
            "ratio",
            "nnt",
            "kept",
            "removed",
            "never",
            "first_day",
            "last_day",
            "lost",
            "complete",
            "count",
            "at_risk",
            "events",
            "competing",
            "censored",
            "person_days",
            "statistic",
            "df",
            "p_value",
            "median",
            "lower_quartile",
            "upper_quartile",
            "person_months",
            "standardized",
            "limit",
            "exposure",
            "outcome",
            "before",
            "after",
            "mean",
            "sd",
            "share",
            "contacted",
            "not_contacted",
            "none",
            "all",
            "own",
            "other",
            "dose",
            "margin",
            "within",
            "not_estimated",
            "first",
            "later",
            "revised",
            "reported",
            "changed",
            "same",
            "log_ratio",
            "variance_ratio",
            "largest_gap",
            "observed",
            "expected",
            "passed",
            "not_judged",
            "warning",
            "failed",
            "withheld",
        ]
    ),
    "bound": frozenset((LOWEST, HIGHEST)),
}
"""Values that results may hold: one that these results lack selects no rows, and is no error."""
_TEXT = tuple(name for name in COLUMNS if name not in FLOATS)


@dataclass(frozen=True, eq=False, repr=False)
class Results:
    """Every number of an analysis, one per row.

    Attributes
    ----------
    table : DataFrame
        Columns `COLUMNS` in that order; `docs/results.md` documents each. `time`, `window_start` and
        `window_end` are days since time zero (missing where a number has none); `estimate`, `std_error`,
        `conf_low` and `conf_high` are in `unit`; `n` and `events` are counts of discharges. All other columns
        are text, empty for "all" or "does not apply". The columns of `KEY` together identify a row.

    Raises
    ------
    ResultError
        An unknown column, or a key that occurs more than once.

    Examples
    --------
    >>> import pandas as pd
    >>> from stepdown import Results
    >>> frame = pd.DataFrame({"estimand": ["risk", "risk"], "time": [30, 90], "estimate": [0.1, 0.25]})
    >>> results = Results(frame)
    >>> results
    Results: 2 rows, 1 estimand (risk)
    >>> float(results.one(estimand="risk", time=90)["estimate"])
    0.25
    """

    table: pd.DataFrame

    def __post_init__(self) -> None:
        """Copy the frame in, fix its columns and types, and refuse a number given twice."""
        check_argument("table", self.table, pd.DataFrame, "Give a DataFrame of results.", ResultError)
        unknown = sorted(set(map(str, self.table.columns)) - set(COLUMNS))
        if unknown:
            raise ResultError(
                f"Results have no column {', '.join(unknown)}. Columns are: {', '.join(COLUMNS)}."
            )
        object.__setattr__(self, "table", _distinct(_typed(self.table)))

    def where(
        self,
        *,
        analysis: str | None = None,
        population: str | None = None,
        variant: str | None = None,
        endpoint: str | None = None,
        estimand: str | None = None,
        cause: str | None = None,
        arm: str | None = None,
        reference: str | None = None,
        term: str | None = None,
        quarter: str | None = None,
        site: str | None = None,
        subgroup: str | None = None,
        level: str | None = None,
        time: float | None = None,
        window_start: float | None = None,
        window_end: float | None = None,
        bound: str | None = None,
        statistic: str | None = None,
        unit: str | None = None,
        method: str | None = None,
    ) -> Results:
        """Return the rows that match every key given; "" asks for the rows without that key.

        Raises
        ------
        ResultError
            A value occurs nowhere in its column; the nearest one is suggested.

        Examples
        --------
        >>> import pandas as pd
        >>> from stepdown import Results
        >>> results = Results(pd.DataFrame({"estimand": ["risk"], "time": [90], "estimate": [0.25]}))
        >>> len(results.where(estimand="risk"))
        1
        >>> results.where(estimand="risks")
        Traceback (most recent call last):
            ...
        stepdown.errors.ResultError: No result has estimand "risks". Did you mean "risk"?
        More: docs/results.md
        """
        return self._where(_given(locals()))

    def one(
        self,
        *,
        analysis: str | None = None,
        population: str | None = None,
        variant: str | None = None,
        endpoint: str | None = None,
        estimand: str | None = None,
        cause: str | None = None,
        arm: str | None = None,
        reference: str | None = None,
        term: str | None = None,
        quarter: str | None = None,
        site: str | None = None,
        subgroup: str | None = None,
        level: str | None = None,
        time: float | None = None,
        window_start: float | None = None,
        window_end: float | None = None,
        bound: str | None = None,
        statistic: str | None = None,
        unit: str | None = None,
        method: str | None = None,
    ) -> pd.Series:
        """Return the one row that matches, as a Series indexed by `COLUMNS`.

        Raises
        ------
        ResultError
            A value occurs nowhere in its column, no row matches, or more than one does.

        Examples
        --------
        >>> import pandas as pd
        >>> from stepdown import Results
        >>> results = Results(pd.DataFrame({"estimand": ["risk"], "time": [90], "estimate": [0.25]}))
        >>> float(results.one(estimand="risk", time=90)["estimate"])
        0.25
        """
        found = self._where(_given(locals())).table
        if len(found) == 1:
            return found.iloc[0]
        if found.empty:
            raise ResultError("No result has all of these keys. `results.table` shows the keys that exist.")
        differ = [name for name in KEY if found[name].nunique(dropna=False) > 1]
        raise ResultError(f"{len(found):,} results match. Also give {', '.join(differ)}.")

    def _where(self, wanted: Mapping[str, object]) -> Results:
        keep = np.ones(len(self.table), dtype=bool)
        for name, value in wanted.items():
            here = (self.table[name] == value).to_numpy()
            if value != "" and not here.any() and value not in VOCABULARY.get(name, ()):
                raise ResultError(self._unknown(name, value))
            keep &= here
        found = object.__new__(Results)
        object.__setattr__(found, "table", self.table[keep].reset_index(drop=True))
        return found

    def _unknown(self, name: str, value: object) -> str:
        known = [one for one in self.table[name].drop_duplicates() if one == one and one != ""]
        known += sorted(VOCABULARY.get(name, frozenset()) - set(known))
        if name in FLOATS:
            shown = ", ".join(f"{one:g}" for one in sorted(known)[:12])
            return f"No result has {name} {value}. Values: {shown or 'none'}."
        near = difflib.get_close_matches(str(value), known, n=1)
        hint = f'Did you mean "{near[0]}"?' if near else f"Values: {', '.join(known[:12]) or 'none'}."
        return f'No result has {name} "{value}". {hint}'

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.table)

    def __repr__(self) -> str:
        """Return the number of rows and the estimands."""
        names = [name for name in self.table["estimand"].drop_duplicates() if name]
        many = f"{len(self):,} row{'' if len(self) == 1 else 's'}"
        return f"Results: {many}, {len(names)} estimand{'' if len(names) == 1 else 's'} ({', '.join(names)})"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self))}</p>"


Part = Results | pd.DataFrame | Sequence[Mapping[str, object]]


def _typed(part: Part) -> dict[str, np.ndarray]:
    """Return `COLUMNS` of a part: numbers as floats, all else as text, empty where nothing is stated."""
    if isinstance(part, Results):
        return {name: part.table[name].to_numpy() for name in COLUMNS}
    return {name: _number(part, name) if name in FLOATS else _text(part, name) for name in COLUMNS}


def _number(part: pd.DataFrame | Sequence[Mapping[str, object]], name: str) -> np.ndarray:
    if isinstance(part, pd.DataFrame):
        if name not in part:
            return np.full(len(part), np.nan)
        return pd.to_numeric(part[name]).to_numpy(dtype="float64", na_value=np.nan)
    return np.array([row.get(name) for row in part], dtype=float)


def _text(part: pd.DataFrame | Sequence[Mapping[str, object]], name: str) -> np.ndarray:
    empty = SHOWN if name == "status" else ""
    found = np.full(len(part), empty, dtype=object)
    if isinstance(part, pd.DataFrame):
        values = list(part[name].to_numpy(dtype=object)) if name in part else []
    else:
        values = [row.get(name) for row in part]
    if values:
        found[:] = [
            one or empty if type(one) is str or one is None else _stated(one, empty) for one in values
        ]
    return found


def _stated(value: object, empty: str) -> str:
    # A missing value is the only one that differs from itself.
    return empty if value is pd.NA or value != value else str(value) or empty


def _distinct(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return the columns as a frame; refuse a number given twice."""
    table = pd.DataFrame(columns)
    twice = table.duplicated(list(KEY), keep=False)
    if twice.any():
        keys = table.loc[twice, list(KEY)].iloc[0]
        given = keys[keys.notna() & (keys != "")]
        first = ", ".join(
            f"{key}={one:g}" if key in FLOATS else f'{key}="{one}"' for key, one in given.items()
        )
        raise ResultError(
            f"{int(twice.sum()):,} rows of the results have the same keys as another row, first: "
            f"{first}. Keep one row of each."
        )
    return table


def _given(arguments: Mapping[str, object]) -> dict[str, object]:
    """Return the keys that a caller gave, from the arguments of a method."""
    given = {name: value for name, value in arguments.items() if name != "self" and value is not None}
    for name, value in given.items():
        check_argument(name, value, (str, int, float, np.number), "Give one text or one number.", ResultError)
    return given


def rows(records: Iterable[Mapping[str, object]]) -> Results:
    """Make results from records; keys that a record leaves out are empty."""
    return bind([list(records)])


def bind(parts: Sequence[Part]) -> Results:
    """Put results, frames of rows, or lists of records, under one another.

    Parameters
    ----------
    parts : sequence of Results, DataFrame or sequence of mapping
        A frame or a record may lack columns, and may have others, which are left out.

    Raises
    ------
    ResultError
        A key occurs more than once.
    """
    pieces = [_typed(part) for part in parts if len(part)] or [_typed(pd.DataFrame())]
    found = object.__new__(Results)
    columns = {name: np.concatenate([piece[name] for piece in pieces]) for name in COLUMNS}
    object.__setattr__(found, "table", _distinct(columns))
    return found
