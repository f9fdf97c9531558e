"""Gates: from what a comparison rests on to a verdict: shown, shown with a warning, or withheld.

A verdict never states how many events a group has, since a withheld risk could be computed from it.

The difference of a covariate after weighting is above the limit by more than chance where its one-sided 95%
lower limit is: |d| - 1.645 se > limit, with se of `compare.covariate_balance`, or sqrt(1 / n1 + 1 / n2) of
the effective sizes where none is known.
"""

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from stepdown.compare import ArmComparison, CloneCensorWeight
from stepdown.results.words import count, deviations, listed, number, percent, plural, uncapitalized
from stepdown.study import BalanceGate, Gates

Status = Literal["passed", "not_judged", "warning", "withheld"]
Gate = Literal["adjusted", "balance", "effective_size", "events", "outcome_known", "largest_share"]
PASSED: Status = "passed"
WARNING: Status = "warning"
WITHHELD: Status = "withheld"
NOT_JUDGED: Status = "not_judged"
"""Of a gate that the study file leaves out."""
ONE_SIDED, TWO_SIDED = 1.6448536269514722, 1.959963984540054
"""Quantiles of the normal distribution at 95% and 97.5%."""
LEFT_OUT = "The study file leaves this gate out: nothing is judged by it."
MOST_NAMED = 3
"""Characteristics named beside the one that differs most."""


@dataclass(frozen=True, kw_only=True)
class GateVerdict:
    """What one gate says of one group of a comparison.

    Attributes
    ----------
    gate : str
        "balance", "effective_size", "events", "outcome_known" or "largest_share"; "adjusted" of an adjustment
        that is asked for and cannot be made.
    status : str
        "passed", "warning" or "withheld"; "not_judged" of a gate that the study file leaves out.
    arm, reference : str
        Group, and of "balance" the one it is compared with; empty where everybody is judged together.
    term, level : str
        Of "balance" the characteristic that differs most, and its value.
    value, limit : float
        What was found, missing of "events", and the limit that it broke; of what passed, the limit of the
        warning.
    sentence : str
        What was found, in plain words.
    remedy : str
        What would open the gate; empty where it passed.
    """

    gate: Gate
    status: Status
    arm: str = ""
    reference: str = ""
    term: str = ""
    level: str = ""
    value: float = math.nan
    limit: float = math.nan
    sentence: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class GateWords:
    """What a sentence about a gate needs beside its number.

    Attributes
    ----------
    word : str
        The study's word for the event.
    day : int
        End of the window.
    labels : mapping of str to str
        Labels of the covariates for readers.
    discharges, quarters : int
        Discharges in all and quarters in which they took place; 0 where unknown.
    risk : float
        Risk of everybody together by the end of the window, which every report shows.
    weighted : bool
        Whether the comparison is weighted.
    """

    word: str = "relapse"
    day: int = 90
    labels: Mapping[str, str] = field(default_factory=dict)
    discharges: int = 0
    quarters: int = 0
    risk: float = math.nan
    weighted: bool = True

    def takes(self, factor: float) -> str:
        """Return how many discharges in all, and quarters, are `factor` times those now."""
        many = f"about {count(math.ceil(factor * self.discharges))} discharges in all"
        if not self.quarters:
            return many
        quarters = math.ceil(factor * self.quarters)
        return f"{many}, {count(quarters)} {'quarter' if quarters == 1 else 'quarters'} as at present"

    def name(self, term: str, level: str = "") -> str:
        """Return a characteristic as it appears inside a sentence."""
        label = uncapitalized(self.labels.get(term, term.replace("_", " ")))
        if level.lower() in ("", "true", "false"):
            return label
        return f"{label} “{level.replace('_', ' ')}”"


