"""Rows of `observations` and `followup`: what a world records of what happened.

Days are days since discharge. Everyone is followed to day 365, the data cut, death or loss, whichever
comes first. Where first use is reported at contacts ("recall", "interval"), follow-up ends at the last
contact made, or at a death or incarceration recorded after it. Contacts stop after first use in the world
with a register, and go on in the others.
"""

from dataclasses import dataclass

import numpy as np

from stepdown.schema import ENDINGS, FINDINGS, SOURCES
from stepdown.synthetic.arrays import NOTHING, Columns, Flags, Floats, Ints, stack
from stepdown.synthetic.clients import Clients, linear
from stepdown.synthetic.course import NEVER, Paths
from stepdown.synthetic.parameters import course
from stepdown.synthetic.transition_rates import HORIZON, INTENSIVE, in_states
from stepdown.synthetic.weekly_scores import WEEK, WeeklyScore
from stepdown.synthetic.worlds import Recording

_POSITIVE_AGAIN = 0.6
_URINE_POSITIVE = (0.9, 0.5)  # within a week of first use, later
_URINE_REFUSED = 0.02


@dataclass(frozen=True, eq=False, kw_only=True)
class Recorded:
    """Rows of both tables by client, and until when each is followed.

    Attributes
    ----------
    observations, followup : dict of arrays
        `person` and the columns; codes as positions, `NOTHING` for missing.
    """

    observations: Columns
    followup: Columns


def limits(paths: Paths, *, cut: Ints) -> Ints:
    """Return the last day on which anything about a client can be recorded.

    Parameters
    ----------
    paths : Paths
        What happened.
    cut : array of int
        Days from discharge to the data cut.
    """
    return np.minimum(np.minimum(paths.loss, paths.death), np.minimum(cut, HORIZON))


def record(
    clients: Clients, paths: Paths, *, recording: Recording, limit: Ints, rng: np.random.Generator
) -> Recorded:
    """Return the rows that the world's way of recording gives.

    Parameters
    ----------
    clients, paths : Clients, Paths
        Who they are and what happened.
    recording : Recording
        How first use gets into the data.
    limit : array of int
        Last day on which anything can be recorded, see `limits`.
    rng : Generator
        Generator.
    """
    tests = _urine(paths, recording, limit, rng)
    contacts, made = _contacts(clients, paths, recording, limit, rng)
    by_contact = recording.mode in ("recall", "interval")
    rows = [tests, _events(paths, limit)]
    if recording.mode == "register":
        seen = paths.relapse <= limit
        rows.append(_rows(seen, paths.relapse, "registry", "positive"))
    if recording.mode == "test":
        rows.append(_visit_tests(paths, made, rng))
    else:
        rows.append(
            contacts if recording.mode == "register" else _reported(paths, recording, made, tests, rng)
        )
    if recording.mode != "register":
        rows.append(_keep(contacts, contacts["finding"] == FINDINGS.index("missing")))
    found = stack(rows)
    end = _last_known(paths, made, tests, limit) if by_contact else limit
    found = _keep(found, found["day"] <= end[found["person"]])
    order = np.lexsort((found["source"], found["day"], found["person"]))
    return Recorded(
        observations={name: values[order] for name, values in found.items()},
        followup=_spans(paths, end, limit, due=_due_later(recording, made, end, limit), rng=rng),
    )


def scores(paths: Paths, score: WeeklyScore | None, *, until: Ints) -> Columns:
    """Return the weekly scores as rows of `assessments`; none where the world has no score.

    Parameters
    ----------
    paths : Paths
        What happened.
    score : WeeklyScore or None
        The score of the world.
    until : array of int
        Last day on which a score of a client is recorded.
    """
    if score is None:
        nothing = np.zeros(0, dtype=np.int64)
        return {name: nothing for name in ("person", "day", "due_day", "value")}
    days = WEEK * np.arange(len(paths.level))
    person, week = np.nonzero(days <= until[:, None])
    value = np.array(score.values)[paths.level[week, person]]
    return {"person": person, "day": days[week], "due_day": days[week], "value": value}


def _rows(chosen: Flags, day: Ints, source: str, finding: str, *, since: Ints | None = None) -> Columns:
    person = np.nonzero(chosen)[0]
    size = len(person)
    return {
        "person": person,
        "day": np.broadcast_to(day, chosen.shape)[person].astype(np.int64),
        "source": np.full(size, SOURCES.index(source)),
        "finding": np.full(size, FINDINGS.index(finding)),
        "since_day": np.full(size, NOTHING) if since is None else since[person],
        "due_day": np.full(size, NOTHING),
    }


def _keep(rows: Columns, chosen: Flags) -> Columns:
    return {name: values[chosen] for name, values in rows.items()}


def _events(paths: Paths, limit: Ints) -> Columns:
    days = {"death": paths.death, "incarceration": paths.incarceration}
    return stack([_rows(day <= limit, day, "registry", name) for name, day in days.items()])


def _urine(paths: Paths, recording: Recording, limit: Ints, rng: np.random.Generator) -> Columns:
    if not recording.urine_every:
        return _rows(np.zeros(0, dtype=np.bool_), limit[:0], "urine", "negative")
    days = np.arange(HORIZON + 1)
    tested = in_states(paths.state.T, INTENSIVE) & (days <= limit[:, None])
    tested &= (days - paths.started[:, None]) % recording.urine_every == 0
    person, day = np.nonzero(tested)
    since = day - paths.relapse[person]
    chance = np.where(since < 0, 0.0, np.where(since < 7, *_URINE_POSITIVE))
    draw, refusal = rng.random(len(day)), rng.random(len(day))
    finding = np.where(draw < chance, FINDINGS.index("positive"), FINDINGS.index("negative"))
    finding = np.where(refusal < _URINE_REFUSED, FINDINGS.index("refused"), finding)
    return {
        "person": person,
        "day": day,
        "source": np.full(len(day), SOURCES.index("urine")),
        "finding": finding,
        "since_day": np.full(len(day), NOTHING),
        "due_day": np.full(len(day), NOTHING),
    }


