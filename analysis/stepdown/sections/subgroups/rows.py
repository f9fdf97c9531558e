"""Effects in subgroups and verdicts on margins as rows of the results; `dose_rows` has the dose of care."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd

from stepdown.checks import GateWords, known_of_primary, verdicts_of, withheld
from stepdown.cohort import RELAPSE, People
from stepdown.compare import design
from stepdown.compare.covariates import known_by_zero
from stepdown.compare.processes import LARGEST, in_processes
from stepdown.compare.sensitivity import up_to_window
from stepdown.compare.subgroups import (
    heterogeneity,
    holm,
    shrunken_effects,
    subgroup_levels,
    within_margin,
)
from stepdown.errors import DesignError
from stepdown.estimate.adjusted_rows import adjusted_rows, clone_censor_rows, clusters_of, trial_rows
from stepdown.estimate.context import Record
from stepdown.estimate.design_rows import estimate_design
from stepdown.results import Results, bind
from stepdown.results.reading import FEWEST_CLUSTERS, TOO_FEW_CLUSTERS, adjusted
from stepdown.sections.subgroups.dose_rows import dose_rows
from stepdown.sections.subgroups.read import (
    HOLM,
    INTERACTION,
    MARGIN,
    NOT_ESTIMATED,
    SHRUNKEN,
    SUBGROUPS,
    WITHHELD,
)
from stepdown.study import EquivalenceChoice, Study
from stepdown.survival import cox
from stepdown.survival.core.fit_warning import quiet
from stepdown.survival.core.sample import Bools, Floats

NOT_ENOUGH, NOT_ALIKE = "not enough people", "plans not comparable"
GIVES_AWAY = "would give another group away"
_ONE_DAY = (
    "Effects in groups of people need one day for each relapse, and some are known only to lie between two "
    'contacts. Set outcome.interval = "imputed", "detected" or "midpoint".'
)
_PLAIN = ("estimate", "std_error", "conf_low", "conf_high")


def further_rows(
    people: People, study: Study, so_far: Callable[[], Results], until: Floats
) -> Iterator[Record]:
    """Yield what the study asks of its primary comparison beyond the effect for everybody.

    Parameters
    ----------
    people : People
        Derived discharges, whose outcome can be judged.
    study : Study
        The protocol.
    so_far : callable
        Returns the results with the rows of the primary comparison.
    until : array (n,)
        Last day since time zero that the data could show, of every discharge.
    """
    ranged = not people.exact and people.uncertain is None
    if study.analysis is not None and study.subgroups.columns and ranged:
        yield {"analysis": SUBGROUPS, "estimand": "risk", "statistic": NOT_ESTIMATED, "note": _ONE_DAY}
    elif study.analysis is not None and study.subgroups.columns:
        yield from _subgroups(people, study, until)
    if study.dose is not None:
        yield from dose_rows(people, study, study.dose)
    if study.analysis is not None and study.equivalence is not None:
        yield from _margins(people, so_far().table, study, study.equivalence)


def _subgroups(people: People, study: Study, until: Floats) -> Iterator[Record]:
    """Yield the effect in each value of each column, and the tests that they are equal."""
    tests: list[Record] = []
    for name in study.subgroups.columns:
        try:
            known_by_zero(people, study, (name,), use="subgroups")
        except DesignError as error:
            yield {
                "analysis": SUBGROUPS, "estimand": "risk", "subgroup": name, "statistic": NOT_ESTIMATED,
                "note": str(error),
            }  # fmt: skip
            continue
        found = _of_column(people, study, name, until)
        yield from found
        for arm in study.labels[:-1]:
            mine = [row for row in found if row["arm"] == arm and row["status"] != WITHHELD]
            yield from _shrunken(mine)
            tests.append(_test(mine, name, arm, study.labels[-1]))
    few = clusters_of(people.take(np.flatnonzero(people.observed)), study) < FEWEST_CLUSTERS
    for arm in study.labels[:-1]:
        mine = [row for row in tests if row["arm"] == arm]
        for row, value in zip(mine, holm([row["p"] for row in mine]), strict=True):
            yield from _too_few_clusters(row) if few else _test_rows(row, value)


def _of_column(people: People, study: Study, name: str, until: Floats) -> list[Record]:
    """Return the effect of each arm in each value of a column, a row each."""
    levels = subgroup_levels(people.table[name], name=name)
    rows: list[Record] = []
    closed: set[str] = set()
    members = {level: (levels == level).fillna(False).to_numpy(dtype=bool) for level in levels.cat.categories}
    tasks = [partial(_of_level, people, study, mine, until) for mine in members.values()]
    for (level, mine), (found, reason) in zip(
        members.items(), in_processes(tasks, people=len(people.table), largest=LARGEST), strict=True
    ):
        closed |= {level} if reason else set()
        followed = int((mine & people.observed).sum())
        for arm in study.labels[:-1]:
            shown = found[found["arm"] == arm]
            rows.append(_row(shown, study, name, level, arm, size=followed, reason=reason or NOT_ENOUGH))
    for arm in study.labels[:-1]:
        rows = _protected(rows, arm, closed)
    return rows


def _of_level(people: People, study: Study, mine: Bools, until: Floats) -> tuple[pd.DataFrame, str]:
    """Return the differences among some people, and why the gates leave them out."""
    none, everyone = pd.DataFrame(columns=["arm"]), np.flatnonzero(mine)
    try:
        estimated = _estimated(people.take(np.flatnonzero(mine & people.observed)), study)
        known = known_of_primary(people.take(everyone), study, until[everyone])
    except DesignError:
        return none, ""
    reason = _closed([estimated, known], study)
    return (none, reason) if reason else (_differences(estimated, study), "")


def _protected(rows: list[Record], arm: str, closed: set[str]) -> list[Record]:
    """Return the rows; a single one of an arm that gates close takes the smallest of the others with it.

    Otherwise its effect would be that of everybody less those of the groups shown.
    """
    mine = [row for row in rows if row["arm"] == arm]
    hidden = [row for row in mine if row["status"] == WITHHELD]
    shown = [row for row in mine if row["status"] != WITHHELD]
    if len(hidden) != 1 or hidden[0]["level"] not in closed or not shown:
        return rows
    smallest = min(shown, key=lambda row: row["n"])
    dropped = ("population", "method", "note_code", "n", *_PLAIN)
    held = {key: value for key, value in smallest.items() if key not in dropped}
    held |= {"status": WITHHELD, "status_reason": GIVES_AWAY}
    return [held if row is smallest else row for row in rows]


def _closed(found: Sequence[pd.DataFrame | list[Record]], study: Study) -> str:
    """Return why the gates of the study withhold the comparison among some people; empty if they do not."""
    assert study.analysis is not None
    key = study.analysis.primary.key
    words = GateWords(word=study.outcome.word, day=study.outcome.window[1])
    verdicts = verdicts_of(bind(found), [key], study.gates, words).get(key, ())
    if not withheld(verdicts):
        return ""
    small = any(one.status == WITHHELD and one.gate != "balance" for one in verdicts)
    return NOT_ENOUGH if small else NOT_ALIKE


def _row(
    found: pd.DataFrame, study: Study, name: str, level: str, arm: str, *, size: int, reason: str
) -> Record:
    choice = study.analysis.primary if study.analysis else None
    keys: Record = {
        "analysis": SUBGROUPS, "endpoint": study.outcome.endpoint, "estimand": "risk", "cause": "relapse",
        "subgroup": name, "level": level, "arm": arm, "reference": study.labels[-1],
        "time": study.outcome.window[1], "window_start": choice.from_day if choice else 0,
        "statistic": "difference", "unit": "probability",
    }  # fmt: skip
    if found.empty or not np.isfinite(found[list(_PLAIN)].to_numpy(dtype=float)).all():
        return keys | {"status": WITHHELD, "status_reason": reason}
    row = found.iloc[0]
    shown = {one: row[one] for one in ("population", "method", "note_code", *_PLAIN)}
    return keys | shown | {"n": size, "status": "shown"}


def _estimated(people: People, study: Study) -> pd.DataFrame:
    """Return the rows of the primary comparison for some people, with intervals by influence functions.

    Models are fitted up to the end of the window alone, so that several groups take about a second.
    """
    study = up_to_window(study)
    analysis = study.analysis
    assert analysis is not None
    choice, adjust = analysis.primary, analysis.adjust
    # Days before the end of the window are not asked of groups.
    outcome = study.outcome.model_copy(update={"times": (study.outcome.window[1],)})
    study = study.model_copy(update={"outcome": outcome})
    if choice.design == "clone_censor_weight":
        return clone_censor_rows(people, study, choice, predictors=False, curve=False)
    if choice.design == "sequential_trials":
        return trial_rows(people, study, choice)
    one = design(people, study, choice=choice)
    if choice.design == "matched" or (adjust is not None and adjust.method != "none"):
        return adjusted_rows(people, one, study, curve=False)
    return estimate_design(one, study).table


def _differences(table: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return the differences in risk by the end of the window, the adjusted ones where there are any."""
    found = table.reindex(columns=[*table.columns, *({"bound", "variant", "population"} - {*table.columns})])
    found = found.fillna({"bound": "", "variant": "", "population": ""})
    mine = found[
        (found["estimand"] == "risk") & (found["statistic"] == "difference") & (found["variant"] == "")
        & (found["bound"] == "") & (found["cause"] == "relapse")
        & (found["time"] == study.outcome.window[1])
    ]  # fmt: skip
    return adjusted(mine)


