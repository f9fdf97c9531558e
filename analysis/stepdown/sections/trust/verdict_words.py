"""What a check looked at, in words without a number, for reports that show no counts.

A sentence of a check holds counts and values, so a public report has its verdict alone. What the verdict
means follows from the rule of the check, which `docs/trust.md` states: no sentence here adds to it.
"""

from collections.abc import Sequence
from dataclasses import replace

from stepdown.results.words import plural
from stepdown.sections.trust.read import FAILED, PASSED, WARNING, WITHHELD, CheckFinding

_WORDS: dict[tuple[str, str], str] = {
    ("adjusted", WARNING): "The adjustment that the study file asks for could not be made.",
    ("balance", PASSED): (
        "After the adjustment, no characteristic differs between the groups by more than the limit."
    ),
    ("balance", WARNING): (
        "After the adjustment, a characteristic still differs between the groups by more than the limit."
    ),
    ("positivity", PASSED): "No characteristic keeps people out of a group.",
    ("positivity", WARNING): (
        "Some people could hardly have been in one of the groups: for them the estimate rests on models."
    ),
    (
        "overlap",
        PASSED,
    ): "By their characteristics, at least half of each group could have been in the other.",
    ("overlap", WARNING): (
        "By their characteristics, fewer than half of a group could have been in the other: the comparison "
        "leans on few people and on the models."
    ),
    ("effective_size", PASSED): "Each group rests on as many people as the limit asks for.",
    ("effective_size", WARNING): "After weighting, a group rests on a small part of its people.",
    ("events", PASSED): "Each group has as many {words} by day {day} as the limit asks for.",
    ("events", WARNING): "A group has few {words} by day {day}.",
    ("outcome_known", PASSED): (
        "The outcome by day {day} is known for as large a share of those due by then as the limit asks for."
    ),
    ("outcome_known", WARNING): (
        "The outcome by day {day} is known for a smaller share of those due by then than the limit."
    ),
    ("largest_share", PASSED): "No one person has more of the weight of a group than the limit.",
    ("largest_share", WARNING): "One person has more of the weight of a group than the limit.",
    ("placebo", PASSED): (
        "On the days before care can act, the risk of {word} differs no more than chance explains."
    ),
    ("placebo", WARNING): (
        "On the days before care can act, the risk of {word} differs by more than chance, or there are "
        "too few {words} to compare."
    ),
    ("negative_outcomes", PASSED): (
        "Outcomes that care cannot change differ between the groups no more than chance explains."
    ),
    ("negative_outcomes", WARNING): (
        "An outcome that care cannot change differs between the groups by more than chance, or could not be "
        "compared."
    ),
    ("negative_exposures", PASSED): (
        "By characteristics that cannot matter for {word}, groups differ in it no more than chance explains."
    ),
    ("negative_exposures", WARNING): (
        "By a characteristic that cannot matter for {word}, groups differ in it by more than chance, or "
        "could not be compared."
    ),
    ("loss", PASSED): (
        "People were lost to follow-up after a {word} no more often than before one, as far as chance allows."
    ),
    ("loss", WARNING): (
        "People were lost to follow-up more often after a {word} than before one. Others were probably lost "
        "after one that nobody saw, so that risks are too low."
    ),
    ("loss", FAILED): (
        "People were lost to follow-up more than twice as often after a {word} as before one. Others were "
        "probably lost after one that nobody saw, so that risks are too low."
    ),
    ("testing", PASSED): (
        "Neither group was tested or contacted more often by more than chance, or too few {words} are first "
        "found by tests for that to change much."
    ),
    ("testing", WARNING): (
        "One group was tested or contacted more often than the other, so that more of its {words} are found, "
        "and sooner."
    ),
    ("common_visits", PASSED): (
        "What is found at the visits that are the same for everyone gives the same comparison, as far as "
        "chance allows."
    ),
    ("common_visits", WARNING): (
        "What is found at the visits that are the same for everyone gives another comparison: part of the "
        "difference may be who was tested more often."
    ),
    ("influence", PASSED): (
        "Without any one discharge, or any one site, the difference changes little beside its uncertainty."
    ),
    ("influence", WARNING): (
        "Without one discharge, or one site, the difference changes much beside its uncertainty."
    ),
    ("influence", FAILED): "Without one discharge, or one site, the difference changes its direction.",
    ("start_model", PASSED): (
        "On each day of the grace period about as many started care as the model expects."
    ),
    ("start_model", WARNING): (
        "On some days of the grace period more, or fewer, started care than the model expects: weights may "
        "be wrong there."
    ),
    ("score_balance", PASSED): (
        "The latest scores of those who start care on a day and of those who do not are alike, as far as "
        "chance allows."
    ),
    ("score_balance", WARNING): (
        "The latest scores of those who start care on a day differ from those of the others: the weights do "
        "not undo it."
    ),
    ("hazards", PASSED): "The hazard ratio differs between periods no more than chance explains.",
    ("hazards", WARNING): (
        "The hazard ratio differs between periods by more than chance: use the risks by day, not one ratio."
    ),
    ("calendar", PASSED): (
        "Over the quarters of discharge, the rate of {word} changed no more than chance explains."
    ),
    ("calendar", WARNING): (
        "Over the quarters of discharge, the rate of {word} changed by more than chance explains."
    ),
}
_WORDS |= {("common_visits", FAILED): _WORDS["common_visits", WARNING]}
_WORDS |= {
    ("adjusted", WITHHELD): "The adjustment that the study file asks for cannot be made.",
    ("balance", WITHHELD): (
        "After the adjustment, a characteristic differs between the groups by too much to compare them."
    ),
    ("effective_size", WITHHELD): "A group rests on too few people.",
    ("events", WITHHELD): "A group has too few {words} by day {day}.",
    ("outcome_known", WITHHELD): (
        "The outcome by day {day} is known for too small a share of those due by then."
    ),
    ("largest_share", WITHHELD): "One person has too much of the weight of a group.",
}


def in_words(found: Sequence[CheckFinding], *, word: str, day: int) -> tuple[CheckFinding, ...]:
    """Return findings with what each verdict means in place of its sentences.

    Parameters
    ----------
    found : sequence of CheckFinding
        Those of a public report, whose sentences are the verdicts alone.
    word : str
        The study's word for the event.
    day : int
        End of the window.

    Returns
    -------
    tuple of CheckFinding
        A verdict that has no words, such as of a gate that was not judged, keeps its sentence.

    Examples
    --------
    >>> verdict = ("This check passed.",)
    >>> one = CheckFinding(name="events", analysis="baseline", verdict="passed", sentences=verdict, gate=True)
    >>> in_words([one], word="relapse", day=90)[0].sentences
    ('Each group has as many relapses by day 90 as the limit asks for.',)
    """
    many = plural(word)
    return tuple(
        replace(one, sentences=(_WORDS[one.name, one.verdict].format(word=word, words=many, day=day),))
        if (one.name, one.verdict) in _WORDS
        else one
        for one in found
    )


def judged() -> frozenset[tuple[str, str]]:
    """Return the checks and verdicts that have words."""
    return frozenset(_WORDS)
