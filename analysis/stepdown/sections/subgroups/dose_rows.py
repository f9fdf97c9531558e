"""Hazards by dose of care as rows of the results: known by a landmark, and by a marginal structural model."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from stepdown.cohort import RELAPSE, People
from stepdown.compare.covariates import filled, known_by_zero, with_all_covariates
from stepdown.compare.designs import on_confirmed_day
from stepdown.compare.score_history import score_history
from stepdown.compare.subgroups import (
    DoseCurve,
    DoseLoss,
    DoseWeeks,
    WeightedDose,
    care_dose,
    dose_curve,
    dose_so_far,
    dose_weeks,
    weekly_dose,
)
from stepdown.compare.subgroups.care_dose import WEEK
from stepdown.errors import DesignError, EstimateError
from stepdown.estimate.context import Record
from stepdown.results.reading import FEWEST_CLUSTERS
from stepdown.sections.subgroups.read import DOSE, FEW_CLUSTERS, LOSS_ALONE, NOT_ESTIMATED, RESPONSE, SO_FAR
from stepdown.study import DoseChoice, Study
from stepdown.survival.core.sample import Floats

_NEEDS_ADJUST = (
    "it needs [analysis.adjust], because people who have more care differ from others in more than their care"
    "."
)
_LANDMARK = "Cox model after a landmark, natural spline"
_STRUCTURAL = "marginal structural Cox model, natural spline"


def dose_rows(people: People, study: Study, asked: DoseChoice) -> Iterator[Record]:
    """Yield the hazard ratios of doses against none: known at the landmark, and so far.

    Parameters
    ----------
    people : People
        Derived discharges, whose outcome can be judged.
    study : Study
        The protocol.
    asked : DoseChoice
        Its key `dose`.
    """
    keys: Record = {
        "analysis": DOSE, "endpoint": study.outcome.endpoint, "estimand": RESPONSE,
        "level": "+".join(asked.levels), "window_end": study.outcome.window[1],
    }  # fmt: skip
    known, so_far = keys | {"window_start": asked.landmark}, keys | {"window_start": 0, "variant": SO_FAR}
    for measure in asked.measures:
        try:
            care = _care(people, study, asked, measure)
        except DesignError as error:
            yield known | {"term": measure, "statistic": NOT_ESTIMATED, "note": str(error)}
            continue
        try:
            curve = _at_landmark(people, study, asked, measure, care)
            few = _few_clusters(people, study, asked.landmark)
            yield from _of(curve, measure, known, _LANDMARK, note=few)
        except (DesignError, EstimateError) as error:
            yield known | {"term": measure, "statistic": NOT_ESTIMATED, "note": _short(error)}
        try:
            found = _so_far(people, study, asked, measure, care)
            few = _few_clusters(people, study, 0)
            yield from _of(found.curve, measure, so_far, _STRUCTURAL, note=few)
            yield from _weights(found, measure, so_far, scores=_scored(study))
        except (DesignError, EstimateError) as error:
            yield so_far | {"term": measure, "statistic": NOT_ESTIMATED, "note": _short(error)}


def _short(error: Exception) -> str:
    return str(error).partition("\nMore:")[0]


def _of(curve: DoseCurve, measure: str, keys: Record, method: str, *, note: str) -> Iterator[Record]:
    for number, row in enumerate(curve.table.to_dict("records")):
        mine = keys | {"term": f"{measure} {number:02d}"}
        yield mine | {"statistic": "dose", "unit": measure, "estimate": row["dose"]}
        yield mine | {
            "cause": "relapse", "statistic": "ratio", "unit": "ratio", "estimate": row["hazard_ratio"],
            "conf_low": row["conf_low"], "conf_high": row["conf_high"], "n": curve.n,
            "events": curve.events, "method": method, "note": note,
        }  # fmt: skip


def _weights(found: WeightedDose, measure: str, keys: Record, *, scores: bool) -> Iterator[Record]:
    """Yield how uneven the weights are; nothing where all are 1."""
    if np.ptp(found.weights) == 0:
        return
    method = _STRUCTURAL if scores else f"{_STRUCTURAL}, {LOSS_ALONE}"
    same = keys | {"term": measure, "statistic": "estimate", "method": method}
    largest = float(found.weights.max())
    yield same | {"estimand": "largest_weight", "unit": "ratio", "estimate": largest}
    share = found.effective_share
    yield same | {"estimand": "effective_share", "unit": "probability", "estimate": share}


def _care(people: People, study: Study, asked: DoseChoice, measure: str) -> pd.DataFrame:
    """Return the care of the people, which has what the measure needs."""
    end = study.outcome.window[1]
    if asked.landmark >= end:
        raise DesignError(f"dose.landmark must be before the end of outcome.window, day {end}.")
    if not people.exact or people.uncertain is not None:
        raise DesignError(
            f"it needs one day for each {study.outcome.word}, and some are known only to lie between "
            'two contacts. Set outcome.interval = "detected" or "midpoint".'
        )
    if people.care is None or (measure == "hours" and people.care["hours"].isna().all()):
        raise DesignError("the hours of care are not known. Map `hours` of the services, or use weeks.")
    return people.care


def _at_landmark(
    people: People, study: Study, asked: DoseChoice, measure: str, care: pd.DataFrame
) -> DoseCurve:
    start, end = asked.landmark, study.outcome.window[1]
    table = on_confirmed_day(people).table
    days = table["days"].to_numpy(dtype=float)
    kept = people.observed & with_all_covariates(people, study) & (days > start)
    dose = care_dose(care, size=len(table), landmark=start, measure=measure, levels=asked.levels)
    return dose_curve(
        np.minimum(days[kept], end) - start,
        (table["event"] == RELAPSE).to_numpy()[kept] & (days[kept] <= end),
        dose[kept],
        _covariates(people, study)[kept].reset_index(drop=True),
        cluster=_clusters(people, study, kept),
    )


def _so_far(
    people: People, study: Study, asked: DoseChoice, measure: str, care: pd.DataFrame
) -> WeightedDose:
    end = study.outcome.window[1]
    if study.analysis is None or study.analysis.adjust is None:
        raise DesignError(_NEEDS_ADJUST)
    kept = people.observed & with_all_covariates(people, study)
    received = weekly_dose(care, size=len(kept), until=end, measure=measure, levels=asked.levels)
    table = people.table[kept]
    weeks = dose_weeks(
        table["days"], np.minimum(table["event"].to_numpy(dtype=np.int64), 2), received[kept], until=end
    )
    adjust, loss = study.analysis.adjust, study.analysis.loss
    rows = np.flatnonzero(kept)
    return dose_so_far(
        weeks,
        _covariates(people, study)[kept].reset_index(drop=True),
        scores=_scores(people, study, weeks, rows, adjust.time_varying),
        loss=None
        if loss is None
        else DoseLoss(
            covariates=filled(known_by_zero(people, study, loss.covariates))[kept].reset_index(drop=True),
            scores=_scores(people, study, weeks, rows, loss.time_varying),
        ),
        cluster=_clusters(people, study, kept),
    )


def _scored(study: Study) -> bool:
    """Return whether the weights of care follow scores."""
    adjust = study.analysis.adjust if study.analysis else None
    return adjust is not None and bool(adjust.time_varying)


def _scores(
    people: People, study: Study, weeks: DoseWeeks, rows: np.ndarray, names: tuple[str, ...]
) -> Floats | None:
    """Return the latest scores before each row's week; None where there are none."""
    end = study.outcome.window[1]
    if not names or people.scores is None:
        return None
    history = score_history(people.scores, names, size=len(people.table), days=end + 2, needed_by=end)
    return np.asarray(history.values[rows[weeks.person], weeks.week * WEEK])


def _covariates(people: People, study: Study) -> pd.DataFrame:
    adjust = study.analysis.adjust if study.analysis else None
    return filled(known_by_zero(people, study, adjust.covariates if adjust else ()))


def _clusters(people: People, study: Study, kept: np.ndarray) -> np.ndarray | None:
    name = study.analysis.interval.cluster if study.analysis else "client_id"
    owner = pd.factorize(people.table[name])[0][kept]
    return owner if len(np.unique(owner)) < len(owner) else None


def _few_clusters(people: People, study: Study, start: int) -> str:
    """Return the note of intervals that rest on few sites; empty where they do not."""
    days = people.table["days"].to_numpy(dtype=float)
    owner = _clusters(people, study, people.observed & with_all_covariates(people, study) & (days > start))
    return FEW_CLUSTERS if owner is not None and len(np.unique(owner)) < FEWEST_CLUSTERS else ""
