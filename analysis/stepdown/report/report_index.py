"""Pages that list the reports of a folder, a quarter each, from their manifests alone.

Public and internal reports have a list each, so that no list shows numbers of both.
"""

import html
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import compress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from stepdown.report.manifest import PUBLIC
from stepdown.report.page import BANNER, WHY
from stepdown.report.report_folder import BRIEF, MANIFEST, PAGE, WORKBOOK, writing
from stepdown.results.words import count, percent, points

INDEX, INTERNAL_INDEX = "index.html", "index-internal.html"
FOLDER = "reports"
"""Name of a folder of reports, whose lists each run into it renews."""

_MARK = '<meta name="generator" content="stepdown: list of reports">'
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_BANNER = "%BANNER%"
_ESTIMATE = ("estimate", "conf_low", "conf_high")
_LINKS = ((PAGE, "Report"), (BRIEF, "Brief (PDF)"), (WORKBOOK, "Workbook"))


@dataclass(frozen=True, kw_only=True)
class QuarterRisk:
    """The risk of a quarter by the day of the list, with its confidence limits, and whether it is final."""

    risk: tuple[float, float, float]
    complete: bool


@dataclass(frozen=True, kw_only=True)
class ListedReport:
    """What the list shows of one report.

    Attributes
    ----------
    folder, title : str
        Path of its folder, from the list; title of its study.
    header : mapping of str to str
        Program, discharges, dates and data cut.
    findings : tuple of str
        Its first sentences.
    day : int
        Day by which the risk is stated.
    risk : tuple of float or None
        Risk by that day and its confidence limits; None where it is not one number.
    ends : tuple of float or None
        Lowest and highest risk by that day, where only a range is known.
    complete : tuple of float or None
        Discharges with all days up to that day before the data cut, and all discharges.
    public : bool
        Whether it was made for publication.
    files : tuple of str
        Its files.
    quarter : str
        The quarter that it is of; empty where it is of all quarters.
    quarters : mapping of str to QuarterRisk
        The risk by that day of each quarter, as the report has it.
    changes : mapping of str to (reference, estimate, low, high)
        Of complete quarters, the change of the risk from the quarter before.
    waits : bool
        Whether it is a public report of a quarter whose numbers wait until it is complete.
    """

    folder: str
    title: str
    header: Mapping[str, str]
    findings: tuple[str, ...]
    day: int
    risk: tuple[float, float, float] | None
    ends: tuple[float, float] | None
    complete: tuple[float, float] | None
    public: bool
    files: tuple[str, ...]
    quarter: str = ""
    quarters: Mapping[str, QuarterRisk] = field(default_factory=dict)
    changes: Mapping[str, tuple[str, float, float, float]] = field(default_factory=dict)
    waits: bool = False

    @property
    def name(self) -> str:
        """Name of its folder."""
        return self.folder.rpartition("/")[2]


def write_index(folder: Path) -> Path | None:
    """Write the lists of the reports in a folder; each is replaced in one step.

    Parameters
    ----------
    folder : Path
        Folder that holds the folders of reports.

    Returns
    -------
    Path or None
        The list of public reports; None where `index.html` is another page, which is left as it is. Internal
        reports are listed in `index-internal.html`, which is only written where there are any.
    """
    reports = listed_reports(folder)
    with writing(folder.name):
        if (folder / INTERNAL_INDEX).exists() or not all(one.public for one in reports):
            _replace(folder / INTERNAL_INDEX, index_page(reports, internal=True))
        return _replace(folder / INDEX, index_page(reports))


def _replace(target: Path, page: str) -> Path | None:
    if target.exists() and _MARK not in target.read_text(encoding="utf-8", errors="replace"):
        return None
    made = target.with_name(f".{target.name}-{os.getpid()}")
    made.write_text(page, encoding="utf-8", newline="\n")
    os.replace(made, target)
    return target


def listed_reports(folder: Path) -> list[ListedReport]:
    """Return the reports of a folder, the last quarter first; folders without a manifest are left out."""
    last_first = sorted(folder.glob(f"*/{MANIFEST}"), key=lambda path: path.parent.name, reverse=True)
    found = (_listed(path, folder) for path in last_first)
    return [one for one in found if one is not None]