def _shrunken(found: list[Record]) -> Iterator[Record]:
    if len(found) > 1:
        near = shrunken_effects(*_numbers(found))
        for row, value in zip(found, near, strict=True):
            yield {key: held for key, held in row.items() if key not in _PLAIN} | {
                "variant": SHRUNKEN, "estimate": value
            }  # fmt: skip


def _numbers(found: list[Record]) -> tuple[list[float], list[float]]:
    return [row["estimate"] for row in found], [row["std_error"] for row in found]


def _test(found: list[Record], name: str, arm: str, reference: str) -> Record:
    test = heterogeneity(*_numbers(found))
    keys: Record = {"analysis": SUBGROUPS, "estimand": INTERACTION, "subgroup": name, "arm": arm}
    return {"keys": keys | {"reference": reference}, "arm": arm, "test": test, "p": test.p}


def _too_few_clusters(row: Record) -> Iterator[Record]:
    if row["test"].degrees:
        yield row["keys"] | {
            "statistic": "p_value", "estimate": np.nan, "method": HOLM, "note": TOO_FEW_CLUSTERS
        }  # fmt: skip


def _test_rows(row: Record, adjusted_p: float) -> Iterator[Record]:
    test = row["test"]
    if not test.degrees:
        return
    for statistic, value in (("statistic", test.statistic), ("df", test.degrees), ("p_value", test.p)):
        yield row["keys"] | {"statistic": statistic, "estimate": value, "method": "heterogeneity"}
    yield row["keys"] | {"statistic": "p_value", "estimate": adjusted_p, "method": HOLM}


