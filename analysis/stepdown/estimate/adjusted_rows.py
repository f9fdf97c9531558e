"""Adjusted comparisons as rows of the results: of strategies, and of arms known on the first day."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort import People, impute
from stepdown.compare import (
    ArmComparison,
    Arms,
    CloneCensorWeight,
    Design,
    compare_arms,
    compare_strategies,
    compare_trials,
)
from stepdown.compare import design as design_of
from stepdown.compare.adjustment_warning import AdjustmentWarning
from stepdown.compare.arm_membership import care_started, last_days_of_care
from stepdown.compare.covariates import drawn_covariates
from stepdown.compare.designs import free_until_care
from stepdown.compare.grace_period.comparison_table import (
    FEWEST_DEGREES,
    FEWEST_EFFECTIVE,
    TOO_FEW,
    TOO_HEAVY,
)
from stepdown.compare.refusals import quarters_of
from stepdown.compare.sequential_trials.trial_comparison import Adherence
from stepdown.compare.start_predictors import start_predictors
from stepdown.estimate.bootstrap_limits import bootstrapped, refuse_drawn_days
from stepdown.estimate.context import Record
from stepdown.estimate.imputations import pooled
from stepdown.estimate.influence_rows import calibration_rows, influence_rows, size_rows
from stepdown.estimate.planning_rows import adjusted_planning_rows
from stepdown.estimate.replicates import BootstrapRun
from stepdown.results import ADJUSTED, NOT_ADJUSTED, bind
from stepdown.results.reading import PLACEBO
from stepdown.study import DesignChoice, Study

METHODS = {
    "doubly_robust": "doubly robust",
    "weighting": "weighting",
    "standardization": "standardization",
}
OUTCOME_MODELS = {
    "pooled_logistic": "",
    "cox": " over Cox models",
    "fine_gray": " over Fine-Gray models",
}
_VARIANTS = {
    "doubly_robust": "",
    "weighted": "estimator=weighted",
    "g_formula": "estimator=g_formula",
    "uncapped": "cap=none",
}
PER_PROTOCOL = "adherence=per_protocol"
PASSES_INFINITY = "the interval runs from the lower end through infinity to the upper end"


def clone_censor_rows(
    people: People,
    study: Study,
    choice: DesignChoice,
    *,
    run: BootstrapRun | None = None,
    predictors: bool = True,
    curve: bool = True,
) -> pd.DataFrame:
    """Return the risks under both strategies, their difference, and what the estimate rests on.

    Parameters
    ----------
    people, study
        As for `compare_strategies`.
    choice : DesignChoice
        A design "clone_censor_weight".
    run : BootstrapRun, optional
        How replicates of a bootstrap are made.
    predictors : bool
        Whether columns that go with the start alone are looked for.
    curve : bool
        As for `compare_strategies`.

    Returns
    -------
    DataFrame
        Rows as documented in docs/results.md; the estimates by other ways have a `variant`.

    Raises
    ------
    DesignError
        As for `compare_strategies`.
    """
    keys = _keys(study, choice.key, "clone-censor-weight")
    refuse_drawn_days(people, study)

    def compared(number: int, some: People) -> CloneCensorWeight:
        return compare_strategies(some, study, choice, imputation=number, curve=curve)

    found = one_or_pooled(
        [
            strategy_rows(
                bootstrapped(
                    one,
                    study,
                    partial(compared, number),
                    name=choice.key,
                    run=run,
                ),
                keys,
                times=study.outcome.times,
                quarters=quarters_of(one, np.flatnonzero(one.observed)),
                sites=people.table["site_id"],
                placebo=placebo_day(study),
            )
            for one, number in imputations(people, study)
        ],
        clusters=clusters_of(people, study),
    )
    alone = start_predictors(people, study) if predictors else ()
    left = pd.DataFrame([row for one in alone for row in _warning(one)])
    if len(left):
        left = left.assign(**keys, statistic="estimate", time=max(study.outcome.times))
        found = pd.concat([found, left], ignore_index=True)
    return _with_plans(found, people, study, np.flatnonzero(people.observed))


def trial_rows(
    people: People, study: Study, choice: DesignChoice, *, run: BootstrapRun | None = None
) -> pd.DataFrame:
    """Return the rows of sequential trials: as started, and per protocol as a `variant`.

    Parameters
    ----------
    people, study
        As for `compare_trials`.
    choice : DesignChoice
        A design "sequential_trials".
    run : BootstrapRun, optional
        How replicates of a bootstrap are made.

    Raises
    ------
    DesignError
        As for `compare_trials`.
    """
    keys = _keys(study, choice.key, "sequential trials")
    refuse_drawn_days(people, study)

    def compared(one: People, number: int, adherence: Adherence) -> ArmComparison:
        return bootstrapped(
            one,
            study,
            lambda some: compare_trials(some, study, choice, adherence=adherence, imputation=number),
            name=f"{choice.key} {adherence}",
            run=run,
        )

    def of(one: People, number: int) -> pd.DataFrame:
        started = strategy_rows(
            compared(one, number, "as_started"),
            keys,
            times=study.outcome.times,
            quarters=quarters_of(one, np.flatnonzero(one.observed)),
            placebo=placebo_day(study),
        )
        kept = strategy_rows(compared(one, number, "per_protocol"), keys, times=study.outcome.times)
        kept = kept[
            (kept["variant"] == "") & kept["statistic"].isin(["estimate", "difference", "ratio", "nnt"])
        ]
        kept = kept[~kept["estimand"].isin(["strategy_followed", "scores_missing", "adjustment_warning"])]
        return pd.concat([_in_trials(started), kept.assign(variant=PER_PROTOCOL)], ignore_index=True)

    found = one_or_pooled(
        [of(one, number) for one, number in imputations(people, study)],
        clusters=clusters_of(people, study),
    )
    return _with_plans(found, people, study, np.flatnonzero(people.observed))


def placebo_day(study: Study) -> int | None:
    """Return the last day before care could act, where the study names one."""
    return None if study.checks.placebo is None else study.checks.placebo.last_day


def _with_plans(found: pd.DataFrame, people: People, study: Study, rows: NDArray[np.int64]) -> pd.DataFrame:
    """Return the rows of a comparison, and what it takes where its discharges are too few."""
    planned = adjusted_planning_rows(
        found, day=study.outcome.window[1], discharges=len(rows), quarters=quarters_of(people, rows)
    )
    return pd.concat([found, planned], ignore_index=True) if len(planned) else found


def _in_trials(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows in which those who follow an arm are people in trials."""
    mine = rows["estimand"] == "strategy_followed"
    return rows.assign(
        estimand=rows["estimand"].mask(mine, "in_trials"),
        unit=rows["unit"].mask(mine, "discharges in trials"),
    )


