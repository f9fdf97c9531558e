"""A design: follow-up by arm, from a start at which the arms are known.

Designs: the whole cohort, arms known by time zero, and arms read at a landmark.
"""

from dataclasses import dataclass, replace
from types import NoneType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort import CENSORED, RELAPSE, FollowUp, People, Step, follow, impute
from stepdown.compare.arm_membership import NO_ARM, arms, care_started, last_days_of_care
from stepdown.compare.refusals import refuse_few, time_to_enough
from stepdown.errors import DesignError, EmptyArmError, check_argument
from stepdown.results import AFTER_RANDOMIZATION, NOT_ADJUSTED, RANDOMIZED
from stepdown.study import IN_SEVERAL, BaselineArm, DesignChoice, Study


@dataclass(frozen=True, eq=False, kw_only=True)
class Arms:
    """One reading of the follow-up with the arm of each discharge.

    Attributes
    ----------
    followup : FollowUp
        Who is at risk, from when, until what.
    arm : array of int (n,)
        Position in `Design.labels`.
    """

    followup: FollowUp
    arm: NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Design:
    """What the estimators take.

    Attributes
    ----------
    key : str
        Name of the analysis in the results: "whole_cohort", "landmark_14", "baseline".
    sentence : str
        The design in one plain sentence.
    labels : tuple of str
        Arms, the last is the reference; ("",) where everyone is one group.
    start : int
        Day since time zero from which people are at risk.
    readings : tuple of Arms
        One; or, where relapse days are only known as intervals, a lowest and a highest for each contact
        day; or one for each imputation.
    flow : tuple of Step
        Steps from the eligible discharges to those compared.
    caution : str
        Code of the caution beside every contrast (`stepdown.results.CAUTIONS`); empty without arms.
    interval_spans_landmark : int
        Discharges whose relapse interval contains the start: it is unknown if they were relapse-free then.
    imputed : bool
        Whether the readings are imputations.
    quarters : int
        Quarters in which the discharges compared took place; 0 where no quarter is known.
    """

    key: str
    sentence: str
    labels: tuple[str, ...]
    start: int
    readings: tuple[Arms, ...]
    flow: tuple[Step, ...] = ()
    caution: str = ""
    interval_spans_landmark: int = 0
    imputed: bool = False
    quarters: int = 0


Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


def too_few_to_adjust(people: People, one: Design, study: Study) -> str:
    """Return why a landmark that is to be adjusted is not shown at all; empty where enough are left in it.

    Unadjusted, those who started care by a day would be put beside other people.
    """
    if study.analysis is None or study.analysis.adjust is None or not one.start:
        return ""
    try:
        refuse_few(people, one.readings[0].followup.rows, "compared")
    except DesignError as error:
        return str(error)
    return ""


def whole(people: People, study: Study, *, unfollowed: bool = False) -> Design:
    """Return the design without arms: everyone from time zero; `unfollowed` as for `design`."""
    readings = _follow(people, study, start=0, unfollowed=unfollowed)
    return Design(
        key="whole_cohort",
        sentence=f"Everyone eligible, from the day of {study.time_zero.event}.",
        labels=("",),
        start=0,
        readings=tuple(
            Arms(followup=reading, arm=np.zeros(len(reading.days), np.int64)) for reading in readings
        ),
        imputed=people.uncertain is not None,
    )


