"""Section on subgroups, dose and margins."""

from collections.abc import Iterator

from stepdown.display.details import Details
from stepdown.display.drawing import Picture
from stepdown.display.section import Section, Shown, first_sentence
from stepdown.display.text_and_tables import Text
from stepdown.results import Analysis
from stepdown.sections.subgroups import text
from stepdown.sections.subgroups.figure import dose_hazard, forest
from stepdown.sections.subgroups.read import (
    SO_FAR,
    SUBGROUPS,
    dose_curve,
    dose_measures,
    of_subgroups,
    refusals,
    withheld_reason,
)


def _parts(a: Analysis) -> Shown:
    return tuple(_yielded(a))


def _yielded(a: Analysis) -> Iterator[Text | Details | Picture]:
    arms = text.arms(a)
    # Where all is withheld, once for all arms.
    for arm in arms[:1] if withheld_reason(a.results, SUBGROUPS) else arms:
        yield text.found(a, arm)
        if any(one.shown for one in of_subgroups(a.results, arm)):
            primary = next(iter(a.wording.analyses))
            drawn = forest(a.results, dict(a.labels), arm=arm, analysis=primary)
            yield Details("Every group in a figure and a table", (drawn, text.table(a, arm)))
    if not arms and refusals(a.results, SUBGROUPS):
        yield Text(refusals(a.results, SUBGROUPS))
    care = text.dose(a)
    if care is not None:
        yield care
        yield from _doses(a)
    margin = text.margin_sentences(a)
    if margin is not None:
        yield margin


def _finding(a: Analysis) -> str:
    return text.finding(a) or first_sentence(_parts(a))


def _doses(a: Analysis) -> Iterator[Picture]:
    """Yield the figures of the dose; all but the first are folded."""
    first = True
    for measure in dose_measures(a.results):
        for so_far in (False, True):
            if dose_curve(a.results, measure, SO_FAR if so_far else "")["estimate"].notna().any():
                yield dose_hazard(
                    a.results, word=a.wording.relapse, measure=measure, so_far=so_far, fold=not first
                )
                first = False


FOR_WHOM = Section(
    key="subgroups",
    title="For whom?",
    parts=_parts,
    finding=_finding,
)
