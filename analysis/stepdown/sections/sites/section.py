"""Section on the sites."""

from stepdown.display.details import Details
from stepdown.display.section import Section, Shown
from stepdown.results import Analysis
from stepdown.sections.sites import text
from stepdown.sections.sites.figure import site_funnel, site_ratios
from stepdown.sections.sites.read import RATIO, of_sites, refusal, site_rows


def _parts(a: Analysis) -> Shown:
    if refusal(a.results):
        return (text.found(a),)
    if of_sites(a.results, RATIO).empty:
        return ()
    if not any(row.shown for row in site_rows(a.results)):
        return (text.found(a),)
    details = (
        site_funnel(a.results, word=a.wording.relapse, days=(a.wording.window[1],)),
        site_ratios(a.results, word=a.wording.relapse, days=(a.wording.window[1],)),
        text.table(a),
    )
    shown = tuple(part for part in details if part is not None)
    return (text.found(a), Details("The sites in figures and a table", shown))


SITES = Section(
    key="sites",
    title="Site by site",
    introduction="Is a site's number of relapses more than chance and the people whom it treats explain?",
    parts=_parts,
    finding=text.finding,
)