def _contacts(
    clients: Clients, paths: Paths, recording: Recording, limit: Ints, rng: np.random.Generator
) -> tuple[Columns, Ints]:
    """Return rows of contacts due while abstinent, and the day each due contact was made (NEVER: not)."""
    lean = linear(clients, course().coefficients["contact"], site=clients.sites.outcome)
    made, rows = [], []
    for due in recording.visits:
        shift = rng.integers(-recording.early, recording.late + 1, size=len(clients))
        day = np.minimum(due + shift, HORIZON)
        possible = (day <= limit) & (day < paths.removal)
        after = paths.relapse <= day
        if recording.mode == "register":
            possible &= ~after
        chance = _moved(np.where(after, recording.contact_after, recording.contact), lean)
        made_now = possible & (rng.random(len(clients)) < chance)
        made.append(np.where(made_now, day, NEVER))
        for chosen, finding in ((made_now, "negative"), (possible & ~made_now, "missing")):
            part = _rows(chosen, day, "self_report", finding)
            rows.append({**part, "due_day": np.full(len(part["person"]), due)})
    return stack(rows), np.stack(made, axis=1)


def _moved(chance: Floats, log_odds: Floats) -> Floats:
    odds = chance / (1 - chance) * np.exp(log_odds)
    return odds / (1 + odds)


def _visit_tests(paths: Paths, made: Ints, rng: np.random.Generator) -> Columns:
    rows = []
    for day in made.T:
        since = day - paths.relapse
        chance = np.where(since < 0, 0.0, np.where(since < 7, *_URINE_POSITIVE))
        positive = rng.random(len(day)) < chance
        rows.append(_rows((day < NEVER) & positive, day, "urine", "positive"))
        rows.append(_rows((day < NEVER) & ~positive, day, "urine", "negative"))
    return stack(rows)


def _reported(
    paths: Paths, recording: Recording, made: Ints, tests: Columns, rng: np.random.Generator
) -> Columns:
    """Return what clients report at the contacts made."""
    rows, last = [], np.zeros(len(made), dtype=np.int64)
    for due, day in zip(recording.visits, made.T, strict=True):
        there = day < NEVER
        if recording.mode == "interval":
            last = np.maximum(last, _last_test(tests, day, len(day)))
        new = there & (paths.relapse <= day) & (paths.relapse > last)
        again = there & (paths.relapse <= last) & (rng.random(len(day)) < _POSITIVE_AGAIN)
        reports = new | (again if recording.mode == "interval" else new)
        at = paths.relapse if recording.mode == "recall" else day
        since = last if recording.mode == "interval" else None
        parts = [
            _rows(reports, at, "self_report", "positive", since=since),
            _rows(there & ~reports & ~again, day, "self_report", "negative"),
        ]
        if recording.mode == "interval":
            parts = [{**part, "due_day": np.full(len(part["person"]), due)} for part in parts]
        rows += parts
        last = np.where(there, day, last)
    return stack(rows)


def _last_test(tests: Columns, before: Ints, people: int) -> Ints:
    """Return the day of the last urine test given up to a day, 0 for none."""
    given = tests["finding"] != FINDINGS.index("refused")
    in_time = given & (tests["day"] <= before[tests["person"]]) & (before[tests["person"]] < NEVER)
    last = np.zeros(people, dtype=np.int64)
    np.maximum.at(last, tests["person"][in_time], tests["day"][in_time])
    return last


def _last_known(paths: Paths, made: Ints, tests: Columns, limit: Ints) -> Ints:
    contact = np.where(made < NEVER, made, 0).max(axis=1, initial=0)
    anywhere = np.full(len(contact), NEVER - 1)
    contact = np.maximum(contact, _last_test(tests, anywhere, len(contact)))
    return np.asarray(np.maximum(contact, np.where(paths.removal <= limit, paths.removal, 0)))


def _due_later(recording: Recording, made: Ints, end: Ints, limit: Ints) -> Flags:
    """Return who had a contact due after the last one made, within what could be recorded."""
    due = np.array(recording.visits)
    open_ = (made == NEVER) & (due > end[:, None]) & (due + recording.late <= limit[:, None])
    return np.asarray(open_.any(axis=1))


def _spans(paths: Paths, end: Ints, limit: Ints, *, due: Flags, rng: np.random.Generator) -> Columns:
    reasons = [ENDINGS.index(name) for name in ("lost", "moved", "withdrew")]
    lost = rng.choice(reasons, size=len(end), p=[0.7, 0.15, 0.15])
    planned = (limit < np.minimum(paths.loss, paths.death)) & ((end == limit) | ~due)
    reason = np.where(planned, ENDINGS.index("data_cut"), lost)
    reason = np.where((paths.death <= limit) & (end == paths.death), ENDINGS.index("died"), reason)
    return {
        "person": np.arange(len(end)),
        "start_day": np.zeros(len(end), dtype=np.int64),
        "end_day": end,
        "reason": reason,
    }
