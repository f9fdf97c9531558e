"""Weekly definitions as the outcome of a study, from findings to follow-up."""

import pandas as pd
import pytest

from stepdown.cohort import derive
from stepdown.schema import SOURCES, Cohort
from support_cohort import draw
from support_study import described

TESTS = {
    "relapsed": "-++++-",
    "lost": "-+oooo",
    "clean": "------",
    "untested": "oooooo",
    "short": "++",
}


def test_of_one_week_death_comes_before_what_was_found() -> None:
    tests = "- 7 urine | - 14 urine | - 28 urine"
    text = f"a: stay -28..0 | follow 0..42 | {tests} | + 15 urine"
    study = described(outcome__endpoint="mokri_2016@1", outcome__interval="detected")
    for day, expected in ((20, (20, 2)), (21, (21, 1)), (22, (21, 1))):
        last = text.replace("- 28 urine", f"? 28 urine | death {day}")
        row = derive(draw(last), study).table.iloc[0]
        assert (row["days"], row["event"]) == expected


def weekly_tests() -> Cohort:
    """Weekly tests on the last day of each week; everybody but "lost" is followed to day 42."""
    lines = []
    for client, word in TESTS.items():
        marks = {"o": "?", "+": "+", "-": "-"}
        found = " | ".join(f"{marks[letter]} {7 * week}" for week, letter in enumerate(word, start=1))
        lines.append(f"{client}: stay -28..0 | follow 0..{14 if client == 'lost' else 42} | {found}")
    cohort = draw("\n".join(lines))
    cohort.observations["source"] = pd.Categorical(["urine"] * len(cohort.observations), SOURCES)
    return cohort


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        (
            "as_defined",
            {
                "relapsed": (1, 8, 14, 35),
                "lost": (1, 8, 14, 35),
                "clean": (0, 42, 42, None),
                "untested": (1, 1, 7, 28),
                "short": (0, 14, 14, None),
            },
        ),
        (
            "ignored",
            {
                "relapsed": (1, 8, 14, 35),
                "lost": (0, 14, 14, None),
                "clean": (0, 42, 42, None),
                "untested": (0, 0, 0, None),
                "short": (0, 14, 14, None),
            },
        ),
        (
            "last",
            {
                "relapsed": (1, 8, 14, 35),
                "lost": (1, 8, 14, 35),
                "clean": (0, 42, 42, None),
                "untested": (0, 0, 0, None),
                "short": (0, 14, 14, None),
            },
        ),
    ],
)
def test_a_study_can_take_a_weekly_definition_as_its_outcome(missing: str, expected: dict) -> None:
    study = described(outcome__endpoint="ctn0094_relapse@1", outcome__missing=missing)
    table = derive(weekly_tests(), study).table.set_index("client_id")
    columns = ["event", "days_earliest", "days", "confirmed"]
    found = {
        client: tuple(None if pd.isna(value) else int(value) for value in row)
        for client, row in zip(table.index, table[columns].to_numpy(), strict=True)
    }
    assert found == expected
