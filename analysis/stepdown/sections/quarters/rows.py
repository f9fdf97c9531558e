"""Quarters as rows of the results: points, limits, signals, how complete they are, and the last change."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.cohort import Eligible, People, eligible, with_outcome
from stepdown.cohort.linkage import floats, link
from stepdown.cohort.relapse.daily.occurrence import cannot_be_judged
from stepdown.compare.quarter_comparison import (
    ChangeParts,
    Periods,
    QuarterSeries,
    change_parts,
    quarter_series,
)
from stepdown.compare.quarter_comparison.periods import last_day, previous
from stepdown.control_charts import p_chart, standard_error_chart
from stepdown.errors import DesignError
from stepdown.estimate.chart_rows import chart_rows, period_keys, quarter_of
from stepdown.estimate.context import PER_100_MONTHS, Record
from stepdown.results.table import WITHHELD
from stepdown.schema import Cohort
from stepdown.sections.quarters.read import (
    CHANGE,
    COMPLETE,
    MATURITY,
    NOT_ESTIMATED,
    PART,
    PARTS,
    POINT,
    PROVISIONAL,
    QUARTERS,
    RECORDED,
    TARGET,
)
from stepdown.study import Study

FEWEST = 11
"""Discharges below which a quarter, or a month, is not shown."""
TOO_SMALL = f"fewer than {FEWEST} discharges"
NONE_YET = "no one could be followed long enough yet"
_FEWEST_MONTHS = 12


@dataclass(frozen=True, eq=False, kw_only=True)
class _Of:
    """The eligible discharges of all quarters: a client's first of each."""

    people: People
    cohort: Cohort
    study: Study
    periods: Periods
    judged: bool


def quarter_rows(
    chosen: Eligible,
    people: People,
    study: Study,
    *,
    rates: pd.DataFrame,
    quarter: str | None = None,
) -> Iterator[Record]:
    """Yield the series of the quarters with their control charts, and the change to the last one.

    Nothing where no quarter is known.

    Parameters
    ----------
    chosen, people : Eligible, People
        Discharges of the study, of one quarter where one was asked for.
    study : Study
        The protocol.
    rates : DataFrame
        Tables of the quality measures by quarter.
    quarter : str or None
        The quarter that the report leads with; the last that is complete if None.
    """
    found = _all_quarters(chosen, people, study, quarter)
    if found is None:
        return
    names = found.periods.names()
    for record in _records(found, names, rates, quarter):
        yield {"analysis": QUARTERS, "endpoint": study.outcome.endpoint} | record


def _all_quarters(chosen: Eligible, people: People, study: Study, quarter: str | None) -> _Of | None:
    cohort = chosen.cohort
    repeated = any("discharge of each client" in step.name and step.removed for step in chosen.flow)
    if quarter is not None or repeated:
        try:
            chosen = eligible(cohort, study, each_quarter=True)
            people = with_outcome(chosen, study)
        except DesignError:
            return None
    periods = Periods.of(people, cohort)
    periods = periods if quarter is None else periods.before(quarter)
    if not periods.names():
        return None
    judged = not cannot_be_judged(chosen.given, people, study)
    return _Of(people=people, cohort=cohort, study=study, periods=periods, judged=judged)


def _records(found: _Of, names: list[str], rates: pd.DataFrame, quarter: str | None) -> Iterator[Record]:
    given = (found.people, found.cohort, found.study, found.periods)
    last = _last_complete(found, names)
    lead = quarter or last
    pairs = [(one, previous(one)) for one in (lead, last) if {one, previous(one)} <= {*names}]
    every = quarter_series(*given, judged=found.judged, pairs=tuple(dict.fromkeys(pairs)))
    for series in every:
        yield from _of_series(series, found.study)
    yield from _measures(found, names, rates)
    if found.study.quarters.months:
        yield from _months(found)
    for one, before in dict.fromkeys(pairs):
        yield from _change(found, every, one, before, level="" if one == lead else COMPLETE)
    yield from _made_of(found, every, pairs)
    yield from _recorded(found, names)


def _last_complete(found: _Of, names: list[str]) -> str:
    """Return the last quarter all of whose discharges could be followed to the end of the window."""
    periods, day = found.periods, found.study.outcome.window[1]
    followed = periods.followed(day)
    whole = [one for one in names if periods.over(one) and followed[periods.label == one].all()]
    return whole[-1] if whole else names[-1]