def design(
    people: People, study: Study, *, choice: DesignChoice | None = None, unfollowed: bool = False
) -> Design:
    """Return the comparison that a study asks for.

    Parameters
    ----------
    people : People
        Derived discharges.
    study : Study
        The protocol.
    choice : DesignChoice or None
        One of `study.analysis.designs`; the primary if None. A study without a contrast gives
        the whole cohort.
    unfollowed : bool
        Keep those who were never followed after day 0, for what describes follow-up.

    Returns
    -------
    Design

    Raises
    ------
    DesignError
        The arms would read the future, or overlap.
    EmptyArmError
        An arm holds no one.
    """
    check_argument("people", people, People, "Give what derive returns.")
    check_argument("study", study, Study, "Give what Study.read returns.")
    remedy = "Give a comparison of the study, or leave it out."
    check_argument("choice", choice, (DesignChoice, NoneType), remedy)
    check_argument("unfollowed", unfollowed, bool, "Give True or False.")
    if study.analysis is None:
        return whole(people, study, unfollowed=unfollowed)
    choice = choice or next(iter(study.analysis.groups), None)
    if choice is None or choice.design in IN_SEVERAL:
        raise DesignError(
            "The study compares plans only by designs in which a discharge counts under several plans, so no "
            'discharge is in one arm. Add a secondary design, such as { design = "landmark", day = 14 }.'
        )
    if choice.day is not None:
        people = on_confirmed_day(people)
    member = arms(people, study, day=choice.from_day)
    if choice.day is not None and people.uncertain is not None:
        people = free_until_care(people, care_started(people, study))
    readings = _follow(people, study, start=choice.from_day, member=member, unfollowed=unfollowed)
    client = pd.factorize(people.table["client_id"])[0]
    begun = [_begin(reading, member, client, choice, study) for reading in readings]
    kept = [reading for reading, _ in begun]
    _refuse_empty(kept, member, study, people)
    imputed = people.uncertain is not None
    flows = [flow for _, flow in begun]
    # Where a range is reported, the flow is that of the latest day on which relapse can have begun.
    if not imputed and readings[0].bound:
        latest = _latest(people, study)
        latest = latest if unfollowed else latest.select(people.observed)
        flows = [_begin(latest, member, client, choice, study)[1]]
    return Design(
        key=choice.key,
        sentence=_sentence(choice, study),
        labels=study.labels,
        start=choice.from_day,
        readings=tuple(Arms(followup=reading, arm=member[reading.rows]) for reading in kept),
        flow=_mean_flow(flows, len(readings[0].days)),
        caution=_caution(study, people, start=choice.from_day),
        interval_spans_landmark=0 if imputed else _intervals_with_landmark(people, choice.from_day),
        imputed=imputed,
        quarters=int(people.table["quarter"].iloc[kept[0].rows].nunique()),
    )


def _begin(
    reading: FollowUp, member: Ints, client: Ints, choice: DesignChoice, study: Study
) -> tuple[FollowUp, tuple[Step, ...]]:
    """Return those of a reading who are compared, from the landmark on, with the steps that lead there."""
    out = [] if choice.day is None else _gone(reading, choice.day, study.outcome.word)
    out.append(("Follows one of the plans compared", member[reading.rows] == NO_ARM))
    left = np.ones(len(reading.days), dtype=bool)
    steps: list[Step] = []
    for name, leave in out:
        before = int(left.sum())
        left &= ~leave
        after, clients = int(left.sum()), np.bincount(client[reading.rows[left]])
        steps.append(
            Step(name=name, discharges=after, clients=int(np.count_nonzero(clients)), removed=before - after)
        )
    kept = reading.select(left) if choice.day is None else reading.after(choice.day, left)
    return kept, tuple(steps)


def _gone(reading: FollowUp, day: int, word: str) -> list[tuple[str, Bools]]:
    """Return who has left a reading by the landmark, by the reason."""
    event, by_then = reading.event, reading.days <= day
    return [
        (f"Free of {word} at day {day}", (event == RELAPSE) & by_then),
        (f"Alive and not in custody at day {day}", ~np.isin(event, (CENSORED, RELAPSE)) & by_then),
        (f"Still followed after day {day}", (event == CENSORED) & by_then),
    ]


def _mean_flow(flows: list[tuple[Step, ...]], size: int) -> tuple[Step, ...]:
    """Return the flow, that of several imputations by their means; without steps that take nobody out."""
    found: list[Step] = []
    for steps in zip(*flows, strict=True):
        left = round(float(np.mean([step.discharges for step in steps])))
        clients = round(float(np.mean([step.clients for step in steps])))
        before = found[-1].discharges if found else size
        found.append(Step(name=steps[0].name, discharges=left, clients=clients, removed=before - left))
    return tuple(step for step in found if step.removed)


def _refuse_empty(kept: list[FollowUp], member: NDArray[np.int64], study: Study, people: People) -> None:
    empty = [
        label
        for number, label in enumerate(study.labels)
        if any(not (member[reading.rows] == number).any() for reading in kept)
    ]
    if empty:
        wait = time_to_enough(people, kept[0].rows, empty[0])
        raise EmptyArmError(
            f"No discharge is left in: {', '.join(empty)}. Nothing can be compared. Look at the flow, and "
            f"widen the plan, the quarter or the eligibility.{wait}"
        )


