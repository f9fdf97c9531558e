"""The page of levels of care: how stays and sessions are read, shown with the hand-worked cases."""

from collections.abc import Iterator

from tests.cases.parser import Case, cases_of
from tools.docs_pages.case_tables import filled, table

_HEADS: dict[str, tuple[str, ...]] = {
    "episodes": ("drawn", "episodes"),
    "levels": ("drawn", "level changes on"),
    "client_days": (
        "day",
        "level",
        "path so far",
        "days to first session",
        "last step up",
        "last step down",
        "dropped out on",
    ),
    "steps": ("drawn", "follow-up", "php, iop, outpatient", "step-down", "path"),
    "state_rows": ("drawn", "follow-up", "rows"),
    "weekly_hours": ("drawn", "weeks: days, hours, hours per week, met"),
    "spells": ("drawn", "spells at IOP", "attended of planned", "dropped out on", "8 weeks", "flag"),
    "level_names": ("level", "3rd edition", "4th edition"),
}


def levels_of_care_page() -> str:
    """Return the page of levels of care as Markdown."""
    parts = {name: _cases(name, head) for name, head in _HEADS.items()}
    client = cases_of("care", "client_days")[0].drawing
    return filled("levels-of-care.md", client=[client], **parts)


def _cases(name: str, head: tuple[str, ...]) -> Iterator[str]:
    return table((*head, "why"), [_row(case, len(head)) for case in cases_of("care", name)])


def _row(case: Case, columns: int) -> tuple[str, ...]:
    """Return the cells: the drawing or the day, the end of follow-up where there is one, and the results."""
    if "day" in case.own:
        first = [case.own["day"]]
    else:
        first = [case.drawing, *(f"{what} on day {day}" for what, day in case.own.items())]
    count = columns - len(first)
    results = [part.strip() for part in case.expected.split("|")] if count > 1 else [case.expected]
    return (*first, *results, case.why)
