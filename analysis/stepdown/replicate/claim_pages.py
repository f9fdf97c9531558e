"""The pages of a replication: one for each claim, and the page that leads to them."""

import html
from collections.abc import Iterator, Sequence

from stepdown.display.drawing import Picture
from stepdown.replicate.claim import Claim
from stepdown.replicate.claim_columns import E_VALUE, INTERVAL
from stepdown.replicate.claim_figure import all_claims_picture, claim_picture
from stepdown.replicate.claim_finding import CITED
from stepdown.replicate.claim_words import (
    cited,
    design_alone,
    done_right_sentences,
    interval,
    no_effect_sentences,
    real,
    real_sentences,
    rebuilt_sentences,
    shown,
)
from stepdown.replicate.registry import labels_of
from stepdown.replicate.replication import ClaimResult
from stepdown.replicate.stop_quoting import stop_quoting
from stepdown.report.page import framed

STYLE = """
.sd-claims td, .sd-claims th { min-width: 6rem; }
.sd-claims tbody th { min-width: 12rem; }
.sd-answer .sd-scroll { background: none; }
.sd-badge { display: inline-block; border: 1px solid #595959; border-radius: .25rem; padding: 0 .4rem; }
@media (max-width: 40rem) {
  .sd-claims thead { position: absolute; left: -999rem; }
  .sd-claims tr { display: block; border-bottom: 2px solid #595959; padding: .4rem 0; }
  .sd-claims td, .sd-claims th { display: block; border: 0; padding: .15rem 0; min-width: 0; }
  .sd-claims td[data-head]::before { content: attr(data-head) ": "; font-weight: 600; }
  .sd-claims td:empty { display: none; }
}
"""
HEADS = ("Claim", "As cited", "Real data", "Verdict", "The design alone, without any effect")
WHAT = (
    "Programs and articles cite these effects of step-down care. None is verified here. Each row "
    "shows the figure "
    "as cited, what real data show, and what the same comparison gives in a simulated cohort in which "
    "care does "
    "nothing. A verdict is about the figure, not about the paper it comes from."
)


RULES_NEED = (
    "The three rules of RCT-DUPLICATE need an estimate from real data and the interval of the figure, which "
    "the source does not state: it is the one that the stated number of people would have given. The first "
    "also needs a ratio. Where one of these is lacking, a rule is not available."
)


def overview_page(results: Sequence[ClaimResult], *, facts: bool) -> str:
    """Return the page with a row for each claim.

    Parameters
    ----------
    results : sequence of ClaimResult
        In the order of the rows.
    facts : bool
        Whether there is a page of program facts.
    """
    body = ["<h1>Effects that programs cite, replicated</h1>", overview_body(results)]
    if facts:
        body.append('<p><a href="facts.html">Program facts that the articles state</a>, and your own.</p>')
    return framed("\n".join(body), title="Cited effects, replicated", style=STYLE)


def overview_body(results: Sequence[ClaimResult]) -> str:
    """Return what the page with a row for each claim shows, without its title."""
    body = [
        f"<p>{_text(WHAT)}</p>",
        *_stop(results),
        "<h2>All claims</h2>",
        _table(results),
        *_notes(),
    ]
    for ratios in (True, False):
        if (picture := all_claims_picture(results, ratios=ratios)) is not None:
            body.append(_figure(picture))
    return "\n".join(body)


def _stop(results: Sequence[ClaimResult]) -> Iterator[str]:
    found = stop_quoting(results)
    if not found:
        return
    noun = "This claim" if len(found) == 1 else f"These {len(found)} claims"
    verb = "it stands" if len(found) == 1 else "they stand"
    yield f'<div class="sd-answer"><h2>{noun} should not be quoted as {verb}</h2><ol>'
    for one, why in found:
        claim = f"<strong>{_link(one.claim)}</strong> {_text(one.claim.claim)}"
        yield f"<li><p>{claim}</p><p>{_text(why)}</p></li>"
    yield "</ol></div>"


def _table(results: Sequence[ClaimResult]) -> str:
    head = "".join(f'<th scope="col">{_text(one)}</th>' for one in HEADS)
    rows = "\n".join(_row(one) for one in results)
    return (
        '<div class="sd-scroll"><table class="sd-claims"><caption>Each id leads to the page of its claim.'
        f"</caption><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></div>"
    )


def _row(result: ClaimResult) -> str:
    claim = result.claim
    cells = (cited(claim), real(result), result.verdict.verdict, design_alone(result))
    made = "".join(
        f'<td data-head="{_text(head)}">{_text(cell)}</td>'
        for head, cell in zip(HEADS[1:], cells, strict=True)
    )
    return f'<tr><th scope="row">{_link(claim)} {_text(claim.claim)}</th>{made}</tr>'


