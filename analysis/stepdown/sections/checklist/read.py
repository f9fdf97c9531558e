"""Items of the checklist, and whether the results of a run hold what each asks for."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

from stepdown.results import Analysis
from stepdown.results.reading import WHOLE, readable


@dataclass(frozen=True, kw_only=True)
class ChecklistItem:
    """What a report should state.

    Attributes
    ----------
    topic : str
        What it is about.
    target, strobe, record : str
        Number of the item in each list; empty where the list does not ask for it.
    at, place : str
        Key and title of the section that reports it, "start" for the first one; empty where no run can.
    rows : tuple of str
        Quantities that the results must hold, any of them.
    groups, registered : bool
        Whether only a comparison of groups, or a registered protocol, can report it.
    human : str
        What no run can fill.
    """

    topic: str
    target: str = ""
    strobe: str = ""
    record: str = ""
    at: str = ""
    place: str = ""
    rows: tuple[str, ...] = ()
    groups: bool = False
    registered: bool = False
    human: str = ""


def checklist_items() -> tuple[ChecklistItem, ...]:
    """Return all items, in the order of a paper."""
    text = files("stepdown.sections.checklist").joinpath("items.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)["item"]
    return tuple(ChecklistItem(**one | {"rows": tuple(one.get("rows", ()))}) for one in found)


def reported(a: Analysis, item: ChecklistItem) -> bool:
    """Return whether the report of an analysis states what an item asks for."""
    if not item.at or (item.registered and not a.provenance.registered):
        return False
    if item.groups and (a.wording.waits or not any(key != WHOLE for key in a.wording.analyses)):
        return False
    return not item.rows or bool(readable(a.results)["estimand"].isin(item.rows).any())


def deviations(a: Analysis) -> tuple[tuple[str, str, str], ...]:
    """Return each key whose value differs from the registered protocol: key, registered, in this run.

    A value is empty where one of the two does not state the key. What the report is made of is no deviation.
    """
    now, before = dict(a.provenance.protocol), dict(a.provenance.registered)
    keys = [key for key in dict.fromkeys((*before, *now)) if not key.startswith("report.")]
    pairs = ((key, before.get(key, ""), now.get(key, "")) for key in keys)
    return tuple(one for one in pairs if one[1] != one[2])