def judge(
    arms: pd.DataFrame, balance: pd.DataFrame, gates: Gates, words: GateWords
) -> tuple[GateVerdict, ...]:
    """Return what every gate says of a comparison.

    Parameters
    ----------
    arms : DataFrame
        One row a group: `arm`; `carried`, the people who carry weight; `effective_size` and
        `largest_share` of their weights; `events` by the end of the window; `outcome_known`, a share. What is
        missing is not judged.
    balance : DataFrame
        Rows of `covariate_balance`; empty for comparisons that are not weighted.
    gates : Gates
        The limits.
    words : GateWords
        What the sentences need.

    Returns
    -------
    tuple of GateVerdict

    Examples
    --------
    >>> import pandas as pd
    >>> from stepdown.study import BalanceGate, Gates
    >>> arms = pd.DataFrame({"arm": ["IOP", "none"], "effective_size": [31.0, 80.0], "carried": [90, 100]})
    >>> found = judge(arms, pd.DataFrame(), Gates(), GateWords(discharges=190, quarters=4))
    >>> [(one.arm, one.status) for one in found]
    [('IOP', 'withheld'), ('none', 'passed')]
    >>> found[0].sentence, found[0].remedy[:36]
    ('After weighting, “IOP” rests on 31 people (limit 50).', 'It takes about 307 discharges in all')
    """
    sizes = dict(zip(arms["arm"], arms["effective_size"], strict=True)) if "effective_size" in arms else {}
    found = list(_balance(balance, sizes, gates, words)) if len(balance) else []
    for row in arms.to_dict("records"):
        for one in (_effective, _events, _known, _largest):
            verdict = one(row, gates, words)
            found += [] if verdict is None else [verdict]
    order = list(Gates.model_fields)
    off = {name for name in order if getattr(gates, name).off}
    left_out = dict.fromkeys(one.gate for one in found if one.gate in off)
    kept = [one for one in found if one.gate not in off]
    kept += [GateVerdict(gate=one, status=NOT_JUDGED, sentence=LEFT_OUT) for one in left_out]
    return tuple(sorted(kept, key=lambda one: order.index(one.gate)))


def judge_comparison(
    found: CloneCensorWeight | ArmComparison,
    gates: Gates,
    words: GateWords,
    *,
    outcome_known: Mapping[str, float] | None = None,
) -> tuple[GateVerdict, ...]:
    """Return what every gate says of an adjusted comparison as estimated; parameters as for `judge`."""
    arms = found.strategies.assign(
        arm=found.strategies["strategy"],
        effective_size=found.strategies["effective_first"],
        largest_share=found.strategies["share_first"],
    )
    if outcome_known is not None:
        arms = arms.assign(outcome_known=arms["arm"].map(outcome_known))
    return judge(arms, found.balance, gates, words)


def refused_adjustment(reason: str, *, stands: bool) -> GateVerdict:
    """Return the verdict on a comparison whose adjustment is asked for and cannot be made.

    Parameters
    ----------
    reason : str
        Why, and what to do.
    stands : bool
        Whether the comparison may be shown unadjusted, with a warning: of randomized groups, and where only
        ranges of days are known, which nothing adjusts.

    Examples
    --------
    >>> found = refused_adjustment("0 discharges have every covariate known.", stands=False)
    >>> found.status, found.sentence
    ('withheld', 'The adjustment that the study file asks for cannot be made.')
    """
    return GateVerdict(
        gate="adjusted",
        status=WARNING if stands else WITHHELD,
        sentence="The adjustment that the study file asks for cannot be made"
        f"{', so that the groups are compared as they are' if stands else ''}.",
        remedy=reason,
    )


def withheld(verdicts: Sequence[GateVerdict]) -> bool:
    """Return whether a comparison with these verdicts is withheld."""
    return any(one.status == WITHHELD for one in verdicts)


