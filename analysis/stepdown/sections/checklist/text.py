"""Sentences on the protocol, and whether it is the one that was registered."""

from stepdown.display.text_and_tables import Text
from stepdown.results import Analysis
from stepdown.sections.checklist.read import deviations


def protocol(a: Analysis) -> Text:
    """Return what the protocol of the study is, and how it differs from the registered one."""
    given = a.provenance
    first = f"The study file is the protocol of this study. Its SHA-256 is {given.study_sha256}."
    if not given.registered:
        return Text(
            (
                first,
                "The study file names no registered protocol, so deviations from one cannot be shown. Keep a "
                "copy of the study file as it was registered, and name it under `report.registered`.",
            )
        )
    name = f"the registered protocol, {given.registered_name}"
    found = deviations(a)
    if not found:
        return Text((first, f"It agrees with {name}, in every key."))
    many = "1 key" if len(found) == 1 else f"{len(found)} keys"
    return Text((first, f"It deviates from {name}, in {many}: see the table."), kind="caution")
