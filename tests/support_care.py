"""Care drawn as text, one client a line.

    a: RES -28..0 | IOP 1..? completed | iop 5 3h group virtual | iop 7 3h missed | op 8..20 12h | iop 9 extra

A level in capitals is a stay, a row of `discharges`, with its reason if one is given; in small letters it is
a row of `services`: a session or a span, with hours, kind, modality, `missed`, `planned` or `extra` (not
planned). A question mark is a day that is not known.
"""

from typing import Any, NamedTuple

import pandas as pd

from stepdown.cohort.care import client_days, join_stays
from stepdown.schema import DISCHARGES, DTYPES, SERVICES, Table

NAMES = {"wm": "withdrawal", "res": "residential", "php": "php", "iop": "iop", "op": "outpatient"}
_DISCHARGES = ("client_id", "episode_id", "level", "admit_day", "discharge_day", "discharge_reason")
_SERVICES = (
    "client_id",
    "level",
    "start_day",
    "end_day",
    "hours",
    "kind",
    "modality",
    "attended",
    "planned",
)


class Care(NamedTuple):
    discharges: pd.DataFrame
    services: pd.DataFrame


def care(text: str) -> Care:
    """Return the tables that the text draws."""
    stays: list[dict[str, Any]] = []
    sessions: list[dict[str, Any]] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        client, _, rest = line.partition(":")
        for words in filter(None, (item.split() for item in rest.split("|"))):
            start, _, end = words[1].partition("..")
            days = _day(start), _day(end or start)
            level = NAMES[words[0].lower()]
            if words[0].isupper():
                stay = {"client_id": client, "episode_id": f"e{len(stays)}", "level": level}
                reason = words[2] if len(words) > 2 else None
                stays.append(
                    stay | {"admit_day": days[0], "discharge_day": days[1], "discharge_reason": reason}
                )
            else:
                row = {"client_id": client, "level": level, "start_day": days[0], "end_day": days[1]}
                sessions.append(row | {"attended": True} | dict(map(_fact, words[2:])))
    return Care(_frame(stays, _DISCHARGES, DISCHARGES), _frame(sessions, _SERVICES, SERVICES))


def _day(text: str) -> int | None:
    return None if text == "?" else int(text)


def _fact(word: str) -> tuple[str, Any]:
    if word.endswith("h") and word[:-1].replace(".", "").isdigit():
        return "hours", float(word[:-1])
    if word in ("missed", "planned", "extra"):
        return {"missed": ("attended", False), "planned": ("planned", True), "extra": ("planned", False)}[
            word
        ]
    return ("modality" if word in SERVICES["modality"].codes else "kind"), word


def _frame(rows: list[dict[str, Any]], names: tuple[str, ...], table: Table) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(names))
    for name in names:
        column = table[name]
        if column.codes:
            frame[name] = pd.Categorical(frame[name], categories=list(column.codes))
        else:
            frame[name] = frame[name].astype(DTYPES[column.kind])
    return frame


def episodes(text: str, **options: Any) -> list[str]:
    """Return the episodes of everyone drawn: `a1 RES>PHP -28..20 (2 stays)`."""
    found = join_stays(care(text).discharges, **options).episodes
    days = found[["first_day", "last_day"]].astype("string").fillna("?")
    return [
        f"{row.client_id}{row.episode} {row.path} {first}..{last} ({row.stays} stays)"
        for row, first, last in zip(found.itertuples(), days["first_day"], days["last_day"], strict=True)
    ]


def people(drawn: Care, client: str) -> tuple[list[tuple[str, int, int]], list[tuple[str, int, int]]]:
    """Return the stays and the attended sessions of one client: level, first and last day."""
    stays = drawn.discharges[drawn.discharges["client_id"] == client]
    mine = drawn.services[(drawn.services["client_id"] == client) & drawn.services["attended"]]
    return (
        list(zip(stays["level"], stays["admit_day"], stays["discharge_day"], strict=True)),
        list(zip(mine["level"], mine["start_day"], mine["end_day"], strict=True)),
    )


def levels_of(drawn: Care, client: str, days: Any) -> list[str]:
    """Return the level of a client on some days."""
    question = pd.DataFrame({"client_id": client, "day": days}).astype({"client_id": DTYPES["id"]})
    return client_days(question, *drawn)["level"].tolist()


def table_of(rows: list[tuple[str, int, int, int]], **columns: list[Any]) -> pd.DataFrame:
    """Return a people's table: client, time zero, last day and event of each discharge."""
    table = pd.DataFrame(rows, columns=["client_id", "zero", "days", "event"])
    return table.astype({"client_id": DTYPES["id"], "zero": "Int64", "days": "float64"}).assign(**columns)