def _balance(
    balance: pd.DataFrame, sizes: Mapping[str, float], gates: Gates, words: GateWords
) -> Iterator[GateVerdict]:
    """Yield the verdict on each group, by the characteristic that breaks the highest limit by most."""
    limits = gates.balance
    for (arm, reference), rows in balance.groupby(["arm", "reference"], sort=False):
        size = (sizes.get(str(arm), math.nan), sizes.get(str(reference), math.nan))
        by_size = math.sqrt(1 / size[0] + 1 / size[1]) if all(one > 0 for one in size) else 0.0
        rows = rows.dropna(subset=["after"])
        if rows.empty:
            continue
        gap = rows["after"].abs()
        error = rows["error"].fillna(by_size) if "error" in rows else gap * 0 + by_size
        large = gap > limits.withhold
        sure = ~large & (gap - ONE_SIDED * error > limits.warn)
        breaks = large * 3 + sure * 2 + (~large & ~sure & (gap > limits.warn)) * 1
        order = pd.DataFrame({"breaks": breaks, "gap": gap}).sort_values(
            ["breaks", "gap"], ascending=False, kind="stable"
        )
        worst, most = order.index[0], int(order["breaks"].iloc[0])
        others = order.index[1:][(order["breaks"].iloc[1:] == most) & (most > 0)]
        term, level = str(rows.at[worst, "covariate"]), str(rows.at[worst, "value"])
        between = f"“{arm}” and “{reference}”"
        people = f"with {count(size[0])} and {count(size[1])} effective people"
        named = words.name(term, level)
        amount = _deviations(float(gap[worst]), limits)
        if most == 3:
            tail = f"{amount} (limit {limits.withhold:g})"
        elif most == 2:
            tail = f"{amount}, above {limits.warn:g} by more than chance explains {people}"
        else:
            tail = f"{amount} (limit {limits.warn:g}), which chance can explain {people}"
        sentence = f"After weighting, {between} still differ in {named}: {tail}."
        if not most:
            sentence = (
                f"After weighting, {between} differ in no characteristic by more than {limits.warn:g} "
                f"standard deviations; the largest difference is in {named}, "
                f"{deviations(float(gap[worst]))}."
            )
        if len(others):
            names = list(
                dict.fromkeys(
                    words.name(str(rows.at[one, "covariate"]), str(rows.at[one, "value"])) for one in others
                )
            )
            more = [f"{count(len(names) - MOST_NAMED)} more"] if len(names) > MOST_NAMED else []
            sentence += f" They also differ in {listed([*names[:MOST_NAMED], *more])}."
        yield GateVerdict(
            gate="balance",
            status=WITHHELD if most > 1 else WARNING if most else PASSED,
            arm=str(arm),
            reference=str(reference),
            term=term,
            level=level,
            value=float(gap[worst]),
            limit=limits.withhold if most == 3 else limits.warn,
            sentence=sentence,
            remedy=_more_alike(float(error[worst]), limits.warn, words) if most else "",
        )


def _deviations(value: float, limits: BalanceGate) -> str:
    if math.isinf(value):
        return "no overlap"
    # 0.104 beside a limit of 0.1, 0.2003 beside one of 0.2.
    digits = 2
    while digits < 5 and any(round(value, digits) == limit for limit in (limits.warn, limits.withhold)):
        digits += 1
    return f"{number(value, digits)} standard deviations"


def _more_alike(error: float, limit: float, words: GateWords) -> str:
    """Return what brings two groups closer: another adjustment; more discharges where it may be chance."""
    remedy = (
        "Adjust for it more closely with a formula, compare those who could have gone either way "
        '(population = "overlap" at a landmark), or exclude people without a counterpart by eligibility.'
    )
    factor = (TWO_SIDED * error / limit) ** 2 if limit > 0 else math.inf
    if not math.isfinite(factor) or factor <= 1 or not words.discharges:
        return f"{remedy} More discharges alone will not remove it."
    return f"{remedy} If the difference is chance, it takes {words.takes(factor)}."


def _effective(row: Mapping[Hashable, Any], gates: Gates, words: GateWords) -> GateVerdict | None:
    size, carried = _number(row, "effective_size"), _number(row, "carried")
    if math.isnan(size):
        return None
    limits, arm = gates.effective_size, str(row["arm"])
    status: Status
    share = size / carried if carried > 0 else math.nan
    after = "After weighting, " if words.weighted else ""
    rests = f"{after}“{arm}” rests on {_people(size, limits.withhold)}"
    if size < limits.withhold:
        factor = limits.withhold / size if size > 0 else math.inf
        remedy = f"It takes {words.takes(factor)}." if math.isfinite(factor) and words.discharges else ""
        status, value, limit = WITHHELD, size, float(limits.withhold)
        sentence = f"{rests} people (limit {count(limits.withhold)})."
    elif share < limits.warn:
        status, value, limit = WARNING, share, limits.warn
        sentence = (
            f"{rests} of {count(carried)} people, {_share(share, limits.warn)} of them (limit "
            f"{_limit(limits.warn)})."
        )
        remedy = (
            "A few people with large weights count for many. Look for people who could hardly have been in "
            "this group, and exclude them by eligibility."
        )
    else:
        status, value, limit, remedy = PASSED, size, limits.withhold, ""
        sentence = f"{rests} people."
        if words.weighted and not math.isnan(carried):
            sentence = f"{rests} of {count(carried)} people."
    return GateVerdict(
        gate="effective_size", status=status, arm=arm, value=value, limit=limit, sentence=sentence,
        remedy=remedy,
    )  # fmt: skip


