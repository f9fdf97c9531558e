"""The flat form: one row a client, events as columns, with a cohort file that takes it apart again."""

from collections.abc import Mapping

import pandas as pd

from stepdown.schema import DISCHARGES
from stepdown.synthetic._rates import HORIZON
from stepdown.synthetic._toml_text import DATE_FORMAT, head, source_name, tail
from stepdown.synthetic._worlds import Recording

_CARE = ("php", "iop", "outpatient")
_EVENTS = ("death", "incarceration")


def flat_frame(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row a client: the first discharge, and what followed within the year after it.

    Care becomes its first and last attended day by level, observations the first positive finding, death
    and incarceration. Negative findings and single sessions are lost.
    """
    stays = frames["discharges"].drop_duplicates("client_id").set_index("client_id")
    zero = stays["discharge_day"]
    flat = stays[[name for name in stays if stays[name].notna().any()]].drop(
        columns=["episode_id", "level", "quarter"]
    )
    flat = flat.rename(columns={name: source_name(DISCHARGES[name]) for name in map(str, flat)})
    care = _within(frames["services"], zero, "start_day")
    care = care[care["attended"].fillna(True)]
    for level in _CARE:
        days = care[care["level"] == level].groupby("client_id")
        flat[f"{level}_first_date"] = days["start_day"].min()
        flat[f"{level}_last_date"] = days["end_day"].max()
    found = _within(frames["observations"], zero, "day").sort_values(["client_id", "day"], kind="stable")
    positive = found[found["finding"] == "positive"].drop_duplicates("client_id").set_index("client_id")
    flat["use_date"], flat["use_after_date"] = positive["day"], positive["since_day"]
    flat["use_source"] = positive["source"]
    for event in _EVENTS:
        flat[f"{event}_date"] = found[found["finding"] == event].groupby("client_id")["day"].min()
    spans = frames["followup"].drop_duplicates("client_id").set_index("client_id")
    flat["followed_to_date"], flat["followed_until"] = spans["end_day"], spans["reason"]
    return flat.reset_index()


def _within(rows: pd.DataFrame, zero: pd.Series, day: str) -> pd.DataFrame:
    since = rows[day] - rows["client_id"].map(zero)
    return rows[(since >= 0) & (since <= HORIZON)]


def flat_toml(flat: pd.DataFrame, recording: Recording, *, data_cut: int, sites: list[str]) -> str:
    """Return the cohort file of a flat cohort."""
    lines = [head(clock="date", data_cut=data_cut), "[flat]", 'file = "clients.csv"']
    lines += ["observations = [", *(f"    {row}," for row in _observations(flat)), "]"]
    spells = [
        f'    {{ level = {{ value = "{level}" }}, start_day = {_date(f"{level}_first_date")}, '
        f"end_day = {_date(f'{level}_last_date')} }},"
        for level in _CARE
    ]
    lines += ["services = [", *spells, "]"]
    span = f"start_day = {_date('discharge_date')}, end_day = {_date('followed_to_date')}"
    lines += [f'followup = [{{ {span}, reason = "followed_until" }}]', "", "[flat.discharges]"]
    for column in DISCHARGES:
        source = source_name(column)
        if source in flat:
            lines.append(
                f"{column.name} = {_date(source)}" if column.kind == "day" else f'{column.name} = "{source}"'
            )
    lines += ['level = { value = "residential" }', "", tail(recording, sites)]
    return "\n".join(lines)


def _date(source: str) -> str:
    return f'{{ from = "{source}", format = "{DATE_FORMAT}" }}'


def _observations(flat: pd.DataFrame) -> list[str]:
    since = f", since_day = {_date('use_after_date')}" if flat["use_after_date"].notna().any() else ""
    rows = [
        f'{{ day = {_date("use_date")}{since}, finding = {{ value = "positive" }}, source = "use_source" }}'
    ]
    rows += [
        f'{{ day = {_date(f"{event}_date")}, finding = {{ value = "{event}" }}, '
        'source = { value = "registry" } }'
        for event in _EVENTS
    ]
    return rows
