"""Spells as tables: what was delivered, of what was planned, how intensively, and whether it was completed.

A spell runs from its first to its last day of care received (`care_sessions`), recorded as sessions or as
episodes of `discharges`. Sessions are rows of `services`; a span counts as one. A row is planned unless
`planned` says no; so a source without the flag gives sessions attended of those recorded. Hours and weeks
are explained in `care_sessions`.

Completion rules are named in `levels_of_care.toml`, and each answers true, false or missing: `weeks` adds up
the weeks that met the hours (missing where weeks without known hours could decide it), `sessions` counts
those attended (missing where only episodes are recorded), `flag` reads the reason of the stays at this
level in `discharges` that overlap the spell (missing without one).
"""

from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.care_sessions import (
    WEEK,
    DayHours,
    Spells,
    Weeks,
    find_spells,
    hours_by_day,
    rolling,
    weeks_of,
)
from stepdown.cohort.care.episodes import stay_days
from stepdown.cohort.care.level_calendar import SERVICES
from stepdown.cohort.care.pathways import starts_of
from stepdown.cohort.linkage import Link, floats, link
from stepdown.schema import LEVELS, CareRules, Completion, read_care_rules
from stepdown.schema import SERVICES as TABLE

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Numbers = NDArray[np.int64] | NDArray[np.float64]


def spells(
    services: pd.DataFrame,
    discharges: pd.DataFrame,
    *,
    data_cut: int | None = None,
    adolescents: Collection[str] = (),
    edition: int = 4,
    rules: CareRules | None = None,
) -> pd.DataFrame:
    """Return one row a spell of care at PHP, IOP or outpatient level.

    Parameters
    ----------
    services, discharges : DataFrame
        Canonical tables, all rows.
    data_cut : int or None
        Last day that the data could show (own clock); None: every gap after a last session is whole.
    adolescents : collection of str
        Clients to whom the hours for adolescents apply; see the function `adolescents`.
    edition : int
        Edition of the ASAM criteria whose least hours are used.
    rules : CareRules or None
        Gaps, least hours and completion rules; those of this version if None.

    Returns
    -------
    DataFrame
        Sorted by client, start and level:

        - `client_id, level, spell` (1, 2, ... of the client at this level), `start_day, end_day` (own clock).
        - `sessions` attended, `hours` (of rows with known hours), `hours_unknown` (rows without).
        - `planned`, `planned_attended`, `attended_share`.
        - `weeks` (days of the spell's weeks / 7), `hours_a_week`, `least_hours`, `intensity`
          (`hours_a_week / least_hours`), `weeks_met`, `most_in_7_days`; missing where hours are not known.
        - `kind_...` and `modality_...`: sessions attended of each kind and modality, where they are held.
        - `dropout_day`: the last session, where no care at any level followed within the gap; missing where
          care went on, or where the data end before the gap does.
        - `completed_...`, one a completion rule; missing at other levels.
    """
    rules = rules or read_care_rules()
    found = find_spells(services, discharges, data_cut=data_cut, rules=rules)
    days = hours_by_day(found, services)
    weeks = weeks_of(found, days)
    client = found.names.take(found.client).reset_index(drop=True)
    young = client.isin(list(adolescents)).to_numpy(dtype=bool)
    table = pd.DataFrame(
        {
            "client_id": client.astype("string[pyarrow]"),
            "level": pd.Categorical.from_codes(found.level, categories=pd.Index(LEVELS)),
            "spell": _number(found),
            "start_day": pd.array(found.start, dtype="Int64"),
            "end_day": pd.array(found.end, dtype="Int64"),
        }
    )
    return table.assign(
        **_counts(found, services),
        **_intensity(found, days, weeks, least_hours(found, young, edition, rules)),
        **_by_code(found, services),
        dropout_day=pd.arrays.IntegerArray(found.end.copy(), ~found.quiet),
        **{
            f"completed_{rule.id}": _answer(*completed(rule, found, weeks, young, discharges))
            for rule in rules.completion
        },
    )


