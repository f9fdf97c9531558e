"""All sections of a report, in the order of the report: one line registers a section."""

from dataclasses import replace
from functools import partial

from stepdown.display.section import Section, Shown
from stepdown.report.public_sections import finding_of, parts_of
from stepdown.results import Analysis
from stepdown.sections.care.section import CARE
from stepdown.sections.checklist.section import CHECKLIST
from stepdown.sections.comparison.section import COMPARISON
from stepdown.sections.definitions.section import DEFINITIONS
from stepdown.sections.followup.section import FOLLOWUP
from stepdown.sections.page_one.section import PAGE_ONE
from stepdown.sections.quality.section import QUALITY
from stepdown.sections.quarters.section import QUARTERS_SECTION
from stepdown.sections.relapse.section import ARMS, DECISIONS, PEOPLE, SPEED, TIMING
from stepdown.sections.secondary.section import SECONDARY
from stepdown.sections.sensitivity.section import SENSITIVITY_SECTION
from stepdown.sections.simple_comparison.section import SIMPLE
from stepdown.sections.sites.section import SITES
from stepdown.sections.subgroups.section import FOR_WHOM
from stepdown.sections.trust.section import TRUST

SECTIONS: dict[str, Section] = {
    one.key: one
    for one in (
        PAGE_ONE,
        QUARTERS_SECTION,
        PEOPLE,
        FOLLOWUP,
        SPEED,
        TIMING,
        ARMS,
        COMPARISON,
        TRUST,
        SENSITIVITY_SECTION,
        FOR_WHOM,
        SITES,
        SIMPLE,
        DEFINITIONS,
        CARE,
        SECONDARY,
        QUALITY,
        DECISIONS,
        CHECKLIST,
    )
}


def show(a: Analysis, key: str) -> Shown:
    """Return a section with its heading, as a notebook displays it.

    Of a public report, numbers that are left out say why, and a part that needs one says so instead.

    Parameters
    ----------
    a : Analysis
        What to show.
    key : str
        Key of the section, such as "care"; `SECTIONS` holds all.

    Returns
    -------
    tuple of Text, Table and Picture
    """
    section = SECTIONS[key]
    finding = None if section.finding is None else partial(finding_of, section)
    return replace(section, parts=partial(parts_of, section), finding=finding).show(a)