def _keys(study: Study, analysis: str, what: str) -> Record:
    """Return what the rows of an adjusted comparison share."""
    adjust = study.analysis.adjust if study.analysis else None
    method = METHODS[adjust.method] + OUTCOME_MODELS[adjust.outcome_model] if adjust else ""
    about = adjust.population if adjust else ""
    keys = {"analysis": analysis, "endpoint": study.outcome.endpoint, "method": f"{what}, {method}"}
    return keys | {"population": about}


def imputations(people: People, study: Study) -> Iterable[tuple[People, int]]:
    """Return the people and 0; where days or covariates are drawn, once for each imputation and its number.

    A day is drawn before anybody counts under a plan, so that a person has the same day under all of them:
    from the rates of those who started the care that the plans name, or of those who did not.
    """
    if people.uncertain is None:
        many = study.outcome.imputations if drawn_covariates(people, study) else 1
        return [(people, number) for number in range(many)]
    started = care_started(people, study)
    drawn = impute(
        free_until_care(people, started),
        times=study.outcome.times,
        arm=np.isfinite(started).astype(np.int64),
        started=started,
        cuts=last_days_of_care(study),
    )
    return ((one, number) for number, one in enumerate(drawn))


def clusters_of(people: People, study: Study) -> int:
    """Return how many clusters the intervals of a study rest on: clients, or sites."""
    name = study.analysis.interval.cluster if study.analysis else "client_id"
    return int(people.table[name].nunique())


def one_or_pooled(found: Sequence[pd.DataFrame], *, clusters: int) -> pd.DataFrame:
    """Return the rows of the only reading, or those of all imputations pooled."""
    if len(found) == 1:
        return found[0]
    return bind(
        pooled([[one] for one in found], df_complete=max(clusters - 1.0, 1.0), by_interval=True)
    ).table


