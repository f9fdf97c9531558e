"""Studies that differ from one in a single thing: their answers are put side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from stepdown.compare.grace_period.start_laws import StartLaw
from stepdown.errors import StudyError
from stepdown.study import AnalysisChoice, BaselineArm, ChecksChoice, DesignChoice, Study, one_start

LANDMARK, GRACE_PERIOD, START_LAW, TRUNCATION = "landmark", "grace_period", "start_law", "truncation"
CAPS = (5.0, 10.0, 50.0)
"""Largest weights of the analyses "weight_caps"; the comparison itself has 20 by default."""


@dataclass(frozen=True, kw_only=True)
class VariedStudy:
    """A study that differs in one thing.

    Attributes
    ----------
    kind : str
        What differs: "landmark", "grace_period", "start_law" or "truncation".
    value : str
        Its value.
    study : Study
        The study, whose primary comparison is the one to make.
    """

    kind: str
    value: str
    study: Study


def up_to_window(study: Study) -> Study:
    """Return the study with its primary comparison alone, no checks, and no day after the end of the window.

    Intervals are by influence functions: a bootstrap would draw every repetition hundreds of times.
    """
    analysis = study.analysis
    if analysis is None:
        return study
    end = study.outcome.window[1]
    times = tuple(sorted({*(day for day in study.outcome.times if day <= end), end}))
    interval = analysis.interval.model_copy(update={"method": "influence", "replicates": None})
    return study.model_copy(
        update={
            "analysis": analysis.model_copy(update={"secondary": (), "interval": interval}),
            "outcome": study.outcome.model_copy(update={"times": times}),
            "checks": ChecksChoice(),
        }
    )


def varied_studies(study: Study, kinds: Sequence[str], days: Sequence[int]) -> Iterator[VariedStudy]:
    """Yield the study with other landmarks, grace periods, start laws and largest weights, where it has them.

    Parameters
    ----------
    study : Study
        From `up_to_window`.
    kinds : sequence of str
        Those of `sensitivity.analyses` that are wanted; "landmarks", "grace_periods", "start_laws" and
        "weight_caps" count.
    days : sequence of int
        Days of the landmarks, last days of the grace periods.

    Yields
    ------
    VariedStudy
        None that is the study itself, or that the rules of studies refuse.
    """
    analysis, contrast = study.analysis, study.contrast
    if analysis is None or contrast is None:
        return
    if "weight_caps" in kinds:
        yield from _caps(study, analysis)
    if isinstance(contrast.arms, BaselineArm) or not one_start(study.plans):
        return
    primary = analysis.primary
    in_several = primary.design in ("clone_censor_weight", "sequential_trials")
    if "landmarks" in kinds and primary.design != "baseline":
        at = DesignChoice(design="landmark", day=1) if in_several else primary
        own = None if in_several else primary.day
        for day in (one for one in days if one != own):
            yield from _varied(study, LANDMARK, str(day), at.model_copy(update={"day": day}), within=day)
    if "grace_periods" in kinds and in_several:
        last = max(plan.last_day for plan in study.plans)
        for day in (one for one in days if one != last):
            yield from _varied(study, GRACE_PERIOD, str(day), primary, within=day)
    if "start_laws" in kinds and primary.design == "clone_censor_weight":
        for law in (one for one in get_args(StartLaw) if one != primary.start):
            yield from _varied(study, START_LAW, law, primary.model_copy(update={"start": law}))


def _caps(study: Study, analysis: AnalysisChoice) -> Iterator[VariedStudy]:
    """Yield the study with other largest weights, where its estimate caps them."""
    adjust = analysis.adjust
    if adjust is None or adjust.method != "doubly_robust" or analysis.primary.design == "matched":
        return
    for cap in (one for one in CAPS if one != adjust.largest_weight):
        yield from _varied(study, TRUNCATION, f"{cap:g}", analysis.primary, cap=cap)


def _varied(
    study: Study,
    kind: str,
    value: str,
    primary: DesignChoice,
    *,
    within: int | None = None,
    cap: float | None = None,
) -> Iterator[VariedStudy]:
    """Yield the study with another primary comparison, unless it breaks the rules of studies."""
    raw = study.model_dump(exclude_none=True)
    raw["analysis"]["primary"] = primary.model_dump(exclude_none=True)
    if cap is not None:
        raw["analysis"]["adjust"]["weight_cap"] = cap
    for plan in raw["strategies"].values() if within is not None else ():
        _move(plan, within)
    try:
        yield VariedStudy(kind=kind, value=value, study=Study.parse(raw))
    except StudyError:
        return


def _move(plan: dict[str, Any], within: int | None) -> None:
    for step in (*plan["steps"], *plan["avoid"]):
        step["within"] = within


def unadjusted(analysis: AnalysisChoice) -> bool:
    """Return whether the primary comparison takes the groups as they were."""
    none = analysis.adjust is None or analysis.adjust.method == "none"
    return none and analysis.primary.design != "matched"
