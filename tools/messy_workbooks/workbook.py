"""A workbook as programs keep it: titles, mixed dates, many words for one thing, total rows."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from openpyxl import Workbook

from tools.messy_workbooks.program import DAYS, Courses

_OPENING = dt.date(2024, 3, 1)
_NAMES = ("Alvarez", "Baker", "Chen", "Diaz", "Evans", "Foster", "Green", "Hughes", "Ito", "Jensen")
_REASONS = {True: ("Completed", "completed ", "Graduated"), False: ("AMA", "Left AMA", "Admin D/C")}
_SUBSTANCES = ("ETOH", "Alcohol", "Heroin", "Fentanyl", "Meth", "Cocaine", "THC", "Benzos")
_FREE, _USED = ("Sober", "abstinent", "doing well", "No use"), ("Relapsed", "relapse", "Using", "used")
_NO_CALL = ("No answer", "LVM", "left message", "Refused", "no answer", "")
_IDS = ("MRN", "Client ID", "Chart #", "Patient ID")
_EXITS = ("D/C Date", "Discharge Date", "Date of Discharge", "DC Date")
_ENTRIES = ("Admit Date", "Admission Date", "Date Admitted", "Intake Date")
_CALLS = (
    ("{0} day call date", "{0} day result", "{0} day: date of first use"),
    ("{0}-day contact date", "{0}-day outcome", "{0}-day first use date"),
    ("Day {0} Call Date", "Day {0} Status", "Day {0} Relapse Date"),
    ("{0}d FU date", "{0}d FU result", "{0}d date of first use"),
)


class _Writer:
    """Writes cells as different people would."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def pick(self, words: Sequence[str]) -> str:
        return words[int(self.rng.integers(len(words)))]

    def date(self, day: dt.date | None) -> object:
        if day is None:
            return None
        drawn = self.rng.random()
        if drawn < 0.7:
            return dt.datetime(day.year, day.month, day.day)
        if drawn < 0.9:
            return f"{day.month}/{day.day}/{day.year}"
        return f"{day.month}/{day.day}/{day:%y}" if drawn < 0.96 else f"{day:%b %d, %Y}"


def write_workbook(path: Path, drawn: Courses, rng: np.random.Generator) -> None:
    """Write the clients of a program to a workbook with a sheet of stays and one of sessions."""
    writer, count = _Writer(rng), len(drawn.relapse)
    ids = rng.choice(900_000, count, replace=False) + 100_000
    exits = [_OPENING + dt.timedelta(days=int(day)) for day in np.sort(rng.integers(0, 365, count))]
    export = exits[-1] + dt.timedelta(days=95)
    book = Workbook()
    _stays(book.active, writer, drawn, ids.tolist(), exits, export)
    sessions = book.create_sheet(writer.pick(("IOP sessions", "Attendance", "Sessions")))
    _sessions(sessions, writer, drawn, ids.tolist(), exits)
    lists = book.create_sheet("Lists")
    for word in ("Completed", "AMA", "Admin D/C"):
        lists.append([word])
    book.save(path)


def _stays(
    sheet: Any,
    writer: _Writer,
    drawn: Courses,
    ids: Sequence[int],
    exits: Sequence[dt.date],
    export: dt.date,
) -> None:
    sheet.title = writer.pick(("Residential log", "Discharges", "D-C log 2024"))
    calls = _CALLS[int(writer.rng.integers(len(_CALLS)))]
    with_group, with_total = writer.rng.random(2) < 0.6
    header = [writer.pick(_IDS), "Last Name", "DOB", "Gender", writer.pick(_ENTRIES), writer.pick(_EXITS)]
    header += ["D/C Type", "Primary Drug", "IOP/PHP Start"]
    header += [name.format(due) for due in DAYS for name in calls] + ["Comments"]
    if writer.rng.random() < 0.7:
        sheet.append(["Residential program - discharge log"])
    if with_group:
        sheet.append(["Client", None, None, None, "Stay", None, None, None, "Aftercare", "Follow up"])
    sheet.append(header)
    month = exits[0].month
    for row, (who, left) in enumerate(zip(ids, exits, strict=True)):
        if left.month != month:
            sheet.append([None] * len(header))
            month = left.month
        sheet.append(_stay(writer, drawn, row, who, left, export))
    if with_total:
        sheet.append(["TOTAL", None, None, None, None, len(ids)])


def _stay(
    writer: _Writer, drawn: Courses, row: int, who: int, left: dt.date, export: dt.date
) -> list[object]:
    rng = writer.rng
    born = dt.date(int(rng.integers(1956, 2004)), int(rng.integers(1, 13)), int(rng.integers(1, 28)))
    care = drawn.care[row]
    start = left + dt.timedelta(days=int(care)) if np.isfinite(care) else None
    cells: list[object] = [
        who,
        writer.pick(_NAMES),
        writer.date(born),
        writer.pick(("M", "F", "m", "Female", "Male")),
        writer.date(left - dt.timedelta(days=int(rng.integers(7, 46)))),
        writer.date(left),
        writer.pick(_REASONS[bool(drawn.completed[row])]),
        writer.pick(_SUBSTANCES),
        writer.date(start),
    ]
    for due, answers in zip(DAYS, (0.62, 0.52), strict=True):
        called = left + dt.timedelta(days=due + int(rng.integers(-3, 11)))
        if called > export:
            cells += [None, None, None]
        elif rng.random() >= answers:
            cells += [
                writer.date(called) if rng.random() < 0.5 else None,
                writer.pick(_NO_CALL) or None,
                None,
            ]
        elif (called - left).days >= drawn.relapse[row]:
            used = left + dt.timedelta(days=int(drawn.relapse[row]))
            dated = writer.date(used) if rng.random() < 0.5 else (None if rng.random() < 0.7 else "unknown")
            cells += [writer.date(called), writer.pick(_USED), dated]
        else:
            cells += [writer.date(called), writer.pick(_FREE), None]
    return [*cells, writer.pick(("", "mother called", "moved away")) or None]


def _sessions(
    sheet: Any, writer: _Writer, drawn: Courses, ids: Sequence[int], exits: Sequence[dt.date]
) -> None:
    sheet.append(["MRN", "Session Date", "Level", "Attended?", "Hours"])
    for who, left, care, relapse in zip(ids, exits, drawn.care, drawn.relapse, strict=True):
        if not np.isfinite(care):
            continue
        for session in range(int(writer.rng.integers(6, 36))):
            day = int(care) + 7 * (session // 3) + 2 * (session % 3)
            if day > relapse and writer.rng.random() < 0.7:
                break
            level = writer.pick(("IOP", "IOP", "PHP")) if session < 18 else "OP"
            attended = writer.pick(("Y", "Y", "Y", "Yes", "N", "NS"))
            sheet.append([who, writer.date(left + dt.timedelta(days=day)), level, attended, 3])
