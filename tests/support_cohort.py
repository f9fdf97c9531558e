"""Cohorts drawn as text, one stay a line.

    a: stay -28..0 | follow 0..90 lost | + 30 | - 10 | + (30,60] | death 40 | jail 50 | iop 5 | age 40

`stay` is admission..discharge, `follow` one observed span with its reason, `+` and `-` findings (with an
interval where only an interval is known), a level of care its day or span. A name that stands twice is a
client with two stays.
"""

import re
from typing import Any

import pandas as pd

from stepdown.schema import DTYPES, FOLLOWUP, LEVELS, OBSERVATIONS, SERVICES, Cohort, Column, Schedule

_FINDINGS = {"+": "positive", "-": "negative", "death": "death", "jail": "incarceration", "?": "missing"}
_CORE = ("site_id", "randomisation_day", "discharge_reason", "quarter")


def draw(
    text: str,
    *,
    covariates: tuple[Column, ...] = (),
    data_cut: int | None = None,
    visits: tuple[int, ...] = (),
    **columns: list[Any],
) -> Cohort:
    """Return the cohort that the text draws; extra columns of the discharges by name."""
    rows: dict[str, list[dict[str, Any]]] = {
        "discharges": [],
        "services": [],
        "observations": [],
        "followup": [],
    }
    for number, line in enumerate(filter(None, (line.strip() for line in text.splitlines()))):
        client, _, rest = line.partition(":")
        rows["discharges"].append(
            {"client_id": client.strip(), "episode_id": f"e{number}", "level": "residential"}
        )
        for item in rest.split("|"):
            _add(rows, client.strip(), item.split())
    discharges = pd.DataFrame(rows["discharges"]).assign(**columns)
    for name in _CORE:
        if name not in discharges:
            discharges[name] = pd.NA
    typed = {"client_id": "id", "episode_id": "id", "site_id": "id", "quarter": "text"}
    for name in discharges:
        kind = typed.get(name, "day" if name.endswith("_day") else "")
        if name in ("level", "discharge_reason"):
            kind = "code"
        if kind:
            discharges[name] = discharges[name].astype(DTYPES[kind])
    return Cohort(
        discharges=discharges,
        services=_events(rows["services"], SERVICES),
        observations=_events(rows["observations"], OBSERVATIONS),
        followup=_events(rows["followup"], FOLLOWUP),
        basis="synthetic",
        clock="day",
        data_cut=data_cut,
        covariates=covariates,
        schedule=Schedule(visits=visits) if visits else None,
    )


def _add(rows: dict[str, list[dict[str, Any]]], client: str, words: list[str]) -> None:
    what, where = words[0], words[1]
    if what == "stay":
        admit, _, leave = where.partition("..")
        rows["discharges"][-1] |= {"admit_day": int(admit), "discharge_day": int(leave)}
    elif what == "follow":
        start, _, end = where.partition("..")
        reason = words[2] if len(words) > 2 else "data_cut"
        span = {"client_id": client, "start_day": int(start), "end_day": int(end), "reason": reason}
        rows["followup"].append(span)
    elif what in _FINDINGS:
        found = re.fullmatch(r"\((-?\d+),(-?\d+)\]", where)
        since, day = (int(found[1]), int(found[2])) if found else (None, int(where))
        seen = {
            "client_id": client,
            "day": day,
            "since_day": since,
            "finding": _FINDINGS[what],
            "source": "self_report",
        }
        rows["observations"].append(seen)
    elif what in LEVELS:
        start, _, end = where.partition("..")
        care = {"client_id": client, "level": what, "start_day": int(start), "end_day": int(end or start)}
        rows["services"].append(care | {"attended": words[2:] != ["missed"]})
    else:
        rows["discharges"][-1][what] = float(where) if where.replace(".", "").isdigit() else where


def _events(records: list[dict[str, Any]], table: Any) -> pd.DataFrame:
    names = [column.name for column in table.core]
    frame = pd.DataFrame(records, columns=names)
    return frame.astype({column.name: DTYPES[column.kind] for column in table.core})
