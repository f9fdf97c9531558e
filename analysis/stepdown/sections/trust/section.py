"""Section on whether the comparisons can be trusted."""

import pandas as pd

from stepdown.display.details import Details
from stepdown.display.section import Section, Shown
from stepdown.results import Analysis
from stepdown.sections.trust import text
from stepdown.sections.trust.control_tables import control_table
from stepdown.sections.trust.figure import love_plot, overlap_plot
from stepdown.sections.trust.read import CheckFinding, balance, findings, propensity, scores_by_day
from stepdown.sections.trust.score_figure import score_plot
from stepdown.sections.trust.verdict_words import in_words


def _known(numbers: pd.DataFrame) -> bool:
    """Return whether a table holds numbers, which a public report may leave out."""
    return bool(numbers.select_dtypes("number").notna().to_numpy().any())


def _parts(a: Analysis) -> Shown:
    keys = text.compared(a)
    if not keys:
        return ()
    first, *others = keys
    found = _findings(a, first)
    weighed = (
        love_plot(a, analysis=first) if _known(balance(a.results, analysis=first)) else None,
        text.balance_table(a, first),
        text.weight_table(a, first),
        text.size_table(a, first),
        control_table(a),
        *(
            score_plot(a, analysis=key, score=score, decision=decision)
            for key in keys
            for score, decision in _scored(a, key)
        ),
        *(overlap_plot(a, analysis=key) for key in keys if _known(propensity(a.results, analysis=key))),
    )
    found_there = tuple(part for part in weighed if part is not None)
    parts = [
        text.answer(a, found),
        text.concerns(found),
        text.passed(found, analysis=first),
        Details("How alike the groups are, and what the weights rest on", found_there)
        if found_there
        else None,
        *(text.of_another(_findings(a, key), analysis=key) for key in others),
    ]
    return tuple(part for part in parts if part is not None)


def _findings(a: Analysis, key: str) -> tuple[CheckFinding, ...]:
    found, words = findings(a.results, analysis=key), a.wording
    return in_words(found, word=words.relapse, day=words.window[1]) if words.released else found


def _scored(a: Analysis, key: str) -> tuple[tuple[str, str], ...]:
    """Return each score of a comparison with each decision that it is balanced at."""
    found = scores_by_day(a.results, analysis=key)
    return tuple(dict.fromkeys(zip(found["term"], found["level"], strict=True)))


TRUST = Section(
    key="trust",
    title="Can this be trusted?",
    parts=_parts,
)