def _events(row: Mapping[Hashable, Any], gates: Gates, words: GateWords) -> GateVerdict | None:
    events = _number(row, "events")
    if math.isnan(events):
        return None
    limits, arm = gates.events, str(row["arm"])
    status: Status = WITHHELD if events < limits.withhold else WARNING if events < limits.warn else PASSED
    limit = limits.withhold if status == WITHHELD else limits.warn
    many = f"{plural(words.word)} by day {words.day}"
    if status == PASSED:
        return GateVerdict(
            gate="events", status="passed", arm=arm, limit=limit,
            sentence=f"“{arm}” has at least {limit:,.0f} {many}.",
        )  # fmt: skip
    carried = _number(row, "carried")
    # By the risk of everybody together, which is shown: the group's own would give its events away.
    factor = limit / (words.risk * carried) if words.risk > 0 and carried > 0 else math.nan
    remedy = f"It takes at least {limit:,.0f} {many} in each group."
    if math.isfinite(factor) and words.discharges:
        one_more = (words.quarters + 1) / words.quarters if words.quarters else 1.0
        remedy += f" At the risk of everybody together that is {words.takes(max(factor, one_more))}."
    sentence = f"“{arm}” has fewer than {limit:,.0f} {many}."
    return GateVerdict(gate="events", status=status, arm=arm, limit=limit, sentence=sentence, remedy=remedy)


def _known(row: Mapping[Hashable, Any], gates: Gates, words: GateWords) -> GateVerdict | None:
    share = _number(row, "outcome_known")
    if math.isnan(share):
        return None
    limits, arm = gates.outcome_known, str(row["arm"])
    status: Status = WITHHELD if share < limits.withhold else WARNING if share < limits.warn else PASSED
    limit = limits.withhold if status == WITHHELD else limits.warn
    whom = f"“{arm}”" if arm else "those due by then"
    beyond = "" if status == PASSED else f" (limit {_limit(limit)})"
    lacking = math.ceil(round(100 * (limit - share), 6))
    return GateVerdict(
        gate="outcome_known",
        status=status,
        arm=arm,
        value=share,
        limit=limit,
        sentence=f"The outcome by day {words.day} is known for {_share(share, limit)} of {whom}{beyond}.",
        remedy=""
        if status == PASSED
        else f"It takes the outcome of about {count(lacking)} more of every 100 discharges due. More "
        "quarters help only if more people are followed in them.",
    )


def _largest(row: Mapping[Hashable, Any], gates: Gates, words: GateWords) -> GateVerdict | None:
    share = _number(row, "largest_share")
    if math.isnan(share):
        return None
    limits, arm = gates.largest_share, str(row["arm"])
    status: Status = WITHHELD if share > limits.withhold else WARNING if share > limits.warn else PASSED
    limit = limits.withhold if status == WITHHELD else limits.warn
    digits = 1 if percent(share) != percent(limit) else 2
    sentence = f"One person has {percent(share, digits)} of the weight of “{arm}” (limit {_limit(limit)})."
    if status == PASSED:
        sentence = f"Nobody has more than {_limit(limit)} of the weight of “{arm}”."
    takes = f"It takes {words.takes(share / limit)}, or" if limit > 0 and words.discharges else "It takes"
    remedy = f"{takes} leaving out, by eligibility, people who could hardly have been in this group."
    return GateVerdict(
        gate="largest_share", status=status, arm=arm, value=share, limit=limit, sentence=sentence,
        remedy="" if status == PASSED else remedy,
    )  # fmt: skip


def _share(value: float, limit: float) -> str:
    """Write a share beside its limit, with as many digits as it takes to see on which side it lies."""
    digits = next((one for one in (0, 1, 2) if percent(value, one) != percent(limit, one)), 0)
    return percent(value, digits)


def _limit(share: float) -> str:
    """Write a limit as the study file has it: 50%, 12.5%."""
    return f"{100 * share:.6g}%"


def _people(size: float, limit: float) -> str:
    """Write an effective size beside its limit: 49.7 where 50 is the limit."""
    return number(size, 1) if count(size) == count(limit) and size < limit else count(size)


def _number(row: Mapping[Hashable, Any], name: str) -> float:
    value = row.get(name, math.nan)
    return math.nan if value is None else float(value)
