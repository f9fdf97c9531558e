"""Section on the sites."""

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
    parts = (
        text.found(a),
        site_funnel(a.results, word=a.wording.relapse, days=(a.wording.window[1],)),
        site_ratios(a.results, word=a.wording.relapse, days=(a.wording.window[1],)),
        text.table(a),
    )
    return tuple(part for part in parts if part is not None)


SITES = Section(
    key="sites",
    title="Site by site",
    introduction="Is a site's number of relapses more than chance and the people whom it treats explain?",
    parts=_parts,
)