def weekly_hours(
    services: pd.DataFrame,
    discharges: pd.DataFrame,
    *,
    data_cut: int | None = None,
    adolescents: Collection[str] = (),
    edition: int = 4,
    rules: CareRules | None = None,
) -> pd.DataFrame:
    """Return one row a week of each spell, counted from its first service.

    Parameters
    ----------
    services, discharges, data_cut, adolescents, edition, rules
        As for `spells`.

    Returns
    -------
    DataFrame
        `client_id, level, spell, week` (1, 2, ...), `first_day` (own clock), `days` (7, fewer in a last week
        that could not go on), `hours` delivered, `hours_a_week` (pro rated), `least_hours`, `met` (how much
        of a week it counts for the minimum, 0 to 1). Missing where hours are not known.
    """
    rules = rules or read_care_rules()
    found = find_spells(services, discharges, data_cut=data_cut, rules=rules)
    weeks = weeks_of(found, hours_by_day(found, services))
    names = found.names.take(found.client).isin(list(adolescents)).to_numpy(dtype=bool)
    least = least_hours(found, names, edition, rules)[weeks.spell]
    return _of_spells(found, weeks.spell).assign(
        week=weeks.week + 1,
        first_day=found.start[weeks.spell] + WEEK * weeks.week,
        days=weeks.days,
        hours=weeks.hours,
        hours_a_week=weeks.a_week,
        least_hours=least,
        met=weeks.credit(least),
    )


def rolling_hours(
    services: pd.DataFrame, discharges: pd.DataFrame, *, rules: CareRules | None = None
) -> pd.DataFrame:
    """Return the hours of the seven days up to each day with a service.

    Parameters
    ----------
    services, discharges, rules
        As for `spells`.

    Returns
    -------
    DataFrame
        `client_id, level, spell, day` (own clock), `days` (of the seven, those since the spell began),
        `hours` delivered in them, `hours_a_week` (pro rated: `7 * hours / days`, so the first days of a spell
        are not informative). Missing where hours are not known.
    """
    found = find_spells(services, discharges, data_cut=None, rules=rules or read_care_rules())
    days = hours_by_day(found, services)
    inside, hours = rolling(found, days)
    table = _of_spells(found, days.spell)
    return table.assign(day=days.day, days=inside, hours=hours, hours_a_week=WEEK * hours / inside)


def _of_spells(found: Spells, spell: NDArray[np.int64]) -> pd.DataFrame:
    names = found.names.take(found.client[spell]).astype("string[pyarrow]").array
    level = pd.Categorical.from_codes(found.level[spell], categories=pd.Index(LEVELS))
    return pd.DataFrame({"client_id": names, "level": level, "spell": _number(found)[spell]})


def _number(found: Spells) -> NDArray[np.int64]:
    """Count the spells of each client at each level, in order of days."""
    group = found.client * len(LEVELS) + found.level
    order = np.argsort(group, kind="stable")
    here = np.arange(len(group))
    first = np.maximum.accumulate(np.where(starts_of(group[order]), here, 0)) if len(group) else here
    out = np.empty(len(group), dtype=np.int64)
    out[order] = here - first + 1
    return out


def _counts(found: Spells, services: pd.DataFrame) -> dict[str, Numbers]:
    wanted = np.ones(len(found.row), dtype=bool)
    if "planned" in services:
        wanted = services["planned"].fillna(True).to_numpy(dtype=bool)[found.row]
    hours = floats(services["hours"])[found.row] if "hours" in services else np.full(len(found.row), np.nan)
    known = ~np.isnan(hours)
    planned = found.total(wanted)
    came = found.total(wanted & found.came)
    return {
        "sessions": found.total(found.came).astype(np.int64),
        "hours": found.total(np.where(known & found.came, hours, 0.0)),
        "hours_unknown": found.total(~known & found.came).astype(np.int64),
        "planned": planned.astype(np.int64),
        "planned_attended": came.astype(np.int64),
        "attended_share": np.divide(came, planned, out=np.full(len(found), np.nan), where=planned > 0),
    }


def least_hours(found: Spells, young: Bools, edition: int, rules: CareRules) -> Floats:
    """Return the least hours a week of each spell; NaN where the edition states none."""
    least = np.full(len(found), np.nan)
    for place, level in enumerate(LEVELS):
        stated = rules.minimum_hours(level, edition)
        if stated is not None:
            hours = np.where(young, stated.adolescent_hours, stated.hours)
            least = np.where(found.level == place, hours, least)
    return least


