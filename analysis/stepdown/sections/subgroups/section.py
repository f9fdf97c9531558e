"""Section on subgroups, dose and margins."""

from collections.abc import Iterator

from stepdown.display.drawing import Picture
from stepdown.display.section import Section, Shown
from stepdown.display.text_and_tables import Table, Text
from stepdown.results import Analysis
from stepdown.sections.subgroups import text
from stepdown.sections.subgroups.figure import dose_hazard, forest
from stepdown.sections.subgroups.read import SUBGROUPS, dose_curve, of_subgroups, refusals


def _parts(a: Analysis) -> Shown:
    return tuple(_yielded(a))


def _yielded(a: Analysis) -> Iterator[Text | Table | Picture]:
    arms = text.arms(a)
    for arm in arms:
        yield text.found(a, arm)
        if any(one.shown for one in of_subgroups(a.results, arm)):
            primary = next(iter(a.wording.analyses))
            yield forest(a.results, dict(a.labels), arm=arm, analysis=primary)
            yield text.table(a, arm)
    if not arms and refusals(a.results, SUBGROUPS):
        yield Text(refusals(a.results, SUBGROUPS))
    care = text.dose(a)
    if care is not None:
        yield care
        if dose_curve(a.results)["estimate"].notna().any():
            yield dose_hazard(a.results, word=a.wording.relapse)
    margin = text.margin_sentences(a)
    if margin is not None:
        yield margin


FOR_WHOM = Section(
    key="subgroups",
    title="For whom?",
    parts=_parts,
)
