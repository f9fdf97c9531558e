"""How far people were followed, by hand."""

import pytest

from stepdown.cohort import derive
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
    people = derive(draw(SIX, data_cut=130), described(outcome__competing=competing))
    found = {
        str(row["statistic"]): (row["estimate"], row["n"])
        for _, row in followed_rows(people, day=90).iterrows()
    }
    assert found == {"never": (1, 6), "lost": (2, 6)}
