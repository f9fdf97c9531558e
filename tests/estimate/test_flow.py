"""How far people were followed, by hand."""

import pytest

from stepdown.cohort import derive
from stepdown.cohort.followup import observable
from stepdown.compare import whole
from stepdown.estimate import estimate_design
from stepdown.estimate.flow_rows import followed_rows
from support_cohort import draw
from support_study import described

# Never followed; lost on day 40; relapsed before; died; seen up to day 90; cut off by the data cut on day 130.
SIX = """
a: stay -28..0
b: stay -28..0 | follow 0..40 lost
c: stay -28..0 | follow 0..90 | + 10
d: stay -28..0 | follow 0..20 died
e: stay -28..0 | follow 0..90 lost
f: stay 72..100 | follow 100..130
"""


@pytest.mark.parametrize("competing", [["death", "incarceration"], []])
def test_who_was_lost_before_the_end_of_the_window(competing: list[str]) -> None:
    """A death is no loss, whether it competes or not."""
    cohort = draw(SIX, data_cut=130)
    asked = described(outcome__competing=competing)
    people = derive(cohort, asked)
    table = followed_rows(people, until=observable(cohort, people), day=90)
    found = {str(row["statistic"]): (row["estimate"], row["n"]) for _, row in table.iterrows()}
    assert found == {"never": (1, 6), "lost": (2, 6), "complete": (5, 6)}
    # Nobody was lost before day 30 but a; f, cut off on day 130, is lost on no day.
    early = followed_rows(people, until=observable(cohort, people), day=30)
    assert early["estimate"].tolist()[:2] == [1, 1]


def test_who_was_lost_before_the_data_cut_is_lost_however_late_the_discharge() -> None:
    # b was lost on day 10; the data end on day 45 after its discharge, and day 90 lies after them.
    cohort = draw("a: stay -28..0 | follow 0..130\nb: stay 57..85 | follow 85..95 lost", data_cut=130)
    people = derive(cohort, described())
    table = followed_rows(people, until=observable(cohort, people), day=90)
    assert table["estimate"].tolist() == [0, 1, 1]


@pytest.mark.parametrize("day_zero", ["exclude", "event"])
def test_who_was_never_followed_leaves_by_a_counted_step(day_zero: str) -> None:
    # Ten clients: a relapses on day 0, b to e were never contacted, f to j were followed.
    rows = ["a: stay -28..0 | follow 0..0 | + 0", *(f"{name}: stay -28..0 | follow 0..0" for name in "bcde")]
    rows += ["f: stay -28..0 | follow 0..12 | + 12", "g: stay -28..0 | follow 0..40 | + 40"]
    rows += [
        f"{name}: stay -28..0 | follow 0..{day}" for name, day in zip("hij", (95, 120, 200), strict=True)
    ]
    asked = described(time_zero__day_zero=day_zero)
    people = derive(draw("\n".join(rows), data_cut=400), asked)
    assert [(step.name, step.removed) for step in people.flow_of_observed if step.removed] == [
        *([("No relapse on day 0", 1)] if day_zero == "exclude" else []),
        ("Followed after day 0", 4),
    ]
    found = estimate_design(whole(people, asked), asked)
    risk = found.one(estimand="risk", time=30, statistic="estimate", cause="relapse", analysis="whole_cohort")
    # Among those observed: 1 of 5 by day 30, or 2 of 6 where day 0 counts.
    assert risk["estimate"] == pytest.approx(1 / 5 if day_zero == "exclude" else 2 / 6)
    assert risk["n"] == (5 if day_zero == "exclude" else 6)
