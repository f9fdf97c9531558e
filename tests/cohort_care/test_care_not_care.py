"""Drug tests and mutual help are no care of a level, in the ladder as in the arms."""

from stepdown.cohort import derive
from stepdown.cohort.care import levels_started, spells
from support_cohort import draw
from support_study import study

DRAWN = """
a: stay -28..0 | follow 0..90 | iop 3 drug_test | iop 9 | iop 12 mutual_help
b: stay -28..0 | follow 0..90 | php 4 mutual_help
"""


def test_they_start_no_level_and_no_spell() -> None:
    cohort = draw(DRAWN)
    people = derive(cohort, study())
    started = levels_started(people.table, cohort.discharges, cohort.services)
    assert started["path"].tolist() == ["RES>IOP", "RES"]
    found = spells(cohort.services, cohort.discharges)
    assert found[["client_id", "level", "sessions"]].to_numpy().tolist() == [["a", "iop", 1]]
    assert (found["start_day"] == found["end_day"]).all()
