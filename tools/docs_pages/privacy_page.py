"""The page on privacy: what each legal ground allows, and what the identifier check found."""

from tools.docs_pages.case_tables import filled, table
from tools.identifier_benchmark import stopped_columns

_SHARES = {
    "named": "Full names, SSN with separators or a header, telephones of 10 digits, e-mail and street "
    "addresses, medical record numbers with a header, full dates",
    "identifying": "All columns that identify people",
    "innocent": "Columns that do not, stopped all the same",
}


def privacy_page() -> str:
    """Return the page as Markdown."""
    sets = [stopped_columns.read(name) for name in (stopped_columns.FIRST, stopped_columns.SECOND)]
    asked = {"named": "99% or more", "identifying": "90% or more", "innocent": "under 5%"}
    rows = [
        (_SHARES[name], *(f"{stopped_columns.shares(one)[name]:.1%}" for one in sets), asked[name])
        for name in stopped_columns.GROUPS
    ]
    both: dict[tuple[str, str], list[int]] = {}
    for one in sets:
        for (group, kind), numbers in one.items():
            held = both.setdefault(("innocent" if group == "innocent" else "identifying", kind), [0, 0])
            held[0], held[1] = held[0] + numbers[0], held[1] + numbers[1]
    kinds = [
        (kind, "no" if group == "innocent" else "yes", str(many), str(found))
        for (group, kind), (many, found) in both.items()
        if group != "innocent" or found
    ]
    quiet = [many for (group, _), (many, found) in both.items() if group == "innocent" and not found]
    kinds.append((f"{len(quiet)} other kinds", "no", str(sum(quiet)), "0"))
    return filled(
        "privacy.md",
        shares=table(("Columns", "Stopped in the first set", "In the second", "Target"), rows),
        kinds=table(("Kind", "Identifies people", "Columns", "Stopped"), kinds),
    )
