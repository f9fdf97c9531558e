"""What a report says of the choices that a study makes about its definition."""

import pytest

from stepdown.cohort import derive
from stepdown.compare import design, whole
from stepdown.report.labels import wording
from stepdown.results import Wording
from support_cohort import draw
from support_study import study

pytestmark = pytest.mark.slow

STAY = "stay -28..0 | follow 0..90"
CONFIRMED = (
    "A relapse is dated to the day on which it began; for the comparison after a landmark, one that took a "
    "later finding to confirm is dated to that finding, because only that day was known then."
)
WITHIN = (
    "The comparison imputes within groups. A client who started care is assumed to have had no relapse before "
    "that day, unless one is recorded."
)


ONLY = "Where contacts show only an interval,"


def said(text: str, **changes: object) -> Wording:
    asked, cohort = study(**changes), draw(text, randomization_day=[0] * (text.count("\n") + 1))
    people = derive(cohort, asked)
    sentences = {one.key: one.sentence for one in (design(people, asked), whole(people, asked))}
    return wording(asked, cohort, people, sentences, refused=[], quarter=None)


def test_the_rule_for_missing_observations_is_the_one_that_was_used() -> None:
    text = f"a: {STAY} | iop 3 | ? 30\nb: {STAY} | + 40"
    assert said(text).missing_rule.startswith("A missing observation is read neither as use nor")
    assert said(text, outcome__missing="positive").missing_rule == (
        "A contact that was due and gave no result counts as positive, also after the client was lost to follow-up."
    )


def test_parameters_and_the_choice_within_an_interval_are_told() -> None:
    text = f"a: {STAY} | iop 3 | + (20,30]\nb: {STAY}\nb: stay 40..60"
    assert not [note for note in said(text).notes if "is used with" in note or note.startswith(ONLY)]
    changed = {"outcome__endpoint": "readmission@1", "outcome__interval": "midpoint"}
    told = said(text, **changed, outcome__parameters={"max_gap_days": 3}).notes
    assert "The definition readmission@1 is used with max_gap_days = 3." in told
    # The day of an admission is known: nothing was chosen.
    assert not [note for note in told if note.startswith(ONLY)]


TAKES = (
    "that being contacted is unrelated to relapse, and that other events are as frequent after it as "
    "before it"
)


@pytest.mark.parametrize(
    ("interval", "note"),
    [
        (
            "detected",
            f"{ONLY} the relapse is dated to the last day of the interval, on which it was found. It happened on "
            "that day or earlier, so risks on early days are too low; the confidence intervals do not reflect "
            "this.",
        ),
        (
            "midpoint",
            f"{ONLY} the relapse is dated to the middle of the interval, rounded up to a whole day. The "
            "confidence intervals do not reflect the unknown day.",
        ),
        (
            "imputed",
            f"{ONLY} the day of relapse was imputed 5 times from the rate of relapse in these data, and the 5 "
            "estimates were pooled. Confidence intervals account for the unknown day. This assumes "
            f"{TAKES}. Counts of people are means over imputations.",
        ),
        (
            "interval",
            f"{ONLY} no day is imputed: risks are estimated from the intervals. This assumes "
            f"{TAKES}; and that the rate of relapse is constant within each period.",
        ),
        (
            "bounds",
            "For some clients the day of relapse is known only to lie between two contacts. Risks are given as a "
            "range: the lowest and the highest that agree with these intervals. The estimates beside it assume "
            f"{TAKES}; those with a confidence interval also assume that the rate is constant within each period.",
        ),
    ],
)
def test_what_was_analysed_instead_of_a_day_is_told(interval: str, note: str) -> None:
    text = f"a: {STAY} | iop 3 | + (20,30]\nb: {STAY}\nb: stay 40..60"
    changed = {"outcome__interval": interval, "outcome__imputations": 5}
    assert note in said(text, **changed).notes
    # The comparison has the days of the whole cohort: the interval's own finding confirmed the relapse.
    assert CONFIRMED not in said(text, **changed).notes
    assert (WITHIN in said(text, **changed).notes) == (interval == "imputed")
    dated = text.replace("(20,30]", "30")
    if interval not in ("detected", "midpoint"):
        assert note not in said(dated, **changed).notes


def test_the_confirmed_day_is_told_where_it_plays_a_part() -> None:
    text = f"a: {STAY} | iop 3 | + 20 | + 30\nb: {STAY}"
    assert CONFIRMED not in said(text).notes
    assert CONFIRMED in said(text, outcome__endpoint="two_positives@1").notes


def test_day_zero_is_told_as_it_was_read() -> None:
    text = f"a: {STAY} | iop 3 | + 20\nb: {STAY}"
    start = (
        "Findings on day 0, the day of randomization, describe clients at the start; they do not count as a "
        "relapse."
    )
    assert said(text, time_zero__event="randomization").notes[0] == start
    assert said(text).notes[0].endswith("excludes the discharge; the number is in the selection table.")
    assert (
        said(text, time_zero__day_zero="event")
        .notes[0]
        .endswith("counts as an event and adds no time at risk.")
    )


@pytest.mark.parametrize(
    ("found", "apart"), [("+ 20", True), ("+ (20,30]", True), ("+ (20,40]", False), ("+ (0,90]", False)]
)
@pytest.mark.parametrize("interval", ["detected", "bounds", "imputed"])
def test_whether_contacts_tell_periods_apart(found: str, apart: bool, interval: str) -> None:
    text = f"a: {STAY} | iop 3 | {found}\nb: {STAY}\nc: {STAY} | iop 3"
    changed = {"outcome__interval": interval, "outcome__times": [30, 60, 90], "outcome__imputations": 2}
    assert said(text, **changed).periods_apart == apart
