"""The events that a measure is about, one row an event, each with its day 0 on the own clock."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.attendance import attended, latest_end_before
from stepdown.cohort.linkage import floats, link
from stepdown.cohort.measures.care_record import CareRecord
from stepdown.schema import LEVELS, Cohort, Measure

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def one_of(values: pd.Series, wanted: tuple[str, ...]) -> Bools:
    """Return which values are among those named; all are where none is named."""
    if not wanted:
        return np.ones(len(values), dtype=bool)
    return np.asarray(values.isin(wanted).to_numpy(dtype=bool), dtype=bool)


def levels_of(discharges: pd.DataFrame) -> pd.Series:
    """Return the level of each stay; a missing level counts as residential, as the schema declares."""
    level = discharges["level"]
    return level.astype("object").fillna("residential") if level.isna().any() else level


def events(record: CareRecord, measure: Measure) -> pd.DataFrame:
    """Return the events of a measure before any exclusion.

    Parameters
    ----------
    record : CareRecord
        Care of the cohort.
    measure : Measure
        What is measured.

    Returns
    -------
    DataFrame
        Index 0..n-1: `client_id`; `zero`, day 0 on the own clock, NaN where not known; `level`; `row`,
        the position in the discharges of the stay from which site, age and other columns are read; `site_id`,
        `quarter` (that of day 0; missing where days are not dates and no discharge states it).
    """
    if measure.denominator.event == "discharge":
        return _discharges(record.cohort, measure)
    if measure.denominator.of == "care":
        return _newly_received(record, measure)
    return _new_care(record.cohort, measure)


def _discharges(cohort: Cohort, measure: Measure) -> pd.DataFrame:
    table = cohort.discharges
    levels = levels_of(table)
    rows = np.flatnonzero(one_of(levels, measure.denominator.levels))
    chosen = table.iloc[rows]
    return pd.DataFrame(
        {
            "client_id": chosen["client_id"].array,
            "zero": floats(chosen["discharge_day"]),
            "level": levels.iloc[rows].array,
            "row": rows,
            "site_id": chosen["site_id"].array,
            "quarter": chosen["quarter"].array,
        }
    )


def _new_care(cohort: Cohort, measure: Measure) -> pd.DataFrame:
    care = _care(cohort, measure)
    before = latest_end_before(care["client_id"].to_numpy(), care["end"].to_numpy())
    fresh = (care["start"] - before > measure.denominator.days_without_care).to_numpy()
    return on_days(cohort, care[["client_id", "level"]][fresh], care["start"].to_numpy(dtype=float)[fresh])


def _newly_received(record: CareRecord, measure: Measure) -> pd.DataFrame:
    """Return the first care received, of some levels and kinds, after days without any."""
    chosen, care, spans = measure.denominator, record.care, record.spans
    counts = record.at_levels(chosen.levels)
    if chosen.kinds:
        counts &= record.said("kind", chosen.kinds)
    if chosen.not_kinds:
        counts &= ~record.said("kind", chosen.not_kinds)
    client, start = spans.client[counts], spans.start[counts]
    before = latest_end_before(client, spans.end[counts])
    fresh = start - before > chosen.days_without_care
    level = pd.Categorical.from_codes(care.level[counts][fresh], categories=pd.Index(LEVELS))
    return on_days(record.cohort, pd.DataFrame({"client_id": client[fresh], "level": level}), start[fresh])


def on_days(cohort: Cohort, events: pd.DataFrame, zero: Floats) -> pd.DataFrame:
    """Return events that are no discharges, with the site, age and quarter that go with their day 0.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    events : DataFrame
        `client_id, level`.
    zero : array of float (events,)
        Day 0 of each.
    """
    events = events.assign(start=zero).reset_index(drop=True)
    row = _stay_of_event(events, cohort.discharges)
    return pd.DataFrame(
        {
            "client_id": events["client_id"].array,
            "zero": zero,
            "level": events["level"].array,
            "row": row,
            "site_id": cohort.discharges["site_id"].iloc[row].array,
            "quarter": _quarters(events["start"], cohort),
        }
    )


def _care(cohort: Cohort, measure: Measure) -> pd.DataFrame:
    """Return the care that can open new care, by client and first day."""
    chosen = measure.denominator
    services = cohort.services[attended(cohort.services)]
    wanted = one_of(services["level"], chosen.levels)
    if chosen.kinds:
        wanted = wanted & one_of(services["kind"], chosen.kinds)
    if chosen.not_kinds and "kind" in services:
        wanted = wanted & ~one_of(services["kind"], chosen.not_kinds)
    services = services[wanted]
    parts = [_spans(services, floats(services["start_day"]), floats(services["end_day"]))]
    if chosen.stays:
        stays = cohort.discharges[one_of(levels_of(cohort.discharges), chosen.levels)]
        stays = stays[stays["admit_day"].notna().to_numpy()]
        # Without a day of discharge the client is still in care.
        leave = np.nan_to_num(floats(stays["discharge_day"]), nan=np.inf, posinf=np.inf)
        parts.append(_spans(stays, floats(stays["admit_day"]), leave))
    care = pd.concat(parts, ignore_index=True)
    return care.sort_values(["client_id", "start"], kind="stable", ignore_index=True)


def _spans(frame: pd.DataFrame, start: Floats, end: Floats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "client_id": frame["client_id"].array,
            "level": levels_of(frame).array,
            "start": start,
            "end": np.where(np.isnan(end), start, end),
        }
    )


def _stay_of_event(fresh: pd.DataFrame, discharges: pd.DataFrame) -> NDArray[np.int64]:
    """Return, by event, the client's last stay that began by then, or else the first one."""
    pairs = link(fresh, discharges)
    # Where the day of admission is missing, the client was there on the day of discharge at least.
    begun = floats(discharges["admit_day"].fillna(discharges["discharge_day"]))
    admit = np.nan_to_num(begun, nan=np.inf)[pairs.row]
    by_then = admit <= fresh["start"].to_numpy()[pairs.at]
    order = np.lexsort((-pairs.row, np.where(by_then, admit, -admit), by_then, pairs.at))
    found = np.zeros(len(fresh), dtype=np.int64)
    found[pairs.at[order]] = pairs.row[order]
    return found


def is_dated(cohort: Cohort) -> bool:
    """Return whether days are days since 1970-01-01, from which the year and quarter can be read."""
    return cohort.clock == "date" and cohort.basis != "safe_harbor"


def _quarters(day: pd.Series, cohort: Cohort) -> NDArray[np.object_]:
    if not is_dated(cohort) or day.empty:
        return np.full(len(day), pd.NA, dtype=object)
    known = day.notna().to_numpy()
    month = np.floor(floats(day)[known]).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    different, place = np.unique(month // 3, return_inverse=True)
    names = np.array([f"{1970 + one // 4}Q{one % 4 + 1}" for one in different.tolist()], dtype=object)
    found = np.full(len(day), None, dtype=object)
    found[known] = names[place]
    return found
