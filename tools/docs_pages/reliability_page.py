"""The page on reliability: what became of the damaged projects of the last `make fuzz`."""

import json
from importlib.resources import files

from tools.docs_pages.case_tables import filled, table


def reliability_page() -> str:
    """Return the page as Markdown."""
    found = json.loads((files("tests.robustness") / "found.json").read_text(encoding="utf-8"))
    rows = [
        ("damaged inputs", f"{found['inputs']:,}"),
        ("refused, with the reason and the remedy", f"{found['refused']:,}"),
        ("loaded, nothing lost", f"{found['loaded']:,}"),
        *((f"must not happen: {what}", f"{many:,}") for what, many in found["faults"].items()),
    ]
    return filled("reliability.md", table=table(("Outcome", "Inputs"), rows), stops=[f"{found['stops']:,}"])
