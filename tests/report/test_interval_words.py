"""What a report says, for each choice of `outcome.interval`, of days that are only known as intervals."""

from pathlib import Path

import pytest

from stepdown.display import Picture
from stepdown.display.text_and_tables import Table
from stepdown.report.sections import SECTIONS
from stepdown.results import Analysis
from stepdown.schema import Cohort, Column
from stepdown.sections.page_one import text as page_one
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
    "detected": "the relapse is dated to the last day of the interval, on which it was found.",
    "midpoint": "the relapse is dated to the middle of the interval, rounded up to a whole day.",
    "imputed": (
        "the day of relapse was imputed 5 times from the rate of relapse in these data, and the 5 estimates were "
        "pooled."
    ),
    "interval": "no day is imputed: risks are estimated from the intervals.",
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
    assert f"Where contacts show only an interval, {SAID[interval]}" in str(page_one.explained(a))
    whole = next(note for note in a.wording.notes if note.startswith("Where contacts show only an interval"))
    assert whole in prose.speed(a).paragraphs
    assert whole in prose.decisions(a).items
    # 2 of 8 by day 30, then 1 of 4.
    assert page_one.answer(a).paragraphs[0].startswith("25.0% of discharges had relapsed by day 30 (95% CI 1")
    assert any(isinstance(part, Picture) for part in SECTIONS["speed"].parts(a)) == (interval != "interval")


def test_estimates_from_intervals_are_the_numbers_of_the_report(tmp_path: Path) -> None:
    a = told(tmp_path, "interval")
    assert captions(SECTIONS["speed"].parts(a)) == ["Relapsed by each day, as estimated from the contacts"]
    said = SECTIONS["timing"].parts(a)
    assert said[0].paragraphs[0] == (  # type: ignore[union-attr]
        "Rates are estimated from the contacts, assuming a constant rate of new relapses within each period. Not "
        "shown: relapse-free days. Contacts show that the relapse happened since the previous contact, but not "
        "on which day."
    )
    assert captions(said) == [
        "New relapses per 100 relapse-free people per month, by period",
        "Relapse on days 31-90",
    ]
    assert not any(isinstance(part, Picture) for part in said)
    compared = SECTIONS["arms"].parts(a)
    assert captions(compared) == [
        "Relapsed by each day, as estimated from the contacts",
        "Differences from the reference",
        "New relapses per 100 relapse-free people per month, by period",
        "Relapse on days 31-90",
    ]
    words = compared[0].paragraphs  # type: ignore[union-attr]
    assert words[-1] == (
        "Not shown: relapse-free days and a test of the curves. Both need the day of each relapse."
    )
    assert any(
        text.startswith("Difference by day 90, “X” compared with “Y”: no more and no fewer ")
        for text in words
    )


def test_an_interval_over_the_landmark_leaves_nothing_to_compare(tmp_path: Path) -> None:
    found = ["| + (0,30]"] * 6 + [""] * 6
    lines = [
        f"c{place}: {STAY} | follow 0..90 {text}{' | iop 3' if place % 2 else ''}"
        for place, text in enumerate(found)
    ]
    more = f'{TIMES}interval = "interval"\n{ARMS}'
    shown = SECTIONS["arms"].parts(analyzed(draw("\n".join(lines), visits=(30, 90)), tmp_path, more=more))
    assert captions(shown) == []
    assert shown[0].paragraphs[-2:] == (  # type: ignore[union-attr]
        "For 6 discharges, it is not known whether the relapse came before or after day 14.",
        "No estimate is therefore given for the arms.",
    )