def _notes() -> Iterator[str]:
    yield (
        '<p class="sd-note">Verdicts rest on real data alone. Agrees: the 95% interval holds the '
        "figure and is "
        "narrow enough. Differs: it excludes the figure. Too imprecise: it holds the figure, and no "
        "effect too. "
        "Cannot be judged: no real data here answer it, and the page of the claim states why.</p>"
    )
    yield (
        '<p class="sd-note">The design alone: the same comparison on a cohort that was solved to the figure, '
        "then simulated without any effect. Three numbers are those under weak selection, under selection as "
        "strong as in programs with the case mix of TEDS-D, and under strong selection: no data show which "
        "is right. How much of the figure that is, is measured on the logarithms of ratios.</p>"
    )


def claim_page(result: ClaimResult) -> str:
    """Return the page of a claim."""
    claim = result.claim
    body = [
        '<p><a href="report.html">All claims</a></p>',
        f"<h1>{claim.id}: {_text(claim.claim)}</h1>",
        claim_body(result),
    ]
    return framed("\n".join(body), title=f"{claim.id}, replicated", style=STYLE)


def claim_body(result: ClaimResult) -> str:
    """Return what the page of a claim shows, without its title."""
    claim = result.claim
    body = [
        f'<p><span class="sd-badge">{_text(claim.traced)}</span></p>',
        _facts(claim),
        f'<div class="sd-answer"><h2>Verdict: {_text(result.verdict.verdict)}</h2>'
        f"<p>{_text(_verdict_words(result))}</p>{_rules(result)}</div>",
    ]
    if (picture := claim_picture(result)) is not None:
        body.append(_figure(picture))
    parts = (
        ("1. As cited", _cited_sentences(result)),
        ("2. Rebuilt", rebuilt_sentences(result)),
        ("3. With no effect", no_effect_sentences(result)),
        ("4. Done right", done_right_sentences(result)),
        ("5. Real data", real_sentences(result)),
    )
    for name, sentences in parts:
        body.append(f"<h2>{name}</h2>")
        lines = [one for one in sentences if one]
        body.append("<ul>" + "".join(f"<li>{_text(one)}</li>" for one in lines) + "</ul>")
    body += ["<h2>What a replication needs</h2>", _needs(claim)]
    return "\n".join(body)


def _verdict_words(result: ClaimResult) -> str:
    return f"{result.verdict.reason} {result.verdict.difference}".strip()


def _facts(claim: Claim) -> str:
    people = f"{claim.n:,} people" if claim.n else "number of people not stated"
    lines = [
        f"Source as cited: {claim.source}.{_articles(claim)}",
        f"Population: {claim.population}; {people}.",
        f"Figure as cited: {cited(claim)}.",
        f"Reading: {claim.reading}",
    ]
    return "<ul>" + "".join(f"<li>{_text(one)}</li>" for one in lines) + "</ul>"


def _articles(claim: Claim) -> str:
    return f" Articles: {', '.join(claim.articles)}." if claim.articles else ""


def _cited_sentences(result: ClaimResult) -> Iterator[str]:
    for one in result.of(CITED):
        if not one.shown:
            yield one.note
        elif one.quantity == E_VALUE:
            yield (
                f"E-value {shown(one.estimate)}: a cause that nobody recorded would explain the figure if it "
                f"made the exposure and the outcome {shown(one.estimate)} times as likely each; at "
                f"{shown(one.low)} it would explain the nearer end of the interval."
            )
        elif one.variant == INTERVAL:
            yield f"Interval that the stated number of people would have given: {interval(one)}. {one.note}"
        else:
            yield f"Figure: {cited(result.claim)}."


def _rules(result: ClaimResult) -> str:
    """Return the three rules of RCT-DUPLICATE, of each source with an estimate."""
    rows = []
    for name, one in result.by_source.items():
        answers = (one.same_direction, one.inside, one.close)
        rows.append(f"<tr><th scope='row'>{_text(name)}</th>{''.join(f'<td>{a}</td>' for a in answers)}</tr>")
    if not rows:
        return f'<p class="sd-note">{RULES_NEED}</p>'
    heads = (
        "Data",
        "Same direction and significance",
        "Inside the interval",
        "Standardized difference < 1.96",
    )
    head = "".join(f'<th scope="col">{_text(one)}</th>' for one in heads)
    return (
        '<div class="sd-scroll"><table><caption>Rules of RCT-DUPLICATE, where the interval of the figure is '
        f"known</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
        f'<p class="sd-note">{RULES_NEED}</p>'
    )


def _needs(claim: Claim) -> str:
    labels = [labels_of([name])[0] for name in claim.fields]
    names = "".join(
        f"<li>{_text(label)} (<code>{_text(name)}</code>)</li>"
        for label, name in zip(labels, claim.fields, strict=True)
    )
    more = "".join(f"<li>{_text(name)}, which no table holds</li>" for name in claim.not_recorded)
    return f"<ul>{names}{more}</ul>"


def _figure(picture: Picture) -> str:
    return (
        f'<figure class="sd-figure"><figcaption><strong>{_text(picture.title)}</strong><br>'
        f"{_text(picture.subtitle)}</figcaption>\n{picture.svg}\n</figure>"
    )


def _link(claim: Claim) -> str:
    return f'<a href="{claim.id}.html">{claim.id}</a>'


def _text(text: str) -> str:
    return html.escape(text)
