"""Days that cannot all be right: after a death, two deaths, stays of decades, rows without any day."""

import pytest

from stepdown.sources import check_cohort
from support_sources import DISCHARGES, FOLLOWUP, HEAD, OBSERVATIONS, SERVICES, said, write

pytestmark = pytest.mark.slow

ALL = (
    HEAD
    + DISCHARGES
    + 'discharge_reason = "why"\n'
    + SERVICES
    + 'attended = "came"\n'
    + OBSERVATIONS
    + FOLLOWUP
    + 'reason = "why"\n'
)
GOOD = {
    "discharges": "id in out why\n1 0 28 completed\n2 0 30 completed",
    "services": "id level day came\n1 iop 35 true",
    "observations": "id day finding\n1 60 negative",
    "followup": "id from to why\n1 28 90 lost\n2 30 60 lost",
}
LATE = "is after the client's death"
FIX = "Correct this day or the day of death."
TWICE = "is another day of death of the same client"
ONE = "1 row, at position {} (row {} of the file)"


def where(place: int) -> str:
    return ONE.format(place, place + 2)


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        ({}, []),
        # A contact after a death that a registry reports, and a refused one.
        (
            {"observations": "id day finding\n1 40 death\n1 60 negative\n1 70 refused\n1 80 missing"},
            [
                "observations.day " + LATE + ": 2 rows, at positions 1, 2 (rows 3, 4 of the file). " + FIX,
            ],
        ),
        # The death is the reason for the discharge: no session after it, but one nobody came to.
        (
            {
                "discharges": "id in out why\n1 0 28 died\n2 0 30 completed",
                "services": "id level day came\n1 iop 35 true\n1 iop 36 false",
                "observations": "id day finding\n2 31 negative",
                "followup": "id from to why\n2 30 60 lost",
            },
            [f"services.start_day {LATE}: {where(0)}. {FIX}"],
        ),
        # The death ended the follow-up; another stay follows it.
        (
            {
                "discharges": "id in out why\n1 0 28 completed\n1 95 99 completed\n2 0 30 completed",
                "followup": "id from to why\n1 28 90 died\n1 92 99 lost\n2 30 60 lost",
            },
            [
                f"discharges.admit_day {LATE}: {where(1)}. {FIX}",
                f"discharges.discharge_day {LATE}: {where(1)}. {FIX}",
                f"followup.start_day {LATE}: {where(1)}. {FIX}",
            ],
        ),
        # Death before the discharge.
        (
            {
                "services": "id level day came\n2 iop 35 true",
                "observations": "id day finding\n1 20 death",
                "followup": "id from to why\n2 30 60 lost",
            },
            [f"discharges.discharge_day {LATE}: {where(0)}. {FIX}"],
        ),
        # Two reports of one death may agree, and may not.
        ({"observations": "id day finding\n1 90 death", "followup": "id from to why\n1 28 90 died"}, []),
        (
            {"observations": "id day finding\n1 95 death", "followup": "id from to why\n1 28 90 died"},
            [f"observations.day {TWICE}: {where(0)}. Find out which day is right, and correct the other."],
        ),
        (
            {"discharges": "id in out why\n1 0 28 completed\n2 -9000 30 completed"},
            [
                f"discharges.discharge_day is more than ten years after admit_day: {where(1)}. Correct the two "
                "days; of a day that is not known, clear the cell.",
            ],
        ),
        (
            {"discharges": "id in out why\n1 0 28 completed\n2 0 30 completed\nTotal NA NA NA"},
            [
                f"discharges.client_id is the word total, so that the row is no client: {where(2)}. Clear the row, and "
                "other rows of totals or notes.",
                f"discharges.client_id has neither a day of admission nor one of discharge: {where(2)}. Add a day; "
                "of a total or a note below the table, clear the row.",
            ],
        ),
    ],
)
def test_what_cannot_be_is_said_with_its_row(tmp_path, changed, lines):
    assert said(check_cohort(write(tmp_path, ALL, **{**GOOD, **changed}))) == lines