def _of_series(series: QuarterSeries, study: Study, *, by_month: bool = False) -> Iterator[Record]:
    table = series.table
    enough = table["n"].to_numpy(dtype=float) >= FEWEST
    unit = PER_100_MONTHS if series.scale == "rate" else "probability"
    keys: Record = {"term": series.name, "time": series.day, "window_start": series.start, "unit": unit}
    keys |= {"window_end": series.day if np.isfinite(series.start) else np.nan}
    mature = np.array([series.mature[one] for one in table["period"]], dtype=bool)
    for place, row in enumerate(table.to_dict("records")):
        period = period_keys(str(row["period"]), by_month)
        point: Record = keys | period | {"estimand": POINT, "statistic": "estimate", "method": series.method}
        point |= {"variant": "" if mature[place] else PROVISIONAL}
        if not row["n"]:
            yield point | {"note": NONE_YET}
        elif enough[place]:
            numbers = ("estimate", "std_error", "conf_low", "conf_high", "n", "events")
            yield point | {name: row[name] for name in numbers}
        else:
            yield point | {"status": WITHHELD, "status_reason": TOO_SMALL}
        yield keys | period | {
            "estimand": MATURITY, "statistic": "share", "unit": "probability",
            "estimate": series.complete[str(row["period"])],
        }  # fmt: skip
    yield from _charted(series.name, keys, table, mature & enough, series.scale, study, by_month=by_month)


def _charted(
    name: str,
    keys: Record,
    table: pd.DataFrame,
    counted: np.ndarray,
    scale: str,
    study: Study,
    *,
    by_month: bool = False,
) -> Iterator[Record]:
    """Yield limits, signals and runs of a series, and its target."""
    labels = [str(one) for one in table["period"]]
    starts = [
        next(place for place, label in enumerate(labels) if quarter_of(label) >= one)
        for one in study.quarters.rebase_at
        if any(quarter_of(label) >= one for label in labels)
    ]
    rules = study.quarters.rules
    if scale == "count":
        size = table["size"].fillna(0.0)
        chart = p_chart(
            table["estimate"].fillna(0.0) * size, size, counted=counted, starts=starts, rules=rules
        )
    else:
        chart = standard_error_chart(
            table["estimate"], table["std_error"], table["size"], counted=counted, starts=starts, rules=rules,
            scale="rate" if scale == "rate" else "share",
        )  # fmt: skip
    yield from chart_rows(keys, chart, labels, by_month=by_month)
    aim = study.quarters.target.get(name)
    if aim is not None and not by_month:
        yield keys | {"estimand": TARGET, "statistic": "estimate", "estimate": aim}


def _measures(found: _Of, names: list[str], rates: pd.DataFrame) -> Iterator[Record]:
    """Yield the quality measures, each in its longest window, by quarter of the event that it counts from."""
    if rates.empty:
        return
    periods = found.periods
    mine = rates[(rates["site_id"] == "") & rates["quarter"].isin(names)]
    for name, table in mine.groupby("measure", sort=False):
        window = table["window"].max()
        own = table[table["window"] == window].sort_values("quarter")
        if not own["denominator"].sum():
            continue
        labels = [str(one) for one in own["quarter"]]
        followed = periods.followed(float(window))
        complete = {one: float(followed[periods.label == one].mean()) for one in labels}
        # Events need not be discharges, so the whole quarter must lie so far back.
        over = {
            one: not np.isfinite(periods.cut) or last_day(one) + float(window) <= periods.cut
            for one in labels
        }
        points = pd.DataFrame(
            {
                "period": labels, "estimate": own["rate"], "std_error": np.nan, "conf_low": own["conf_low"],
                "conf_high": own["conf_high"], "n": own["denominator"], "events": own["numerator"],
                "size": own["denominator"] / own["design_effect"],
            }
        ).reset_index(drop=True)  # fmt: skip
        series = QuarterSeries(
            name=str(name), scale="count", start=np.nan, day=float(window), table=points, complete=complete,
            mature={one: complete[one] == 1 and over[one] for one in labels}, changes=pd.DataFrame(),
            method="Wilson",
        )  # fmt: skip
        yield from _of_series(series, found.study)


