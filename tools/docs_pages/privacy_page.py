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
    by_kind = stopped_columns.read()
    shares = stopped_columns.shares(by_kind)
    asked = {"named": "99% or more", "identifying": "90% or more", "innocent": "under 5%"}
    rows = [(_SHARES[name], f"{shares[name]:.1%}", asked[name]) for name in stopped_columns.GROUPS]
    kinds = [
        (kind, "no" if group == "innocent" else "yes", str(many), str(found))
        for (group, kind), (many, found) in by_kind.items()
        if group != "innocent" or found
    ]
    innocent = [numbers for (group, _), numbers in by_kind.items() if group == "innocent" and not numbers[1]]
    kinds.append((f"{len(innocent)} other kinds", "no", str(sum(many for many, _ in innocent)), "0"))
    return filled(
        "privacy.md",
        shares=table(("Columns", "Stopped", "Target"), rows),
        kinds=table(("Kind", "Identifies people", "Columns", "Stopped"), kinds),
    )
