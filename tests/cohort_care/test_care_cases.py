"""Every hand-worked case of levels of care; docs/levels-of-care.md shows them."""

import numpy as np
import pandas as pd
import pytest

from stepdown.cohort.care import asam_labels, care_rows, client_days, levels_started, spells, weekly_hours
from support_care import Care, care, episodes, levels_of, table_of
from tests.cases.parser import Case, cases_of

pytestmark = pytest.mark.slow


def each(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases_of("care", name), ids=lambda case: case.id)


def drawn(case: Case) -> Care:
    return care(f"a: {' | '.join(case.lines)}")


def results(case: Case) -> list[str]:
    return [part.strip() for part in case.expected.split("|")]


def followed(case: Case) -> pd.DataFrame:
    """Return the one discharge of a case with the end of its follow-up."""
    (what, day), *_ = case.own.items()
    return table_of([("a", 0, int(day), int(what == "event"))])


@each("episodes")
def test_episodes(case: Case) -> None:
    found = [one.split(" ", 1)[1].rsplit(" (", 1)[0] for one in episodes(f"a: {' | '.join(case.lines)}")]
    assert ", ".join(found) == case.expected


@each("levels")
def test_levels(case: Case) -> None:
    days = np.arange(-30, 60)
    level = pd.Series(levels_of(drawn(case), "a", days))
    new = level.ne(level.shift(fill_value="none"))
    assert (
        ", ".join(f"{day} {name}" for day, name in zip(days[new], level[new], strict=True)) == case.expected
    )


@each("state_rows")
def test_rows(case: Case) -> None:
    found = care_rows(followed(case), *drawn(case))
    rows = [f"{row.start}-{row.stop} {row.state}{' event' * row.event}" for row in found.table.itertuples()]
    assert (", ".join(rows) or "none") == case.expected
    assert found.on_day_zero == (case.own == {"lost": "0"})


@each("weekly_hours")
def test_weeks(case: Case) -> None:
    tables = drawn(case)
    found = weekly_hours(tables.services, tables.discharges)
    mine = found.loc[found["level"] == "iop", ["days", "hours", "hours_a_week", "met"]]
    weeks = [", ".join(f"{round(value, 2):g}" for value in row) for row in mine.to_numpy(dtype=float)]
    assert weeks == results(case)


@each("client_days")
def test_facts_of_days(case: Case) -> None:
    question = pd.DataFrame({"client_id": ["a"], "day": [int(case.own["day"])]})
    found = client_days(question.astype({"client_id": "string[pyarrow]"}), *drawn(case)).iloc[0]
    names = ["level", "path", "first_session_gap", "step_up_day", "step_down_day", "dropout_day"]
    assert ["" if pd.isna(found[name]) else str(found[name]) for name in names] == results(case)


@each("steps")
def test_step_down(case: Case) -> None:
    found = levels_started(followed(case), *drawn(case)).iloc[0]
    days = ["-" if pd.isna(found[level]) else f"{found[level]:.0f}" for level in ("php", "iop", "outpatient")]
    assert [", ".join(days), found["extent"], found["path"]] == results(case)


@each("spells")
def test_spells(case: Case) -> None:
    tables = drawn(case)
    found = spells(tables.services, tables.discharges)
    mine = found[found["level"] == "iop"]
    answer = {True: "yes", False: "no"}
    rows = mine[["start_day", "end_day", "planned_attended", "planned"]].to_numpy().tolist()
    columns = [
        [f"{start}..{end}" for start, end, *_ in rows],
        [f"{came} of {planned}" for *_, came, planned in rows],
        ["-" if pd.isna(one) else str(one) for one in mine["dropout_day"]],
        *(
            ["?" if pd.isna(one) else answer[bool(one)] for one in mine[f"completed_{rule}"]]
            for rule in ("weeks_8_at_9_hours", "program_flag_iop")
        ),
    ]
    assert [", ".join(column) for column in columns] == results(case)


@each("level_names")
def test_names(case: Case) -> None:
    asked = pd.DataFrame({"asam_level": [case.drawing], "asam_edition": [3]})
    found = asam_labels(asked).fillna("-").iloc[0]
    assert [found["label_3"], found["label_4"]] == results(case)