def adjusted_rows(
    people: People, design: Design, study: Study, *, run: BootstrapRun | None = None, curve: bool = True
) -> pd.DataFrame:
    """Return the adjusted rows of arms known on the first day of a design; imputations are pooled.

    Parameters
    ----------
    people, study
        As for `compare_arms`.
    design : Design
        A comparison of arms.
    run : BootstrapRun, optional
        How replicates of a bootstrap are made.
    curve : bool
        As for `compare_strategies`.

    Raises
    ------
    DesignError
        As for `compare_arms`.
    """
    caution = ADJUSTED if design.caution == NOT_ADJUSTED else ""
    adjust = study.analysis.adjust if study.analysis else None
    balanced = adjust is not None and adjust.weights == "entropy_balancing"
    keys = _keys(study, design.key, "adjusted by entropy balancing" if balanced else "adjusted")
    if design.key.startswith("matched"):
        alone = adjust is None or adjust.method in ("none", "weighting")
        keys |= {"method": "matching" if alone else "matching, doubly robust", "population": "treated"}
    refuse_drawn_days(people, study)
    asked = study.analysis.designs if study.analysis else ()
    choice = next((one for one in asked if one.key == design.key), None)

    def compared(arms: Arms, number: int, some: People) -> ArmComparison:
        if some is people:
            return compare_arms(people, design, arms, study, imputation=number, curve=curve)
        drawn = design_of(some, study, choice=choice)
        return compare_arms(some, drawn, drawn.readings[0], study, curve=curve)

    readings = design.readings
    if len(readings) == 1 and drawn_covariates(people, study):
        readings = readings * study.outcome.imputations
    found = [
        strategy_rows(
            bootstrapped(people, study, partial(compared, arms, number), name=design.key, run=run),
            keys,
            times=study.outcome.times,
            start=design.start,
            caution=caution,
            quarters=quarters_of(people, arms.followup.rows),
            sites=people.table["site_id"],
            placebo=None if design.start else placebo_day(study),
        )
        for number, arms in enumerate(readings)
    ]
    clusters = min(len(np.unique(arms.followup.cluster)) for arms in design.readings)
    rows = one_or_pooled(found, clusters=clusters)
    return _with_plans(rows, people, study, design.readings[0].followup.rows)


def strategy_rows(
    found: CloneCensorWeight | ArmComparison,
    keys: Record,
    *,
    times: tuple[int, ...],
    start: int = 0,
    caution: str = ADJUSTED,
    quarters: int = 0,
    sites: pd.Series | None = None,
    placebo: int | None = None,
) -> pd.DataFrame:
    """Return a comparison as rows; `start` is the day from which its days are counted.

    Risks on other days than `times` are points of the curve. Where too few effective people leave no
    interval, a row says how many quarters one would take, from the `quarters` of these discharges. `sites`
    are those of all discharges, `placebo` is the last day before care could act.
    """
    table = found.table
    contrast = (table["statistic"] != "estimate").to_numpy()
    days = (table["estimand"] == "rmst").to_numpy()
    units = np.where(table["statistic"] == "ratio", "ratio", np.where(days, "days", "probability"))
    first = (table["estimator"] == table["estimator"].iloc[0]).to_numpy()
    rows = pd.DataFrame({
        "variant": np.where(first, "", table["estimator"].map(_VARIANTS)),
        "estimand": table["estimand"],
        "cause": np.where(days, "", "relapse"),
        "arm": table["strategy"],
        "reference": table["reference"],
        "time": table["time"] + start,
        "window_start": table["window_start"] + start,
        "window_end": np.where(
            table["estimand"].isin(["window_risk", "hazard_ratio"]), table["time"] + start, np.nan
        ),
        "statistic": table["statistic"],
        "unit": units,
        "estimate": table["estimate"],
        "std_error": table["std_error"].where(first),
        "conf_low": table["conf_low"].where(first),
        "conf_high": table["conf_high"].where(first),
        "note": table["note"].where(first, ""),
        "note_code": np.where(contrast & first, caution, ""),
    }).assign(**keys)  # fmt: skip
    rows = rows[~(days & (table["statistic"] == "ratio").to_numpy())]
    asked = rows[rows["time"].isin(times) | (rows["estimand"] != "risk")]
    curve = rows[(rows["estimand"] == "risk") & (rows["statistic"] == "estimate") & (rows["variant"] == "")]
    parts = [
        curve.assign(statistic="curve"),
        asked,
        rows[(rows["time"] == placebo) & (rows["estimand"] == "risk") & (rows["variant"] == "")].assign(
            estimand=PLACEBO
        ),
        needed_to_treat(asked),
        _support(found, keys, max(times)),
        _quarters_for_interval(table, keys, start=start, quarters=quarters),
        pd.DataFrame(one | keys for one in influence_rows(found, sites, start=start)),
        pd.DataFrame(one | keys for one in calibration_rows(found)),
        size_rows(found, times, start=start).assign(**keys),
    ]
    return pd.concat(parts, ignore_index=True)


