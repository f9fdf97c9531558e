"""What a report says, for each choice of `outcome.interval`, of days that are only known as intervals."""

from pathlib import Path

import pytest

from stepdown.display import Picture
from stepdown.display.text_and_tables import Table
from stepdown.report import first_look as sections
from stepdown.results import Analysis
from stepdown.schema import Cohort, Column
from stepdown.sections.relapse import text as prose
from support_cohort import draw
from support_run import ARMS, analyzed

pytestmark = pytest.mark.slow

STAY = "stay -28..0"
# By day 30 two of eight; two are lost then; by day 90 one of the four seen again.
EIGHT = [
    f"{STAY} | follow 0..90 | + (0,30]",
    f"{STAY} | follow 0..90 | + (0,30]",
    f"{STAY} | follow 0..90 | + (30,90]",
    *[f"{STAY} | follow 0..90"] * 3,
    *[f"{STAY} | follow 0..30 lost"] * 2,
]
RANDOMIZED = """
[contrast]
arms = { column = "treat", values = ["x", "y"], labels = ["X", "Y"] }

[analysis]
primary = { design = "baseline" }
"""
TIMES = "\n[outcome]\ntimes = [30, 90]\nimputations = 5\n"
SAID = {
    "detected": "the relapse counts from its last day, on which it was found.",
    "midpoint": "the relapse counts from the middle of it, rounded up to a whole day.",
    "imputed": (
        "a day in it was drawn 5 times, as the rate of relapse in these data would have it, and the 5 answers "
        "were pooled."
    ),
    "interval": "no day is put in its place: the numbers are estimated from the intervals.",
}


def cohort() -> Cohort:
    lines = [f"c{copy}{place}: {line}" for copy in range(4) for place, line in enumerate(EIGHT)]
    treat = Column(name="treat", meaning="Arm.", kind="text", known="admission")
    arms = ["xy"[(place + place // 8) % 2] for place in range(len(lines))]
    return draw("\n".join(lines), visits=(30, 90), covariates=(treat,), treat=arms)


def told(folder: Path, interval: str) -> Analysis:
    return analyzed(cohort(), folder, more=f'{TIMES}interval = "{interval}"\n{RANDOMIZED}')


def captions(shown: tuple[object, ...]) -> list[str]:
    return [part.caption for part in shown if isinstance(part, Table)]


@pytest.mark.parametrize("interval", list(SAID))
def test_headline_and_body_say_what_stands_for_the_day(interval: str, tmp_path: Path) -> None:
    a = told(tmp_path, interval)
    assert f"Where contacts tell only an interval, {SAID[interval]}" in prose.headline(a).paragraphs
    whole = next(note for note in a.wording.notes if note.startswith("Where contacts tell only an interval"))
    assert whole in prose.speed(a).paragraphs
    assert whole in prose.decisions(a).items
    # 2 of 8 by day 30, then 1 of 4.
    assert prose.headline(a).paragraphs[0].startswith("Of every 100 discharges, 25 had relapsed by day 30 (1")
    assert any(isinstance(part, Picture) for part in sections.speed(a)) == (interval != "interval")


def test_estimates_from_intervals_are_the_numbers_of_the_report(tmp_path: Path) -> None:
    a = told(tmp_path, "interval")
    assert captions(sections.speed(a)) == ["Relapsed by each day, as estimated from the contacts"]
    said = sections.timing(a)
    assert said[0].paragraphs[0] == (  # type: ignore[union-attr]
        "Estimated from the contacts, with the rate of new relapses taken to be the same within each period. "
        "Not shown: days free. Contacts tell only that it happened since the contact before, not on which day."
    )
    assert captions(said) == [
        "New relapses per 100 relapse-free per month, by period",
        "What the window tells",
    ]
    assert not any(isinstance(part, Picture) for part in said)
    compared = sections.arms(a)
    assert captions(compared) == [
        "Relapsed by each day, as estimated from the contacts",
        "Differences: X against Y",
        "New relapses per 100 relapse-free per month, by period",
        "What the window tells",
    ]
    words = compared[0].paragraphs  # type: ignore[union-attr]
    assert words[-1] == "Not shown: average days free and a test of the curves. They need days."
    assert any(text.startswith("That is 0 of 100 (X against Y)") for text in words)


def test_an_interval_over_the_landmark_leaves_nothing_to_compare(tmp_path: Path) -> None:
    found = ["| + (0,30]"] * 6 + [""] * 6
    lines = [
        f"c{place}: {STAY} | follow 0..90 {text}{' | iop 3' if place % 2 else ''}"
        for place, text in enumerate(found)
    ]
    more = f'{TIMES}interval = "interval"\n{ARMS}'
    shown = sections.arms(analyzed(draw("\n".join(lines), visits=(30, 90)), tmp_path, more=more))
    assert captions(shown) == []
    assert shown[0].paragraphs[-2:] == (  # type: ignore[union-attr]
        "For 6 discharges it is not known whether the relapse came before or after day 14.",
        "So nothing is given for the arms.",
    )
