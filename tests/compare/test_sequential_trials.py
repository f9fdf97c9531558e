"""Sequential trials: who is in which by hand, their own truth by recursion, clusters, and refusals."""

import numpy as np
import pandas as pd
import pytest

import stepdown as sd
from stepdown.compare.known_arms.arm_terms import Switch
from stepdown.compare.sequential_trials import compare_sequential_trials, person_trials
from stepdown.errors import EmptyArmError, EstimateError
from stepdown.schema import Cohort
from stepdown.sections.relapse import text
from support_cohort import draw
from support_study import study

UNTIL, DAY = 6, 40
LABELS = ("starts", "waits")


def test_who_is_in_which_trial_by_hand() -> None:
    # An event on day 1; a start on day 1; lost on day 0; a start on the day of an event, which never happened.
    found = person_trials([1, 9, 0, 2], [1, 0, 0, 1], [np.inf, 1, np.inf, 2], until=2)
    rows = list(
        zip(found.trial.tolist(), found.person.tolist(), found.arm.tolist(), found.days.tolist(), strict=True)
    )
    assert rows == [
        (0, 0, 1, 1), (0, 1, 1, 9), (0, 2, 1, 0), (0, 3, 1, 2),
        (1, 1, 0, 8), (1, 3, 1, 1),
    ]  # fmt: skip
    assert found.start.tolist() == [np.inf, 1, np.inf, np.inf, 0, np.inf]
    assert person_trials([9, 9], [0, 0], [4, 2], every=2, until=4).trial.tolist() == [0, 0, 2, 2, 4]


def test_per_protocol_follow_up_ends_on_the_day_of_a_start() -> None:
    days, event = np.array([9.0, 9, 3, 9]), np.array([0, 1, 1, 0])
    found = Switch.of(days, event, np.array([4.0, 7, 3, np.inf]), np.array([6.0, 6, 6, 0]))
    assert found.hit.tolist() == [True, False, False, False]
    assert found.last.tolist() == [4, 6, 2, 0]
    cut, code = found.cut(days, event)
    assert cut.tolist() == [4, 9, 3, 9]
    assert code.tolist() == [0, 1, 1, 0]


SEVERITY = np.linspace(-3.5, 3.5, 141)


def start_chance(severity: np.ndarray) -> np.ndarray:
    return np.asarray(0.12 / (1 + np.exp(0.8 * severity)))


def hazard(severity: np.ndarray, started: bool) -> np.ndarray:
    return np.asarray(0.02 * np.exp(0.5 * severity) * (0.5 if started else 1.0))


def drawn(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, pd.DataFrame]:
    """Day by day: the event, then a start up to day UNTIL; half the hazard from the day after the start on."""
    rng = np.random.default_rng(seed)
    severity = rng.normal(size=n)
    start, days, event = np.full(n, np.inf), np.full(n, DAY + UNTIL), np.zeros(n, dtype=int)
    here = np.ones(n, dtype=bool)
    for day in range(DAY + UNTIL + 1):
        if day:
            rate = np.where(start < day, hazard(severity, True), hazard(severity, False))
            happens = here & (rng.random(n) < rate)
            days[happens], event[happens] = day, 1
            here &= ~happens
        if day <= UNTIL:
            begins = here & np.isinf(start) & (rng.random(n) < start_chance(severity))
            start[begins] = day
    return days, event, start, pd.DataFrame({"severity": severity})


def true_difference(adherence: str) -> float:
    """Return the risk by day DAY of a trial, started minus not, over all who are eligible, by recursion."""
    density = np.exp(-(SEVERITY**2) / 2)
    chance, slow, fast = start_chance(SEVERITY), hazard(SEVERITY, True), hazard(SEVERITY, False)
    started = 1 - (1 - slow) ** DAY
    eligible, total, gap = density, 0.0, 0.0
    for trial in range(UNTIL + 1):
        waiting, begun = np.ones_like(SEVERITY), np.zeros_like(SEVERITY)
        for day in range(1, DAY + 1):
            waiting, begun = waiting * (1 - fast), begun * (1 - slow)
            if trial + day <= UNTIL and adherence == "as_started":
                begun, waiting = begun + waiting * chance, waiting * (1 - chance)
        gap += float(eligible @ (started - (1 - waiting - begun)))
        total += float(eligible.sum())
        eligible = eligible * (1 - chance) * (1 - fast)
    return gap / total


