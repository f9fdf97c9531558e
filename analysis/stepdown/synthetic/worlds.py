"""Worlds: how events of the synthetic clients are recorded, and what the effect of care is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from stepdown.synthetic.weekly_scores import CRAVING, WeeklyScore

_Named = TypeVar("_Named")
Mode = Literal["register", "test", "recall", "interval"]


@dataclass(frozen=True, kw_only=True)
class Recording:
    """How first use is recorded.

    Attributes
    ----------
    mode : {"register", "test", "recall", "interval"}
        "register": a register dates the first use exactly, for everyone who is followed. "test": a urine
        test finds it and is dated at the test. "recall": a later contact dates it exactly. "interval": a
        later contact shows only that it happened since the previous contact.
    visits : tuple of int
        Days after discharge on which a contact is due.
    early, late : int
        Days by which a contact may come early or late.
    contact : float
        Chance that a due contact is made, for a client with no risk factor.
    contact_after : float
        The same after first use.
    urine_every : int
        Days between urine tests while in PHP or IOP; 0 for none.
    """

    mode: Mode
    visits: tuple[int, ...] = (30, 60, 90, 180, 365)
    early: int = 5
    late: int = 9
    contact: float = 0.85
    contact_after: float = 0.85
    urine_every: int = 7


@dataclass(frozen=True, kw_only=True)
class World:
    """One setting of recording, loss to follow-up and confounding.

    Attributes
    ----------
    name, sentence : str
        Name and description.
    recording : Recording
        How first use is recorded.
    loss_after_relapse : float
        Hazard of loss to follow-up after first use, as a multiple of that before.
    hidden : float
        Log hazard ratio of relapse for one standard deviation of a covariate that is in no table; it lowers
        the log odds of starting IOP or PHP by the same number.
    score : WeeklyScore or None
        A score that is recorded every week.
    """

    name: str
    sentence: str
    recording: Recording
    loss_after_relapse: float = 1.0
    hidden: float = 0.0
    score: WeeklyScore | None = None


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Effect of care: hazard ratios of relapse. All 1: a sharp null.

    Attributes
    ----------
    name : str
        Name of the setting.
    php, iop, outpatient : float
        While in that level of care today.
    carry_over : float
        After leaving care, until it has worn off.
    warm_handoff : float
        For those handed over in person or by phone, throughout.
    score_falls : float
        Not a hazard ratio: multiple of the weekly chance that a score falls while in care, and divisor of the
        chance that it rises; only in worlds with a score.
    """

    name: str
    php: float = 1.0
    iop: float = 1.0
    outpatient: float = 1.0
    carry_over: float = 1.0
    warm_handoff: float = 1.0
    score_falls: float = 1.0


WORLDS: dict[str, World] = {
    world.name: world
    for world in (
        World(
            name="clean",
            sentence=(
                "The exact day of first use is recorded in the same way for everyone who is followed; loss "
                "to follow-up depends on measured covariates and care only."
            ),
            recording=Recording(mode="register"),
        ),
        World(
            name="detection",
            sentence=(
                "First use is found by urine tests only: at the visits for everyone, and twice a week while "
                "in PHP or IOP."
            ),
            recording=Recording(mode="test", urine_every=3),
        ),
        World(
            name="mnar",
            sentence=(
                "First use is reported, with its day, at the next contact; after it contacts are missed and "
                "clients lost more often."
            ),
            recording=Recording(mode="recall", contact_after=0.5),
            loss_after_relapse=6.0,
        ),
        World(
            name="unmeasured",
            sentence="As clean, but a covariate that no table holds drives both starting care and relapse.",
            recording=Recording(mode="register"),
            hidden=0.5,
        ),
        World(
            name="program",
            sentence=(
                "As in a real program: contacts give intervals, PHP and IOP test urine, contacts are missed "
                "and clients are lost more often after first use, and a covariate is hidden."
            ),
            recording=Recording(mode="interval", contact=0.75, contact_after=0.5, urine_every=3),
            loss_after_relapse=4.0,
            hidden=0.4,
        ),
        World(
            name="feedback",
            sentence=(
                "As clean, but a weekly craving score drives both starting care and relapse, and is itself "
                "lowered by care: adjusting for its value at discharge is not enough, and adjusting for "
                "later values takes part of the effect away."
            ),
            recording=Recording(mode="register"),
            score=CRAVING,
        ),
        World(
            name="phone",
            sentence=(
                "Clients are called 30 and 90 days after discharge, and about 60% answer; a call shows only "
                "what happened since the one before."
            ),
            recording=Recording(
                mode="interval", visits=(30, 90), contact=0.66, contact_after=0.66, urine_every=0
            ),
        ),
    )
}

EFFECTS: dict[str, Effect] = {
    effect.name: effect
    for effect in (
        Effect(
            name="standard",
            php=0.4,
            iop=0.5,
            outpatient=0.8,
            carry_over=0.75,
            warm_handoff=0.9,
            score_falls=2.5,
        ),
        Effect(name="none"),
    )
}


def world_of(world: str | World) -> World:
    """Return the world of this name, or the world itself; ValueError where there is none."""
    return world if isinstance(world, World) else _named(world, WORLDS, "world")


def effect_of(effect: str | Effect) -> Effect:
    """Return the effect of this name, or the effect itself; ValueError where there is none."""
    return effect if isinstance(effect, Effect) else _named(effect, EFFECTS, "effect")


def _named(name: str, known: Mapping[str, _Named], noun: str) -> _Named:
    if name not in known:
        raise ValueError(f"There is no {noun} {name!r}; choose one of {', '.join(known)}.")
    return known[name]
