"""The study in words, with the sentences that must stand in every report of it."""

from collections.abc import Iterator

from stepdown.cohort import People
from stepdown.compare import Design
from stepdown.results import Wording
from stepdown.results.words import ONLY_AN_INTERVAL as ONLY
from stepdown.schema import Cohort
from stepdown.study import Study

SAID = {
    "detected": (
        "counts from its last day, on which it was found. It happened on that day or before, so that numbers "
        "for early days are too low; the ranges in brackets do not allow for that."
    ),
    "midpoint": (
        "counts from the middle of it, rounded up to a whole day. What is not known of the day does not show "
        "in the ranges in brackets."
    ),
}


def wording(
    study: Study,
    cohort: Cohort,
    people: People,
    designs: list[Design],
    *,
    refused: list[str],
    quarter: str | None,
) -> Wording:
    """Return the words for an analysis.

    Parameters
    ----------
    study, cohort, people
        What was asked, of which data, and who is in.
    designs : list of Design
        The whole cohort last, the comparisons that could be made before it.
    refused : list of str
        Why a comparison could not be made.
    quarter : str or None
        The quarter that was chosen.
    """
    title = f"{study.title}, {quarter}" if quarter else study.title
    spec = study.outcome.spec
    return Wording(
        title=title,
        relapse=study.outcome.word,
        endpoint=spec.sentence,
        missing_rule=spec.missing_sentence(study.outcome.missing),
        time_zero=study.time_zero.event,
        window=study.outcome.window,
        times=study.outcome.times,
        arms=study.labels if len(designs) > 1 else (),
        analyses={design.key: design.sentence for design in designs},
        notes=tuple(_notes(study, cohort, people, refused)),
    )


def _notes(study: Study, cohort: Cohort, people: People, refused: list[str]) -> Iterator[str]:
    zero = study.time_zero
    yield _day_zero(study)
    yield from _rules(study, people)
    if zero.episode == "last":
        yield (
            "Only the last discharge of each client is counted. That a discharge is the last is known only "
            "later, so clients who came back are under-represented."
        )
    if zero.episode == "all":
        yield (
            "A client may count with several discharges. Intervals and the test of the curves allow for that."
        )
    yield from _uncertain(study, people)
    late = int((~people.table["complete"]).sum())
    if late:
        yield (
            f"{late:,} of {len(people.table):,} discharges had fewer than {study.outcome.window[1]} days "
            "between day 0 and the data cut; they are followed up to the cut."
        )
    yield from refused
    yield from _privacy(cohort)


def _day_zero(study: Study) -> str:
    word, zero = study.outcome.word, study.time_zero
    if zero.event != "discharge":
        return (
            f"Findings on day 0, the day of {zero.event} itself, are where clients start; they are no {word}."
        )
    if zero.day_zero == "exclude":
        return (
            f"A {word} on day 0, the day of {zero.event} itself, takes the discharge out of the analysis (a "
            "counted step)."
        )
    return f"A {word} on day 0, the day of {zero.event} itself, counts as an event and adds no time at risk."


def _rules(study: Study, people: People) -> Iterator[str]:
    """Say what the study chose where the definition leaves a choice."""
    asked, spec = study.outcome, study.outcome.spec
    if asked.settings:
        told = (f"{name} = {value}" for name, value in asked.settings.items())
        yield f"The definition {spec.name} is used with {', '.join(told)}."
    later = (people.table["confirmed"] > people.table["days"]).any() or people.uncertain is not None
    if later and study.analysis and any(choice.day for choice in study.analysis.designs):
        yield (
            f"A {asked.word} is dated to the day on which it began; after a landmark, to the day on which it "
            "was confirmed, because only that could be known then."
        )


def _uncertain(study: Study, people: People) -> Iterator[str]:
    """Say what was analyzed where contacts tell only an interval; nothing where every day is known."""
    word, asked = study.outcome.word, study.outcome
    if asked.interval in SAID and asked.spec.yields == "interval":
        yield f"{ONLY} the {word} {SAID[asked.interval]}"
    if people.exact:
        return
    takes = (
        f"that being reached has nothing to do with {word}, and that other events are as frequent after it "
        "as before it"
    )
    if people.uncertain is not None:
        times = asked.imputations
        yield (
            f"{ONLY} a day in it was drawn {times} times, as the rate of {word} in these data would have it, "
            f"and the {times} answers were pooled. The ranges in brackets allow for what is not known of the "
            f"day. This takes it {takes}. Counts of people are means, and who is in is told with each {word} "
            "on the last of its days."
        )
    elif asked.interval == "interval":
        yield (
            f"{ONLY} no day is put in its place: the numbers are estimated from the intervals. This takes it "
            f"{takes}; and that the rate of {word} is the same within each period."
        )
    else:
        yield (
            f"For some clients the day of {word} is only known to lie between two contacts. Numbers are "
            "given as a range: the lowest and the highest that these intervals allow. The estimates beside "
            f"it take it {takes}; those with an interval also that its rate is the same within each period."
        )


def _privacy(cohort: Cohort) -> Iterator[str]:
    for column, reason in cohort.allowed.items():
        yield f"Column `{column}` was let past the identifier guard: {reason}."
    if cohort.dropped:
        yield f"Left out on load because they hold identifiers: {', '.join(cohort.dropped)}."
    if cohort.anonymity is not None:
        known = cohort.anonymity
        yield (
            f"Clients who share {', '.join(known.columns)}: the smallest group has {known.smallest:,}; "
            f"{known.alone:,} of {known.clients:,} clients are alone in theirs."
        )
