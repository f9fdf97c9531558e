"""The files of a report beside its page, all made from an analysis alone."""

from collections.abc import Sequence

from stepdown.report.brief import brief
from stepdown.report.figure_files import figure_files
from stepdown.report.report_folder import BRIEF, WORKBOOK
from stepdown.report.report_parts import ReportPart
from stepdown.report.workbook import workbook
from stepdown.results import Analysis


def other_files(
    a: Analysis, parts: Sequence[ReportPart], *, banner: str, disclosure: str
) -> dict[str, bytes]:
    """Return the files of a report that its page does not hold, by name.

    Parameters
    ----------
    a : Analysis
        What the report shows.
    parts : sequence of ReportPart
        Its sections.
    banner : str
        Words that every page and figure bears, such as that the report is internal; empty for none.
    disclosure : str
        What was done about small numbers, in a sentence or two.

    Returns
    -------
    dict of str to bytes
        Same analysis, same bytes: no file holds a clock time, a path or a name of this machine.
    """
    cut = a.wording.header.get("Data cut", "")
    source = f"{a.wording.title}. Data cut: {cut}." if cut else f"{a.wording.title}."
    return {
        WORKBOOK: workbook(a, parts, banner=banner),
        BRIEF: brief(a, parts, banner=banner, disclosure=disclosure),
        **figure_files(parts, banner=banner, source=source),
    }
