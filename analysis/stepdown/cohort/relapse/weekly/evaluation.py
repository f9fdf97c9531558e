"""Weekly definitions applied to urine patterns: the source's own numbers, and days for those that are times.

An event dated to week k lies on one of the days of that week (`urine_patterns`), and is confirmed on the last
day of the last week of the window that made the rule true, or, where it takes a missed contact, on the day by
which that was known to be missed. Other rules for missing weeks than a definition's own:

- "positive": missing weeks count as positive;
- "ignored": missing weeks are dropped before the definition looks; days still count calendar weeks, and
  a client is followed to the last week with a result;
- "last": a missing week takes the last result seen before it; one before any result stays missing, and
  counts as neither; who has no result at all is not followed;
- "interval": as "ignored", and the event is only known to lie after the last week with a result before
  the week to which it is dated.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.relapse.daily.evidence import Onset
from stepdown.cohort.relapse.weekly import pattern_rules, use_amounts
from stepdown.cohort.relapse.weekly.pattern_rules import Found, Window, slide
from stepdown.cohort.relapse.weekly.recoding import Kept, Missing, last_seen_week, recode, seen_before
from stepdown.cohort.relapse.weekly.urine_patterns import (
    MISSING,
    POSITIVE,
    Ints,
    WeeklyPatterns,
    first_day,
    last_day,
)
from stepdown.schema import EndpointSpec, WeeklyRule, endpoints

Floats = NDArray[np.float64]

_RULES: dict[str, Missing] = {
    "positive": "positive",
    "ignored": "dropped",
    "last": "last",
    "interval": "dropped",
}
_MARKS = {"positive": POSITIVE, "missing": MISSING}
VALUES: Mapping[str, Callable[..., Floats]] = {
    value.__name__: value
    for value in (
        pattern_rules.longest_run,
        pattern_rules.has_run,
        pattern_rules.negatives,
        pattern_rules.never_positive,
        pattern_rules.negative_at,
        pattern_rules.negative_at_the_end,
        pattern_rules.four_weeks_of_abstinence,
        pattern_rules.mostly_negative,
        use_amounts.negative_share,
        use_amounts.negative_share_while_seen,
        use_amounts.thinned_negative_share,
        use_amounts.unused_share,
        use_amounts.negative_weeks,
        use_amounts.unused_weeks,
        use_amounts.seven_tenths_negative,
        use_amounts.half_negative_at_the_end,
        use_amounts.filled_by_habit,
        use_amounts.clean_month_of_the_retained,
    )
}
"""The functions that a declaration may name as the rule of a weekly definition, by name."""


def weekly_onset(spec: EndpointSpec, patterns: WeeklyPatterns, *, missing: str = "as_defined") -> Onset:
    """Return when the event of a weekly definition of kind "time" happened.

    Parameters
    ----------
    spec : EndpointSpec
        A weekly definition of the registry.
    patterns : WeeklyPatterns
        One row a discharge.
    missing : str
        One of the rules that the definition allows.

    Returns
    -------
    Onset
        Days since time zero. `end`: who had no event is known to have had none up to this day, the last
        of the pattern unless the rule for missing weeks states otherwise.

    Raises
    ------
    ValueError
        The definition is not a time, or does not allow the rule.
    """
    rule = _rule(spec)
    if spec.kind != "time":
        raise ValueError(f"{spec.name} is not dated to a day: it is of the kind {spec.kind}")
    own = _own(spec, rule, missing)
    kept, found = _found(rule, patterns, missing=own)
    begin = week = _calendar(kept, found.at, found.event)
    if missing == "interval":
        before = np.take_along_axis(seen_before(patterns), np.maximum(week, 1)[:, None] - 1, axis=1)[:, 0]
        begin = np.maximum(before + 1, rule.first)
    last = _calendar(kept, found.last, found.event)
    opened = _calendar(kept, found.last - rule.width + 1, found.event)
    confirmed = _known(patterns, opened, last)
    followed = _followed(patterns, own)
    return Onset(
        earliest=np.where(found.event, first_day(begin), np.inf),
        latest=np.where(found.event, last_day(week), np.inf),
        confirmed=np.where(found.event, confirmed, np.inf),
        end=np.maximum(_known(patterns, np.zeros_like(followed), followed), confirmed),
    )


def _known(patterns: WeeklyPatterns, opened: Ints, last: Ints) -> Floats:
    """Return the day by which the weeks opened..last were known."""
    if patterns.known is None:
        return last_day(last)
    week = np.arange(1, patterns.codes.shape[1] + 1)
    inside = (week >= opened[:, None]) & (week <= last[:, None])
    late: Floats = np.where(inside, patterns.known, 0.0).max(axis=1, initial=0.0)
    return np.maximum(late, last_day(last))


def _followed(patterns: WeeklyPatterns, missing: Missing) -> Ints:
    """Return the last week through which a pattern shows that there was no event."""
    seen = last_seen_week(patterns)
    if missing == "dropped":
        return seen
    return np.where(seen > 0, patterns.length, 0) if missing == "last" else patterns.length


def weekly_value(
    spec: EndpointSpec, patterns: WeeklyPatterns, *, missing: str = "as_defined"
) -> pd.DataFrame:
    """Return the numbers of a weekly definition, as its source defines them.

    Parameters
    ----------
    spec : EndpointSpec
        A weekly definition of the registry.
    patterns : WeeklyPatterns
        One row a discharge.
    missing : str
        One of the rules that the definition allows.

    Returns
    -------
    DataFrame
        Index 0..n-1. `value`: 1 or 0, a count or a share; for a time 1 with an event. `event` (boolean)
        and `weeks` (Int64), for a time only: whether it happened, and the week to which it is dated, or
        the source's week of censoring; where missing weeks are dropped, these count the weeks that are
        left. Missing where the pattern is too short.

    Raises
    ------
    ValueError
        The definition does not allow the rule.
    """
    rule = _rule(spec)
    own = _own(spec, rule, missing)
    none = np.ones(len(patterns), dtype=bool)
    if spec.kind != "time":
        value = VALUES[rule.name](recode(patterns, missing=own, mixed=rule.mixed), **rule.arguments)
        return _table(
            value, np.zeros(len(patterns), dtype=bool), np.zeros(len(patterns), dtype=np.int64), none
        )
    _, found = _found(rule, patterns, missing=own)
    weeks = np.minimum(found.at + rule.first - 1, patterns.length)
    value = np.where(found.judged, found.event, np.nan)
    return _table(value, found.event, weeks, ~found.judged)


def _rule(spec: EndpointSpec) -> WeeklyRule:
    assert spec.rule is not None, "only weekly definitions are evaluated here"
    return spec.rule


def _own(spec: EndpointSpec, rule: WeeklyRule, missing: str) -> Missing:
    if missing not in spec.missing:
        allowed = ", ".join(spec.missing)
        raise ValueError(f"{spec.name} does not read missing weeks as {missing}; allowed: {allowed}")
    return rule.missing if missing == "as_defined" else _RULES[missing]


def _found(rule: WeeklyRule, patterns: WeeklyPatterns, *, missing: Missing) -> tuple[Kept, Found]:
    kept = recode(patterns, missing=missing, mixed=rule.mixed, first=rule.first)
    window = Window(mark=_MARKS[rule.mark], width=rule.width, least=rule.least, whole=rule.whole)
    return kept, slide(kept, window)


def _calendar(kept: Kept, position: Ints, event: NDArray[np.bool_]) -> Ints:
    """Return the calendar week of a position; 0 where there is no event."""
    week = np.zeros(len(position), dtype=np.int64)
    rows = np.flatnonzero(event)
    week[rows] = kept.week[rows, position[rows] - 1]
    return week


def _table(
    value: NDArray[np.float64], event: NDArray[np.bool_], weeks: Ints, none: NDArray[np.bool_]
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "value": value,
            "event": pd.arrays.BooleanArray(event, none.copy()),
            "weeks": pd.arrays.IntegerArray(weeks, none.copy()),
        }
    )


def weekly_values(patterns: WeeklyPatterns) -> pd.DataFrame:
    """Return the numbers of all weekly definitions, each with its own rule for missing weeks.

    Parameters
    ----------
    patterns : WeeklyPatterns
        One row a discharge.

    Returns
    -------
    DataFrame
        A row for each definition, in the order of the registry, and discharge: `endpoint` (its name),
        `kind`, `at` (row of the patterns), `value`, `event`, `weeks`, as in `weekly_value`.
    """
    parts = [
        weekly_value(spec, patterns).assign(endpoint=spec.name, kind=spec.kind, at=np.arange(len(patterns)))
        for spec in endpoints()
        if spec.rule is not None
    ]
    columns = ["endpoint", "kind", "at", "value", "event", "weeks"]
    return pd.concat(parts, ignore_index=True)[columns]