def _months(found: _Of) -> Iterator[Record]:
    """Yield the series by month, where each month has enough discharges."""
    names = found.periods.names(by_month=True)
    if not names:
        return
    counts = pd.Series(found.periods.month).value_counts()
    few = [one for one in names if counts[one] < FEWEST]
    why = ""
    if len(names) < _FEWEST_MONTHS:
        why = f"{_FEWEST_MONTHS} months are needed, and there are {len(names)}"
    elif few:
        why = f"{len(few)} of {len(names)} months have {TOO_SMALL}"
    if why:
        yield {"estimand": POINT, "statistic": NOT_ESTIMATED, "level": "months", "note": why}
        return
    given = (found.people, found.cohort, found.study, found.periods)
    for series in quarter_series(*given, by_month=True, judged=found.judged):
        yield from _of_series(series, found.study, by_month=True)


def _change(
    found: _Of, every: Sequence[QuarterSeries], quarter: str, before: str, *, level: str
) -> Iterator[Record]:
    """Yield the change of each series from the quarter before, and what that of the risk is made of.

    Where the quarter that leads is not complete, the last complete one is compared as well.
    """
    for series in every:
        unit = PER_100_MONTHS if series.scale == "rate" else "probability"
        keys: Record = {
            "estimand": CHANGE, "term": series.name, "quarter": quarter, "reference": before,
            "time": series.day, "window_start": series.start,
            "window_end": series.day if np.isfinite(series.start) else np.nan,
        }  # fmt: skip
        keys |= {"level": level, "variant": "" if series.mature[quarter] else PROVISIONAL}
        sizes = series.table.set_index("period")["n"].reindex([quarter, before])
        mine = series.changes[series.changes["period"] == quarter]
        for row in mine.to_dict("records") if (sizes >= FEWEST).all() else ():
            yield keys | {
                "statistic": "difference", "unit": unit, "estimate": row["estimate"],
                "conf_low": row["conf_low"], "conf_high": row["conf_high"], "note": row["note"],
            }  # fmt: skip
            yield keys | {"statistic": "p_value", "estimate": row["p"]}


def _made_of(
    found: _Of, every: Sequence[QuarterSeries], pairs: Sequence[tuple[str, str]]
) -> Iterator[Record]:
    """Yield what the change of the risk is made of, of the first pair of quarters with both risks known."""
    for risks in (one for one in every if one.name == "risk"):
        sizes = risks.table.set_index("period")["n"]
        for quarter, before in pairs:
            if (sizes.reindex([quarter, before]) < FEWEST).any():
                continue
            made = change_parts(
                found.people, found.study, found.periods, quarter=quarter, before=before,
                mature=risks.mature[quarter],
            )  # fmt: skip
            if made is not None:
                keys = {"estimand": PART, "quarter": quarter, "reference": before, "time": risks.day}
                yield from (keys | one for one in _parts(made))
                return


def _parts(made: ChangeParts) -> Iterator[Record]:
    values: Mapping[str, float] = dict(zip(PARTS, (made.case_mix, made.follow_up, made.rest), strict=True))
    for level, value in values.items():
        note = made.note if level == "case_mix" else ""
        yield {
            "level": level, "statistic": "difference", "unit": "probability", "estimate": value, "note": note,
        }  # fmt: skip
    for name in made.covariates if not made.note else ():
        yield {"level": "case_mix", "statistic": "share", "term": name}


def _recorded(found: _Of, names: list[str]) -> Iterator[Record]:
    """Yield how much the data hold of each quarter: what a later report compares with its own."""
    table, cohort, periods = found.people.table, found.cohort, found.periods
    zero, end = floats(table["zero"]), found.study.outcome.window[1]
    held: dict[str, np.ndarray] = {"discharges": np.ones(len(table))}
    for term, frame, day in (
        ("services", cohort.services, "start_day"), ("findings", cohort.observations, "day"),
    ):  # fmt: skip
        pairs = link(table, frame)
        when = floats(frame[day])[pairs.row] - zero[pairs.at]
        inside = (when > 0) & (when <= end)
        held[term] = np.bincount(pairs.at[inside], minlength=len(table)).astype(float)
    if found.judged:
        relapsed = (table["event"] == 1).to_numpy() & (table["days"].to_numpy(dtype=float) <= end)
        held["relapses"] = relapsed.astype(float)
    for quarter in names:
        mine = periods.label == quarter
        for term, many in held.items():
            yield {
                "estimand": RECORDED, "quarter": quarter, "term": term, "statistic": "count", "time": end,
                "unit": "rows" if term in ("services", "findings") else "discharges",
                "estimate": float(many[mine].sum()),
            }  # fmt: skip
    if np.isfinite(periods.cut):
        yield {
            "estimand": RECORDED, "term": "data_cut", "statistic": "last_day",
            "unit": "days since 1970-01-01", "estimate": periods.cut,
        }  # fmt: skip