def _intensity(found: Spells, days: DayHours, weeks: Weeks, least: Floats) -> dict[str, Numbers]:
    covered = np.bincount(weeks.spell, weeks.days, len(found)) / WEEK
    hours = np.bincount(weeks.spell, weeks.hours, len(found))
    inside = rolling(found, days)[1]
    most = np.full(len(found), np.nan)
    if len(inside):
        # The days of one spell are adjacent.
        begin = np.flatnonzero(starts_of(days.spell))
        most[days.spell[begin]] = np.maximum.reduceat(inside, begin)
    return {
        "weeks": covered,
        "hours_a_week": hours / covered,
        "least_hours": least,
        "intensity": hours / covered / least,
        "weeks_met": np.bincount(weeks.spell, weeks.credit(least[weeks.spell]), len(found)),
        "most_in_7_days": most,
    }


def _by_code(found: Spells, services: pd.DataFrame) -> dict[str, Numbers]:
    return dict(_code_counts(found, services))


def _code_counts(found: Spells, services: pd.DataFrame) -> Iterator[tuple[str, Numbers]]:
    for column in ("kind", "modality"):
        if column in services:
            values = services[column].astype("object").to_numpy(dtype=object)[found.row]
            for code in TABLE[column].codes:
                yield f"{column}_{code}", found.total(found.came & (values == code)).astype(np.int64)


def _answer(hit: Bools, known: Bools) -> pd.arrays.BooleanArray:
    return pd.arrays.BooleanArray(hit, ~known)


def completed(
    rule: Completion, found: Spells, weeks: Weeks, young: Bools, discharges: pd.DataFrame
) -> tuple[Bools, Bools]:
    """Return whether each spell fulfils a rule, and where that is known; at other levels it is not.

    Parameters
    ----------
    rule : Completion
        Rule of one level.
    found, weeks : Spells, Weeks
        Spells, and their weeks.
    young : array of bool (spells,)
        Whether the hours for adolescents apply.
    discharges : DataFrame
        Canonical discharges, all rows.
    """
    mine = found.level == LEVELS.index(rule.level)
    if rule.rule == "weeks":
        hit, known = _enough_weeks(rule, found, weeks, young)
    elif rule.rule == "sessions":
        hit = found.total(found.came) >= float(rule.sessions or 0)
        known = found.sessions_recorded
    else:
        hit, known = _flagged(rule, found, discharges)
    return hit & mine & known, mine & known


def _enough_weeks(rule: Completion, found: Spells, weeks: Weeks, young: Bools) -> tuple[Bools, Bools]:
    adult = float(rule.hours or 0)
    least = np.where(young, rule.adolescent_hours or adult, adult)
    credit = weeks.credit(least[weeks.spell])
    unknown = np.isnan(credit)
    surely = np.bincount(weeks.spell, np.where(unknown, 0.0, credit), len(found))
    perhaps = surely + np.bincount(weeks.spell, np.where(unknown, weeks.days / WEEK, 0.0), len(found))
    needed = float(rule.weeks or 0) - 1e-9
    return surely >= needed, (surely >= needed) | (perhaps < needed)


def _flagged(rule: Completion, found: Spells, discharges: pd.DataFrame) -> tuple[Bools, Bools]:
    pairs = episodes_of(found, discharges)
    reasons = discharges["discharge_reason"].iloc[pairs.row]
    selected = reasons.notna().to_numpy(dtype=bool)
    wanted = (reasons == rule.reason).to_numpy(dtype=bool, na_value=False)
    hit, known = np.zeros(len(found), dtype=bool), np.zeros(len(found), dtype=bool)
    known[pairs.at[selected]] = True
    hit[pairs.at[selected & wanted]] = True
    return hit, known


def episodes_of(found: Spells, discharges: pd.DataFrame) -> Link:
    """Return pairs of a spell (`at`) and a row of discharges at its level that overlaps it (`row`)."""
    held = np.flatnonzero(np.isin(stay_days(discharges).level, SERVICES))
    stays = discharges.iloc[held]
    days = stay_days(stays)
    clients = found.names.take(found.client).rename("client_id").reset_index(drop=True)
    pairs = link(clients.to_frame(), stays)
    start, end = days.start[pairs.row], days.end[pairs.row]
    keep = days.level[pairs.row] == found.level[pairs.at]
    keep &= (start <= found.end[pairs.at]) & (end >= found.start[pairs.at])
    return Link(row=held[pairs.row[keep]], at=pairs.at[keep])
