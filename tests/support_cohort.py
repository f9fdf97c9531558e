"""Cohorts drawn as text, one stay a line.

    a: stay -28..0 | follow 0..90 lost | + 30 | - 10 | + (30,60] | death 40 | jail 50 | iop 5 | age 40

`stay` is admission..discharge (`stay -5..` is still there, `stay ?..0` was admitted on a day not known) with its
level where that is not residential, `follow` one observed span with its reason, `+` and `-` findings (with an interval where only an interval is
known), a level of care its day or span. A name that stands twice is a client with two stays. More words say
more: `iop 5 medication virtual missed` the kind, the modality, that nobody came; `outpatient 5 medication methadone`
what was given; `iop 5 3h` the hours; `- 33 urine due 30` the
source and the day due; `admitted 20 residential planned` (or `unplanned`) an admission; `emergency 20 claim sud
definite` a claim with principal diagnosis and certainty. `yes` and `no` are flags. Where nobody was found
positive or negative, the first client was tested on admission.
"""

import re
from typing import Any

import pandas as pd

from stepdown.schema import (
    DISCHARGES,
    DTYPES,
    FOLLOWUP,
    LEVELS,
    OBSERVATIONS,
    SERVICES,
    Cohort,
    Column,
    Schedule,
)

_FINDINGS = {
    "+": "positive",
    "-": "negative",
    "death": "death",
    "jail": "incarceration",
    "?": "missing",
    "refused": "refused",
    "inconclusive": "inconclusive",
    "admitted": "admission",
    "emergency": "emergency",
}
_FLAGGED = {
    "planned": ("planned", True),
    "unplanned": ("planned", False),
    "sud": ("principal_sud", True),
    "other_diagnosis": ("principal_sud", False),
}
_FLAGS = {"yes": True, "no": False}
_CORE = ("site_id", "randomization_day", "discharge_reason", "quarter")


def draw(
    text: str,
    *,
    covariates: tuple[Column, ...] = (),
    data_cut: int | None = None,
    visits: tuple[int, ...] = (),
    before: int = 0,
    after: int = 0,
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
    if not any(row["finding"] in ("positive", "negative") for row in rows["observations"]):
        rows["observations"].append(_tested(rows["discharges"][0]))
    discharges = pd.DataFrame(rows["discharges"]).assign(**columns)
    for name in _CORE:
        if name not in discharges:
            discharges[name] = pd.NA
    typed = {"client_id": "id", "episode_id": "id", "site_id": "id", "quarter": "text"}
    for name in discharges:
        kind = typed.get(name, "day" if name.endswith("_day") else "")
        if name in ("level", "discharge_reason"):
            kind = "code"
        if name in DISCHARGES and DISCHARGES[str(name)].kind == "flag":
            kind = "flag"
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
        schedule=Schedule(visits=visits, before=before, after=after) if visits else None,
    )


def _tested(stay: dict[str, Any]) -> dict[str, Any]:
    """Return a test on admission: a cohort without any finding of use or none could not be analyzed."""
    day = stay.get("admit_day", -1000)
    return {"client_id": stay["client_id"], "day": day, "finding": "negative", "source": "self_report"}


def _add(rows: dict[str, list[dict[str, Any]]], client: str, words: list[str]) -> None:
    what, where = words[0], words[1]
    if what == "stay":
        admit, _, leave = where.partition("..")
        stay = {
            "admit_day": None if admit == "?" else int(admit),
            "discharge_day": int(leave) if leave else None,
        }
        rows["discharges"][-1] |= stay | ({"level": words[2]} if words[2:] else {})
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
        rows["observations"].append(seen | _said(words[2:]))
    elif what in LEVELS:
        start, _, end = where.partition("..")
        care = {"client_id": client, "level": what, "start_day": int(start), "end_day": int(end or start)}
        rows["services"].append(care | {"attended": "missed" not in words[2:]} | _of_service(words[2:]))
    else:
        number = where.lstrip("-").replace(".", "").isdigit()
        rows["discharges"][-1][what] = float(where) if number else _FLAGS.get(where, where)


def _of_service(words: list[str]) -> dict[str, Any]:
    # `medication methadone`: what was given.
    at = words.index("medication") + 1 if "medication" in words else len(words)
    if words[at : at + 1] and words[at] in SERVICES["medication"].codes:
        return _of_words(words[:at] + words[at + 1 :]) | {"medication": words[at]}
    return _of_words(words)


def _of_words(words: list[str]) -> dict[str, Any]:
    columns = {word: name for name in ("kind", "modality") for word in SERVICES[name].codes}
    hours = [("hours", float(word[:-1])) for word in words if re.fullmatch(r"[\d.]+h", word)]
    return dict(hours) | {columns[word]: word for word in words if word in columns}


def _said(words: list[str]) -> dict[str, Any]:
    if "due" in words:
        at = words.index("due")
        return {"due_day": int(words[at + 1])} | _said(words[:at] + words[at + 2 :])
    columns = {word: name for name in ("source", "level", "certainty") for word in OBSERVATIONS[name].codes}
    return dict(_FLAGGED[word] if word in _FLAGGED else (columns[word], word) for word in words)


def _events(records: list[dict[str, Any]], table: Any) -> pd.DataFrame:
    used = {name for record in records for name in record}
    columns = [column for column in table if column in table.core or column.name in used]
    frame = pd.DataFrame(records, columns=[column.name for column in columns])
    return frame.astype({column.name: DTYPES[column.kind] for column in columns})