def _margins(people: People, table: pd.DataFrame, study: Study, asked: EquivalenceChoice) -> Iterator[Record]:
    """Yield whether the interval of each quantity with a margin lies within it."""
    assert study.analysis is not None
    choice, end = study.analysis.primary, study.outcome.window[1]
    mine = table[
        (table["analysis"] == choice.key) & (table["variant"] == "") & (table["bound"] == "")
        & (table["time"] == end) & (table["reference"] != "")
    ]  # fmt: skip
    for estimand, margin, statistic, worse in (
        ("risk", asked.risk_difference, "difference", "higher"),
        ("rmst", asked.rmst_days, "difference", "lower"),
        ("hazard_ratio", asked.hazard_ratio, "ratio", "higher"),
    ):
        if margin is None:
            continue
        found = mine[(mine["estimand"] == estimand) & (mine["statistic"] == statistic)]
        found = found[(found["window_start"] == choice.from_day) | (estimand != "hazard_ratio")]
        found = adjusted(found[found["cause"].isin(["", "relapse"])])
        keys: Record = {
            "analysis": MARGIN, "endpoint": study.outcome.endpoint, "estimand": asked.kind,
            "term": estimand, "time": end,
        }  # fmt: skip
        if found.empty and estimand == "hazard_ratio":
            found = _hazard_ratios(people, study)
        if found.empty:
            note = "the primary comparison does not have this number"
            yield keys | {"statistic": NOT_ESTIMATED, "note": note}
        for _, row in found.iterrows():
            same = keys | {"arm": row["arm"], "reference": row["reference"], "unit": row["unit"]}
            yield same | {"statistic": "margin", "estimate": margin}
            met = within_margin(
                row["conf_low"], row["conf_high"], margin,
                scale="ratio" if statistic == "ratio" else "difference",
                worse=worse if asked.kind == "non_inferiority" else "",
            )  # fmt: skip
            yield same | {
                "statistic": "within", "estimate": np.nan if met is None else float(met),
                "conf_low": row["conf_low"], "conf_high": row["conf_high"], "method": row["method"],
                "note": "" if met is not None else "the primary comparison has no interval",
            }  # fmt: skip


def _hazard_ratios(people: People, study: Study) -> pd.DataFrame:
    """Return the hazard ratios of arms that are compared as they were, up to the end of the window.

    Cox regression (Efron) of relapse on the arm alone, robust where discharges belong together. Nothing where
    a relapse has no one day, an arm no relapse, or people count under several plans.
    """
    assert study.analysis is not None
    choice, adjust, end = study.analysis.primary, study.analysis.adjust, study.outcome.window[1]
    in_several = choice.design in ("clone_censor_weight", "sequential_trials", "matched")
    if in_several or not people.exact or people.uncertain is not None:
        return pd.DataFrame()
    if adjust is not None and adjust.method != "none":
        return pd.DataFrame()
    try:
        made = design(people, study, choice=choice)
    except DesignError:
        return pd.DataFrame()
    arms = made.readings[0]
    reading = arms.followup
    event = (reading.event == RELAPSE) & (reading.days <= end)
    if min(np.bincount(arms.arm, event, minlength=len(made.labels))) == 0:
        return pd.DataFrame()
    names = list(made.labels[:-1])
    columns = pd.DataFrame({name: (arms.arm == place).astype(float) for place, name in enumerate(names)})
    with quiet():
        fit = cox(
            np.minimum(reading.days, end) - made.start, event, columns,
            cluster=reading.cluster if len(np.unique(reading.cluster)) < len(reading.cluster) else None,
        )  # fmt: skip
    rows = fit.summary.loc[names]
    return pd.DataFrame({
        "arm": names, "reference": made.labels[-1], "unit": "ratio", "method": "Cox model, not adjusted",
        "conf_low": rows["hazard_ratio_low"].to_numpy(), "conf_high": rows["hazard_ratio_high"].to_numpy(),
    })  # fmt: skip
