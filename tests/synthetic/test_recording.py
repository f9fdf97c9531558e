"""What each way of recording shows of the same few courses, by hand."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from stepdown.schema import ENDINGS, FINDINGS, SOURCES
from stepdown.synthetic import Recording
from stepdown.synthetic.arrays import NOTHING
from stepdown.synthetic.course import NEVER, Paths
from stepdown.synthetic.findings import _reported, limits, record
from stepdown.synthetic.transition_rates import IOP_1, NONE, REMOVED
from support_synthetic import clients

SURE = 1 - 1e-12
NAMES = [field.name for field in dataclasses.fields(Paths)]
# Five clients: abstinent, first use on day 45, on day 45 but lost on day 50, dead on day 70, jailed on day 70.
RELAPSE = [NEVER, 45, 45, NEVER, NEVER]
LOSS = [NEVER, NEVER, 50, NEVER, NEVER]
DEATH = [NEVER, NEVER, NEVER, 70, NEVER]
JAIL = [NEVER, NEVER, NEVER, NEVER, 70]


def paths(*, iop: tuple[int, int] | None = None) -> Paths:
    state = np.full((366, 5), NONE, dtype=np.int8)
    started = np.full(5, NEVER)
    if iop:
        state[iop[0] : iop[1] + 1] = IOP_1
        started[:] = iop[0]
    state[70:, 3:] = REMOVED
    return Paths(
        state=state,
        started=started,
        relapse=np.array(RELAPSE),
        death=np.array(DEATH),
        incarceration=np.array(JAIL),
        loss=np.array(LOSS),
        level=np.zeros((0, 5), dtype=np.int8),
    )


def seen(mode: str, *, course: Paths | None = None, cut: int = 1000, **changes: object) -> tuple[set, list]:
    """Return (client, day, source, finding, since) of all but negative and missed contacts, and spans."""
    course = course or paths()
    wide = {
        "visits": (30, 60, 90),
        "early": 0,
        "late": 0,
        "contact": SURE,
        "contact_after": SURE,
        "urine_every": 0,
    }
    made = record(
        clients(5),
        course,
        recording=Recording(mode=mode, **{**wide, **changes}),
        limit=limits(course, cut=np.full(5, cut)),
        rng=np.random.default_rng(1),
    )
    rows = {
        (
            int(person),
            int(day),
            SOURCES[source],
            FINDINGS[finding],
            None if since == NOTHING else int(since),
        )
        for person, day, source, finding, since in zip(
            *(made.observations[name] for name in ("person", "day", "source", "finding", "since_day")),
            strict=True,
        )
        if FINDINGS[finding] not in ("negative", "missing")
    }
    spans = pd.DataFrame(made.followup)
    return rows, [(int(row.end_day), ENDINGS[row.reason]) for row in spans.itertuples()]


COMPETING = {(3, 70, "registry", "death", None), (4, 70, "registry", "incarceration", None)}


def test_register_dates_first_use_and_follows_to_the_end():
    rows, spans = seen("register")
    assert rows == COMPETING | {
        (1, 45, "registry", "positive", None),
        (2, 45, "registry", "positive", None),
    }
    assert [end for end, _ in spans] == [365, 365, 50, 70, 365]
    assert [why for _, why in spans][:2] == ["data_cut", "data_cut"]
    assert spans[2][1] in ("lost", "moved", "withdrew")
    assert spans[3][1] == "died"


def test_nothing_is_seen_after_the_data_cut():
    rows, spans = seen("register", cut=40)
    assert rows == set()
    assert spans == [(40, "data_cut")] * 5


def test_interval_tells_that_it_happened_since_the_last_contact():
    rows, spans = seen("interval")
    # The client lost on day 50 was last contacted on day 30, so day 45 is not reported.
    assert {row for row in rows if row[1] == 60} == {(1, 60, "self_report", "positive", 30)}
    assert not {row for row in rows if row[0] == 2}
    assert {row for row in rows if row[3] != "positive"} == COMPETING
    assert [end for end, _ in spans] == [90, 90, 30, 70, 70]


def test_interval_begins_at_discharge_where_nobody_was_reached_before():
    rows, spans = seen("interval", visits=(90,))
    assert {row for row in rows if row[3] == "positive"} == {(1, 90, "self_report", "positive", 0)}
    assert [end for end, _ in spans] == [90, 90, 0, 70, 70]


def test_interval_reaches_back_over_a_missed_contact():
    course = Paths(**{**{name: getattr(paths(), name) for name in NAMES}, "relapse": np.full(5, 75)})
    made = np.array([[30, 60, 90], [30, NEVER, 90], [NEVER, NEVER, 90], [30, 60, NEVER], [76, NEVER, NEVER]])
    tests = {"finding": np.zeros(0, int), "day": np.zeros(0, int), "person": np.zeros(0, int)}
    recording = Recording(mode="interval", visits=(30, 60, 90))
    reported = pd.DataFrame(_reported(course, recording, made, tests, np.random.default_rng(1)))
    positive = reported[reported["finding"] == FINDINGS.index("positive")].sort_values("person")
    found = positive[["person", "day", "since_day", "due_day"]].to_numpy().tolist()
    assert found == [[0, 90, 60, 90], [1, 90, 30, 90], [2, 90, 0, 90], [4, 76, 0, 30]]


def test_a_urine_test_is_a_contact_and_is_dated():
    rows, _ = seen("interval", course=paths(iop=(10, 44)), urine_every=7)
    # Tests on days 10, 17, 24, 31, 38: the contact on day 60 covers the time since day 38.
    assert (1, 60, "self_report", "positive", 38) in rows


def test_recall_dates_exactly_what_a_later_contact_tells():
    rows, spans = seen("recall")
    assert rows == COMPETING | {(1, 45, "self_report", "positive", None)}
    assert [end for end, _ in spans] == [90, 90, 30, 70, 70]


def test_tests_find_first_use_on_the_day_of_the_test():
    rows, spans = seen("test", visits=tuple(range(46, 90)))
    urine = sorted(row[1] for row in rows if row[0] == 1)
    assert urine[0] > 45
    assert 0.3 * 44 < len(urine) < 0.8 * 44
    assert all(row[4] is None and row[2] == "urine" for row in rows if row[0] == 1)
    assert [end for end, _ in spans] == [365, 365, 50, 70, 365]


@pytest.mark.parametrize("mode", ["register", "test", "recall", "interval"])
def test_nobody_is_found_positive_before_first_use(mode):
    rows, _ = seen(mode, course=paths(iop=(0, 364)), urine_every=1, visits=tuple(range(1, 365)))
    positive = [row for row in rows if row[3] == "positive"]
    assert positive
    assert min(row[1] for row in positive) >= 45
    assert {row[0] for row in positive} <= {1, 2}