def _sentence(choice: DesignChoice, study: Study) -> str:
    if choice.day is None:
        return f"Arms known on the day of {study.time_zero.event}, everyone followed from that day."
    return (
        f"Arms read at day {choice.day} after {study.time_zero.event}, among those still observed and free "
        f"of {study.outcome.word} then; followed from that day."
    )


def _caution(study: Study, people: People, *, start: int) -> str:
    arms_asked = study.contrast.arms if study.contrast else ()
    if not isinstance(arms_asked, BaselineArm) or people.known.get(arms_asked.column) != "randomization":
        return NOT_ADJUSTED
    since = people.table["zero"] + start - people.table["randomization_day"]
    return RANDOMIZED if since.eq(0).fillna(False).all() else AFTER_RANDOMIZATION


def _follow(
    people: People,
    study: Study,
    *,
    start: int,
    member: NDArray[np.int64] | None = None,
    unfollowed: bool = False,
) -> tuple[FollowUp, ...]:
    kept = np.ones(len(people.table), dtype=bool) if unfollowed else people.observed
    if not kept.any():
        raise DesignError(
            "No discharge was followed after day 0, so nothing can be estimated. Map follow-up."
        )
    if people.uncertain is not None:
        imputations = impute(
            people,
            times=study.outcome.times,
            arm=member,
            started=None if member is None else care_started(people, study),
            cuts=() if member is None else last_days_of_care(study),
        )
        return tuple(_latest(one, study).select(kept) for one in imputations)
    visits = people.visits or study.outcome.times
    contacts = tuple(day for day in visits if start < day <= study.outcome.horizon)
    readings = follow(people, horizon=study.outcome.horizon, contacts=contacts, cluster=_cluster(study))
    return readings if kept.all() else tuple(reading.select(kept) for reading in readings)


def on_confirmed_day(people: People) -> People:
    """Return the people with each relapse that a later finding confirmed on the day of that finding.

    Who may start at a landmark can rest only on what was known then. Where the very finding whose day is
    uncertain confirms the relapse, its days are those of the whole cohort: a range, one day, or days drawn.
    """
    table = people.table
    late = table["confirmed_later"]
    if not late.any():
        return people
    moved = table.assign(
        days=table["days"].mask(late, table["days_confirmed"]),
        event=table["event"].mask(late, table["event_confirmed"]),
        days_earliest=table["days_earliest"].mask(late, table["days_confirmed"]),
        event_earliest=table["event_earliest"].mask(late, table["event_confirmed"]),
        exact=table["exact"] | late,
    )
    given = people.uncertain
    if given is not None:
        relapsed = (table["event_confirmed"] == RELAPSE).to_numpy()
        day = np.where(relapsed, table["days_confirmed"].to_numpy(dtype=float), np.inf)
        given = replace(
            given,
            earliest=np.where(late, day, given.earliest),
            latest=np.where(late, day, given.latest),
        )
    return replace(people, table=moved, uncertain=given)


def free_until_care(people: People, started: NDArray[np.float64]) -> People:
    """Return the people with no relapse of an unknown day before care that started inside its interval.

    Within a day the relapse comes first, so that a client who starts care had none by the end of that day.
    """
    given, table = people.uncertain, people.table
    if given is None:
        return people
    inside = np.isfinite(given.latest) & (given.earliest <= started) & (started < given.latest)
    return replace(
        people,
        table=table.assign(days_earliest=table["days_earliest"].mask(inside, started + 1)),
        uncertain=replace(given, earliest=np.where(inside, started + 1, given.earliest)),
    )


def _latest(people: People, study: Study) -> FollowUp:
    """Return the reading with every relapse on the latest day on which it can have begun."""
    dated = replace(people, table=people.table.assign(exact=True))
    return follow(dated, horizon=study.outcome.horizon, contacts=(), cluster=_cluster(study))[0]


def _intervals_with_landmark(people: People, start: int) -> int:
    """Count relapse intervals that contain the start of the comparison."""
    table = people.table
    return int(((table["days_earliest"] <= start) & (table["days"] > start) & ~table["exact"]).sum())


def _cluster(study: Study) -> str:
    return study.analysis.interval.cluster if study.analysis else "client_id"
