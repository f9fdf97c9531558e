"""Tables of the protocol, of deviations from it, and of the checklist."""

from stepdown.display.text_and_tables import Table
from stepdown.results import Analysis
from stepdown.sections.checklist.read import ChecklistItem, checklist_items, deviations, reported

_ABSENT = "not stated"


def deviation_table(a: Analysis) -> Table:
    """Return each key of the study file that differs from the registered protocol."""
    rows = tuple(
        (f"`{key}`", before or _ABSENT, now or _ABSENT)
        for key, before, now in (deviations(a) if a.provenance.registered else ())
    )
    note = "A key that is not stated has its default value; docs/study-file.md gives it."
    return Table("Deviations from the registered protocol", ("Key", "Registered", "This run"), rows, (note,))


def protocol_table(a: Analysis) -> Table:
    """Return the study file as it was run, without its comments."""
    rows = tuple((f"`{key}`", value) for key, value in a.provenance.protocol)
    note = "The keys of the study file with their values, without its comments."
    return Table("The protocol", ("Key", "Value"), rows, (note,), fold="The study file as it was run")


def checklist(a: Analysis) -> Table:
    """Return where each item of the reporting checklist is reported, or that it needs a human."""
    rows = tuple(
        (one.topic, _where(a, one), one.target or "no item", one.strobe or "no item", one.record or "no item")
        for one in checklist_items()
    )
    notes = (
        "Reported at: the section of this report that states it. The words of the items are ours. The "
        "numbers of STROBE and RECORD were compared with reprinted tables, seen in part; those of TARGET are "
        "not verified: compare all of them with the published lists before you submit a checklist.",
        "TARGET: observational studies that emulate a target trial. STROBE: observational studies. RECORD: "
        "routinely collected health data.",
    )
    columns = ("Item", "Reported at", "TARGET 2025", "STROBE", "RECORD")
    return Table(
        "Reporting checklist", columns, rows, notes, fold="Reporting checklist: TARGET, STROBE, RECORD"
    )


def _where(a: Analysis, item: ChecklistItem) -> str:
    human = f"needs a human: {item.human}" if item.human else ""
    if not item.at:
        return f"{human[:1].upper()}{human[1:]}"
    place = f"[[{item.at}|{item.place}]]" if item.at != "start" else item.place
    found = place if reported(a, item) else "Not in this report"
    return f"{found}; {human}" if human else found
