"""The page of program facts: each fact, where the data model holds it, and a cohort's own value."""

import html

from stepdown.replicate.claim_pages import STYLE
from stepdown.replicate.own_cohort import OwnCohort
from stepdown.replicate.program_facts import own_value, program_facts
from stepdown.replicate.registry import labels_of
from stepdown.report.page import framed

WHAT = (
    "The articles that cite the effects also describe programs. Each fact is as they state it, not verified. "
    "Beside it is the place where the data model holds it"
)
WITH_OWN, WITHOUT = ", and what your own cohort has.", "; with a cohort of your own, its value too."


def _label(name: str) -> str:
    return labels_of([name])[0]


def facts_page(own: OwnCohort | None) -> str:
    """Return the page of program facts.

    Parameters
    ----------
    own : OwnCohort or None
        A cohort of one's own; without it the page has no values.
    """
    heads = ["Fact", "Articles", "Columns", *([own.name.capitalize()] if own else [])]
    rows = []
    for one in program_facts():
        columns = "; ".join(
            f"{html.escape(label)} (<code>{html.escape(name)}</code>)"
            for label, name in zip(map(_label, one.columns), one.columns, strict=True)
        )
        cells = [(", ".join(one.articles), "Articles"), (columns, "Columns")]
        if own:
            cells.append((html.escape(own_value(one, own.cohort)), heads[-1]))
        made = "".join(f'<td data-head="{html.escape(head)}">{text}</td>' for text, head in cells)
        rows.append(f'<tr><th scope="row">{html.escape(one.fact)}</th>{made}</tr>')
    head = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in heads)
    body = [
        '<p><a href="report.html">All claims</a></p>',
        "<h1>Program facts that the articles state</h1>",
        f"<p>{html.escape(WHAT + (WITH_OWN if own else WITHOUT))}</p>",
        '<div class="sd-scroll"><table class="sd-claims"><caption>As the articles state it; primary sources '
        f"not traced</caption><thead><tr>{head}</tr></thead><tbody>",
        *rows,
        "</tbody></table></div>",
    ]
    return framed("\n".join(body), title="Program facts", style=STYLE)