@pytest.mark.slow
@pytest.mark.parametrize("adherence", ["as_started", "per_protocol"])
@pytest.mark.parametrize("method", ["weighting", "doubly_robust"])
def test_the_truth_of_the_pooled_trials_is_recovered(adherence: str, method: str) -> None:
    days, event, start, columns = drawn(4000, 1)
    truth = true_difference(adherence)
    found = compare_sequential_trials(
        days, event, start, columns, labels=LABELS, adherence=adherence, until=UNTIL, method=method, times=(DAY,),
        window=None, rmst=None,
    ).one("risk", DAY)  # fmt: skip
    assert abs(found["estimate"] - truth) < 2.5 * found["std_error"]
    assert found["std_error"] < 0.03
    assert truth < -0.1


def test_starting_later_makes_the_arms_alike() -> None:
    assert true_difference("per_protocol") < true_difference("as_started") < 0


@pytest.mark.slow
def test_the_variance_counts_that_a_person_is_in_many_trials() -> None:
    days, event, start, columns = drawn(1500, 2)
    found = compare_sequential_trials(
        days, event, start, columns, labels=LABELS, until=UNTIL, method="weighting", times=(DAY,), window=None,
        rmst=None,
    )  # fmt: skip
    trials = person_trials(days, event, start, until=UNTIL)
    gap = (found.influence["starts"] - found.influence["waits"])[:, 0]
    by_person = np.bincount(trials.person, gap)
    assert found.one("risk", DAY)["std_error"] == pytest.approx(float(np.sqrt((by_person**2).sum())))
    assert found.strategies["follow"].sum() == len(trials.person) > 5000


def test_what_has_no_trials_is_said() -> None:
    with pytest.raises(EmptyArmError) as empty:
        person_trials([9, 9], [0, 0], [np.inf, 1], every=2, until=4)
    assert str(empty.value) == (
        "Of 2 people, 1 start care by day 4, and 0 on the day of a trial: there is nothing to compare. Change every or "
        "until."
    )
    with pytest.raises(EstimateError, match="every must be at least 1, and until at least 0"):
        person_trials([9], [0], [1], every=0)


def cohort(size: int, *, last: int) -> Cohort:
    lines = (
        f"c{k}: stay -28..0 | follow 0..{last} | age {20 + k % 40}"
        + (f" | iop {k * 7 % 14}" if k % 5 < 2 else "")
        + (f" | + {20 + k % 60}" if k % 3 == 0 else "")
        for k in range(size)
    )
    return draw("\n".join(lines))


ASKED = {"analysis__primary": {"design": "sequential_trials"}, "analysis__adjust": {"covariates": ["age"]}}


@pytest.mark.slow
def test_a_study_pools_trials_as_started_and_per_protocol() -> None:
    found = sd.analyze(cohort(300, last=110), study(**ASKED))
    keys = {"analysis": "sequential_trials", "estimand": "risk", "time": 90, "statistic": "difference"}
    rows = {name: found.results.one(variant=name, **keys) for name in ("", "adherence=per_protocol")}
    assert {row["method"] for row in rows.values()} == {"sequential trials, doubly robust"}
    entries = found.results.where(analysis="sequential_trials", estimand="in_trials").table["estimate"]
    # 40 in 100 start, on day 0 to 13: each on one day.
    assert entries.tolist()[0] == 120
    assert found.wording.analyses["sequential_trials"].startswith(
        "A trial starts on each of days 0-14, with those"
    )
    said = text.comparison(found, "sequential_trials").paragraphs
    assert any(
        one.startswith("Entries into the trials (a discharge may enter several): “Step-down” 120")
        for one in said
    )
    assert any(
        one.startswith("Had nobody in the other group started care up to the last trial (per protocol), ")
        for one in said
    )


def test_follow_up_that_ends_too_early_is_said() -> None:
    notes = sd.analyze(cohort(60, last=90), study(**ASKED)).wording.notes
    assert (
        "The adjusted comparison is not shown (sequential trials). Nobody in the trial of day 14 is followed for 90 "
        "days, the end of the window, but for 76 at most. Shorten `until`, or outcome.window."
    ) in notes