def folder_of_reports(out: Path) -> Path | None:
    """Return the folder of reports that holds a report; else None."""
    folder = Path(os.path.abspath(out)).parent
    return folder if folder.name == FOLDER else None


def _listed(path: Path, folder: Path) -> ListedReport | None:
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        summary = content["summary"]
        return ListedReport(
            folder=path.parent.relative_to(folder).as_posix(),
            title=str(content["title"]).removesuffix(f", {content.get('quarter')}"),
            header={str(name): str(fact) for name, fact in summary["header"].items()},
            findings=tuple(map(str, summary["findings"])),
            day=int(summary["day"]),
            risk=_numbers(summary["risk"], _ESTIMATE),
            ends=_numbers(summary.get("range"), ("lowest", "highest")),
            complete=_numbers(summary["complete"], ("complete", "discharges")),
            public=content.get("audience") == PUBLIC,
            files=tuple(name for name in (*map(str, content["outputs"]), MANIFEST) if "/" not in name),
            quarter=str(content.get("quarter") or ""),
            quarters={
                str(name): QuarterRisk(risk=_numbers(one, _ESTIMATE), complete=bool(one["complete"]))
                for name, one in summary.get("quarters", {}).items()
            },
            changes={
                str(name): (str(one["reference"]), *_numbers(one, _ESTIMATE))
                for name, one in summary.get("changes", {}).items()
            },
            waits=bool(summary.get("waits", False)),
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _numbers(given: Any, names: Sequence[str]) -> Any:
    return None if given is None else tuple(float(given[name]) for name in names)


def index_page(reports: Sequence[ListedReport], *, internal: bool = False) -> str:
    """Return a list as a page without scripts, which asks for nothing.

    Parameters
    ----------
    reports : sequence of ListedReport
        The last first.
    internal : bool
        List the internal reports, under the banner of one, and not those under disclosure rules.

    Returns
    -------
    str
        HTML.
    """
    style = files("stepdown.report").joinpath("page.css").read_text(encoding="utf-8")
    mine = [one for one in reports if one.public != internal]
    title = "Internal reports" if internal else "Reports"
    banner = BANNER if internal else ""
    warning = f'<p class="banner" role="note"><strong>{banner}.</strong> {WHY}</p>\n' if internal else ""
    empty = f"<p>There is no {'internal ' if internal else ''}report in this folder.</p>"
    body = "\n".join([f"<h1>{title}</h1>", *_groups(mine), *([] if mine else [empty])])
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="robots" content="noindex">\n{_MARK}\n'
        f"<title>{title}</title>\n<style>\n{style.replace(_BANNER, banner)}</style>\n</head>\n<body>\n"
        f"{warning}<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _groups(reports: Sequence[ListedReport]) -> Iterator[str]:
    for title in dict.fromkeys(one.title for one in reports):
        mine = [one for one in reports if one.title == title]
        yield f"<h2>{html.escape(title)}</h2>"
        yield from (_findings(one) for one in mine[:1] if one.findings)
        yield _table(title, mine)


def _table(title: str, reports: Sequence[ListedReport]) -> str:
    before = [*reports[1:], None]
    newest = next((one for one in reports if one.quarters), None)
    changes = {name: change for one in reversed(reports) for name, change in one.changes.items()}
    rows = [_cells(one, other, newest, changes) for one, other in zip(reports, before, strict=True)]
    last = (
        ("Since the report before",)
        if newest is None
        else (f"By the report {html.escape(newest.name)}", "From the quarter before")
    )
    # The files are beside the name, where a phone shows them.
    names = ("Report", "Files", "Data cut", "Discharges", "Relapsed", "Follow-up", *last)
    filled = [any(cells) for cells in zip(*rows, strict=True)]
    head = "".join(f'<th scope="col">{name}</th>' for name in compress(names, filled))
    body = "\n".join(_row(tuple(compress(cells, filled))) for cells in rows)
    label = html.escape(f"Table: reports of {title}")
    how = (_CHANCE if newest is None else _NEWEST) if any(filled[-len(last) :]) else ""
    return (
        f'<div class="sd-scroll" role="region" aria-label="{label}" tabindex="0">\n<table class="sd-table">\n'
        f"<caption>The latest first</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody></table></div>\n"
        '<p class="sd-note">In parentheses: 95% confidence interval. Complete: discharges whose days up to '
        f"that day all lie before the data cut. {how}</p>"
    )


_CHANCE = "A change in percentage points may be chance alone; the report states whether it is more."
_NEWEST = (
    "By the latest report: the same quarter with the data of its data cut. From the quarter before: "
    "percentage points, of complete quarters alone."
)


def _row(cells: Sequence[str]) -> str:
    first, *rest = cells
    return f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"


def _cells(
    one: ListedReport,
    before: ListedReport | None,
    newest: ListedReport | None,
    changes: Mapping[str, tuple[str, float, float, float]],
) -> tuple[str, ...]:
    place = html.escape(quote(one.folder), quote=True)
    links = [
        f'<a href="{place}/{name}" aria-label="{words} of {html.escape(one.name)}">{words}</a>'
        for name, words in _LINKS
        if name in one.files
    ]
    return (
        html.escape(one.name),
        "<br>".join(links),
        html.escape(one.header.get("Data cut", "")),
        html.escape(one.header.get("Discharges", "").partition(" included")[0]),
        _risk(one),
        _maturity(one),
        *((_change(one, before),) if newest is None else (_now(one, newest), _from_before(one, changes))),
    )


def _risk(one: ListedReport) -> str:
    if one.risk is None and one.ends is not None:
        return f"range from {percent(one.ends[0])} to {percent(one.ends[1])} by day {one.day}"
    if one.risk is None:
        waiting = one.quarter and one.complete is not None and one.complete[0] < one.complete[1]
        if one.waits:
            return "not published yet"
        return "not known yet" if waiting else "not shown"
    value, low, high = one.risk
    return f"{percent(value)} ({percent(low)} to {percent(high)}) by day {one.day}"


def _now(one: ListedReport, newest: ListedReport) -> str:
    """Return the risk of the report's quarter as the latest report has it; empty in that report itself."""
    found = newest.quarters.get(one.quarter)
    if found is None or one is newest or one.day != newest.day:
        return ""
    value, low, high = found.risk
    status = "final" if found.complete else "provisional"
    return f"{percent(value)} ({percent(low)} to {percent(high)}), {status}"


def _from_before(one: ListedReport, changes: Mapping[str, tuple[str, float, float, float]]) -> str:
    """Return the change of a complete quarter from the one before, and whether it is more than chance."""
    if not one.quarter:
        return ""
    if one.quarter not in changes:
        # Of a complete quarter: it is the first, or the change is not shown.
        return "" if _maturity(one).startswith("final") else "not known yet"
    reference, value, low, high = changes[one.quarter]
    chance = "no more than chance explains" if low <= 0 <= high else "more than chance explains"
    ends = f"{points(low)} to {points(high)}"
    return f"{points(value)} ({ends}) from {html.escape(reference)}: {chance}"


def _change(one: ListedReport, before: ListedReport | None) -> str:
    if before is None or one.risk is None or before.risk is None or one.day != before.day:
        return ""
    return f"{points(one.risk[0] - before.risk[0])} points since {html.escape(before.name)}"


def _maturity(one: ListedReport) -> str:
    if one.waits:
        return "provisional"
    if one.complete is None or not one.complete[1]:
        # A public report of a complete quarter may hide that nobody lacks days.
        return "final" if one.public and one.quarter else ""
    done, every = one.complete
    if done >= every:
        return f"final: all complete to day {one.day}"
    return f"provisional: {count(done)} of {count(every)} complete to day {one.day}"


def _findings(one: ListedReport) -> str:
    text = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in one.findings)
    return f'<div class="sd-text sd-answer"><h3>{html.escape(one.name)}</h3>{text}</div>'
