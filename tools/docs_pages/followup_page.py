"""The page of follow-up: the states of a visit and the hand-worked cases, generated."""

from stepdown.cohort.followup import MEANINGS
from tests.cases.parser import cases_of
from tools.docs_pages.case_tables import filled, table


def follow_up_page() -> str:
    """Return the page of follow-up as Markdown."""
    cases = cases_of("followup", "visits")
    given = cases[0].settings
    visits, before, after = given["visits"].split(), int(given["before"]), int(given["after"])
    windows = [f"Visit {visit} ({int(visit) - before} to {int(visit) + after})" for visit in visits]
    rows, shown = [], ""
    for case in cases:
        rows.append((f"`{case.drawing}`", *case.expected.split(", "), "" if case.why == shown else case.why))
        shown = case.why
    return filled(
        "follow-up.md",
        states=[f"{number}. `{name}`: {text}." for number, (name, text) in enumerate(MEANINGS.items(), 1)],
        data_cut=[given["data_cut"]],
        cases=table(("Drawn", *windows, "Shows"), rows),
    )