def _quarters_for_interval(table: pd.DataFrame, keys: Record, *, start: int, quarters: int) -> pd.DataFrame:
    """Return in how many quarters each difference without an interval would have one.

    Effective people and degrees of freedom grow as the discharges do.
    """
    mine = (table["estimator"] == table["estimator"].iloc[0]) & (table["statistic"] == "difference")
    last = table.loc[mine & (table["estimand"] == "rmst"), "time"].max()
    lacking = table["note"].isin([TOO_FEW, TOO_HEAVY])
    found = table[mine & (table["estimand"] == "risk") & (table["time"] == last) & lacking]
    short = np.maximum(
        FEWEST_EFFECTIVE / found["effective_size"], FEWEST_DEGREES / found["degrees_of_freedom"]
    )
    known = np.isfinite(short) & (quarters > 0)
    rows = pd.DataFrame({
        "arm": found["strategy"], "reference": found["reference"], "time": found["time"] + start,
        "statistic": "estimate", "unit": "quarters", "estimate": np.ceil(short * quarters),
    }).assign(**keys, estimand="quarters_for_interval")  # fmt: skip
    return pd.DataFrame(rows[known.to_numpy()])


def needed_to_treat(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the number needed to treat of each difference of risks.

    Of a difference of -d it is 1 / d: how many people have to follow the plan for one relapse less. An
    interval of the difference that holds 0 is two intervals here, from one end out to infinity and in again
    at the other; a note says so.
    """
    found = rows[(rows["statistic"] == "difference") & (rows["estimand"] == "risk") & (rows["variant"] == "")]
    low, high = -found["conf_high"], -found["conf_low"]
    crosses = (low < 0) & (high > 0)
    return found.assign(
        statistic="nnt",
        unit="people",
        estimate=_inverse(-found["estimate"]),
        std_error=np.nan,
        conf_low=np.where(crosses, _inverse(low), _inverse(high)),
        conf_high=np.where(crosses, _inverse(high), _inverse(low)),
        note=found["note"].where(~crosses, PASSES_INFINITY),
        note_code="",
    )


def _inverse(value: pd.Series) -> pd.Series:
    return (1 / value).where(value != 0)


def _support(found: CloneCensorWeight | ArmComparison, keys: Record, horizon: int) -> pd.DataFrame:
    """Return how much each estimate rests on: people, effective size, weights, who departs, balance."""
    rows: list[Record] = []
    for row in found.strategies.to_dict("records"):
        for estimand, column, unit in (
            ("effective_size", "effective_size", "people"),
            ("strategy_followed", "follow" if "follow" in row else "followed", "discharges"),
            ("largest_weight", "largest_weight", "ratio"),
            ("weights_capped", "share_capped", "probability"),
        ):
            rows.append({"arm": row["strategy"], "estimand": estimand, "unit": unit, "estimate": row[column]})
        rows += _on_first_day(row)
        if "unmatched" in row:
            many = {"estimand": "unmatched", "unit": "discharges", "estimate": row["unmatched"]}
            rows.append({"arm": row["strategy"]} | many)
    for instrument, share in found.scores_missing.items():
        rows.append(
            {"term": instrument, "estimand": "scores_missing", "unit": "probability", "estimate": share}
        )
    few = found.table["few_clusters"].dropna()
    if len(few):
        rows.append({"estimand": "few_clusters", "unit": "clusters", "estimate": few.min()})
    rows += [row for one in found.cautions for row in _warning(one)]
    support = pd.DataFrame(rows).assign(**keys)
    first = support["statistic"].notna()
    support = support.assign(
        time=np.where(first, np.nan, horizon), statistic=support["statistic"].fillna("estimate")
    )
    parts = [support, balance_rows(found.balance, keys), score_balance_rows(found, keys)]
    if isinstance(found, ArmComparison):
        parts.append(overlap_rows(found.overlap, keys))
    if not isinstance(found, ArmComparison):
        parts.append(grace_period_rows(found.strategies, keys))
        if len(found.departures):
            parts.append(departure_rows(found.departures, keys))
    return pd.concat(parts, ignore_index=True)


def _on_first_day(row: Mapping[Hashable, Any]) -> Iterator[Record]:
    """Yield what a group rests on when it is complete: people with weight, effective size, largest share."""
    keys: Record = {"arm": row["strategy"], "statistic": "first_day", "n": row["carried"]}
    yield keys | {"estimand": "effective_size", "unit": "people", "estimate": row["effective_first"]}
    yield keys | {"estimand": "largest_share", "unit": "probability", "estimate": row["share_first"]}
    yield {
        "arm": row["strategy"], "estimand": "events_by_window_end", "statistic": "count",
        "unit": "discharges", "estimate": row["events"],
    }  # fmt: skip


def _warning(one: AdjustmentWarning) -> Iterator[Record]:
    """Yield the row of a warning, and of a pair of values a second one with the other value."""
    keys: Record = {
        "variant": f"warning={one.kind}", "arm": one.arm, "estimand": "adjustment_warning",
        "estimate": one.count, "n": one.size or np.nan,
        "unit": "probability" if one.kind in ("heavy", "start_alone") else "discharges",
    }  # fmt: skip
    yield keys | {"term": one.term, "level": one.level, "subgroup": one.other}
    if one.other:
        second = {"term": one.other, "level": one.other_level, "subgroup": one.term}
        yield keys | second | {"statistic": "other"}


ENDS = ("followed", "departed", "relapse", "other_event", "lost")
"""What becomes of a copy of everybody by the end of the grace period of a plan."""


def grace_period_rows(strategies: pd.DataFrame, keys: Record) -> pd.DataFrame:
    """Return what became of everybody's copy under each strategy by the end of its grace period."""
    rows = [
        {"arm": row["strategy"], "term": end, "time": row["within"], "estimate": row[end]}
        for row in strategies.to_dict("records")
        for end in ENDS
    ]
    return pd.DataFrame(rows).assign(
        **keys, estimand="grace_period_end", statistic="count", unit="discharges"
    )


def departure_rows(departures: pd.DataFrame, keys: Record) -> pd.DataFrame:
    """Return how many copies depart from each plan, by the reason, and the first and last day of these."""
    found = departures.rename(columns={"strategy": "arm", "reason": "term"})
    parts = [
        found[["arm", "term"]].assign(statistic=statistic, unit=unit, estimate=found[column])
        for column, statistic, unit in (
            ("people", "count", "discharges"),
            ("first", "first_day", "days"),
            ("last", "last_day", "days"),
        )
    ]
    return pd.concat(parts, ignore_index=True).assign(**keys, estimand="departure")


def balance_rows(balance: pd.DataFrame, keys: Record) -> pd.DataFrame:
    """Return the standardized differences of covariates between arms, before and after the adjustment."""
    units = dict.fromkeys(("before", "after"), "standard deviations")
    units |= {"variance_ratio": "ratio", "largest_gap": "probability"}
    parts = [
        pd.DataFrame({
            "arm": balance["arm"], "reference": balance["reference"], "term": balance["covariate"],
            "level": balance["value"], "statistic": name, "unit": unit, "estimate": balance[name],
            "std_error": balance["error"] if name == "after" else np.nan,
        })
        for name, unit in units.items()
    ]  # fmt: skip
    found = pd.concat(parts, ignore_index=True)
    number = (found["statistic"] != "variance_ratio") | found["estimate"].notna()
    return found[number].assign(**keys, estimand="covariate_balance")


def score_balance_rows(found: CloneCensorWeight | ArmComparison, keys: Record) -> pd.DataFrame:
    """Return how alike those who start care on a day are to those who do not, by score and day.

    In `n` those who start. Of plans of several steps by decision, in `level`, of the plan that asks for it.
    """
    table = found.score_balance
    if table.empty:
        return pd.DataFrame()
    first, *_, last = found.strategies["strategy"]
    several = "decision" in table
    parts = [
        pd.DataFrame({
            "term": table["score"], "level": table["decision"] if several else "",
            "arm": table["plan"] if several else first, "reference": "" if several else last,
            "time": table["day"], "statistic": name, "estimate": table[name],
            "std_error": table["error"] if name == "after" else np.nan, "n": table["starts"],
        })
        for name in ("before", "after")
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True).assign(
        **keys, estimand="score_balance", unit="standard deviations"
    )


def overlap_rows(overlap: pd.DataFrame, keys: Record) -> pd.DataFrame:
    """Return the shares of each group by chance of the first group, and of those in equipoise."""
    if overlap.empty:
        return overlap
    ranges = overlap["low"].notna()
    level = (overlap["low"].map("{:.1f}".format) + "-" + overlap["high"].map("{:.1f}".format)).where(
        ranges, ""
    )
    return pd.DataFrame({
        "arm": overlap["arm"], "level": level, "estimate": overlap["share"],
        "estimand": np.where(ranges, "propensity", "equipoise"),
        "statistic": np.where(ranges, "share", "estimate"),
    }).assign(**keys, unit="probability")  # fmt: skip
