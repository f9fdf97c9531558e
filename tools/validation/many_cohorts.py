"""The product's intervals in many simulated cohorts at once: the same formulas on arrays, cohorts in rows.

A cohort is an arm of n people followed for up to 90 days. Formulas are those of `docs/methods.md`; the last
step of each interval is the product's own code. Tests hold every number against the estimators themselves.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special, stats

from stepdown.survival.core.beta_product import BetaProduct, _beta
from stepdown.survival.core.confidence_intervals import (
    mid_p_poisson_interval,
    poisson_interval,
    survival_interval,
    tail_quantile,
)
from stepdown.survival.core.effective_size import (
    CORRELATION,
    effective_size,
    few_clusters_share,
    of_events,
    size_interval,
)
from stepdown.survival.core.sample import Floats, Ints

FIRST, LAST = 30, 90
TAIL = 0.025
Limits = tuple[Floats, Floats]


@dataclass(frozen=True)
class Cohorts:
    """One arm of many cohorts.

    Attributes
    ----------
    day, cause : ndarray of int, shape (m, n)
        Last day; 0 lost, 1 the event, 2 a competing event.
    weight : ndarray, shape (m, n), or None
        Weights.
    cluster : ndarray of int, shape (n,), or None
        Cluster of each place, the same in all cohorts; codes of both arms together.
    competing : bool
        Whether there are two causes.
    """

    day: Ints
    cause: Ints
    weight: Floats | None = None
    cluster: Ints | None = None
    competing: bool = False

    @property
    def plain(self) -> bool:
        """Whether the beta product applies."""
        return self.weight is None and self.cluster is None and not self.competing

    @property
    def full_weight(self) -> Floats:
        """Weights; ones where there are none."""
        return np.ones(self.day.shape) if self.weight is None else self.weight

    @property
    def degrees(self) -> int:
        """Degrees of freedom of t; 0 for the normal distribution."""
        return 0 if self.cluster is None else len(np.unique(self.cluster)) - 1

    def by_day(self, chosen: np.ndarray, weight: Floats) -> Floats:
        """Sum weights of the chosen people by last day, shape (m, LAST + 1); later days count as the last."""
        m = len(self.day)
        place = np.minimum(self.day, LAST + 1) + np.arange(m)[:, None] * (LAST + 2)
        sums = np.bincount(place[chosen], weight[chosen], m * (LAST + 2)).astype(float)
        return sums.reshape(m, LAST + 2)


@dataclass(frozen=True)
class Found:
    """One estimate in every cohort: value, its limits, R's, and the influence of clusters (or None).

    `joint` are the limits that differences and ratios take, where they are not `limits`.
    """

    value: Floats
    limits: Limits
    plain: Limits
    se: Floats
    sums: Floats | None
    joint: Limits | None = None

    @property
    def joined(self) -> Limits:
        """The limits that differences and ratios take."""
        return self.limits if self.joint is None else self.joint


@dataclass(frozen=True)
class _Curves:
    """Curves of all cohorts, shape (m, LAST + 1) each."""

    at_risk: Floats
    people: Floats
    hazard: Floats
    total: Floats
    survival: Floats
    incidence: Floats

    @classmethod
    def of(cls, c: Cohorts) -> "_Curves":
        weight, ones = c.full_weight, np.ones(c.day.shape)
        everyone = np.ones(c.day.shape, dtype=bool)
        at_risk, people = (
            np.cumsum(c.by_day(everyone, w)[:, ::-1], axis=1)[:, ::-1][:, : LAST + 1] for w in (weight, ones)
        )
        counts = [c.by_day((c.cause == cause), weight)[:, : LAST + 1] for cause in (1, 2)]
        safe = np.where(people > 0, at_risk, 1.0)
        hazard, other = (count / safe for count in counts)
        total = hazard + other
        total[np.isclose(total, 1)] = 1.0
        survival: Floats = np.cumprod(1 - total, axis=1, dtype=float)
        before = np.hstack([np.ones((len(survival), 1)), survival[:, :-1]])
        return cls(at_risk, people, hazard, total, survival, np.cumsum(before * hazard, axis=1))

    @property
    def before(self) -> Floats:
        """S(s-)."""
        return np.hstack([np.ones((len(self.survival), 1)), self.survival[:, :-1]])


def _influence(c: Cohorts, k: _Curves, own: Floats, every: Floats) -> Floats:
    """Influence of each person, shape (m, n), from gradients in the hazards of the event and all events."""
    safe = np.where(k.people > 0, k.at_risk, 1.0)
    direct, shared = own / safe, every / safe
    spent = np.cumsum(direct * k.hazard + shared * k.total, axis=1)
    day = np.minimum(c.day, LAST)
    gained = np.take_along_axis(direct, day, 1) * (c.cause == 1) + np.take_along_axis(shared, day, 1) * (
        c.cause > 0
    )
    found: Floats = c.full_weight * (gained * (c.day <= LAST) - np.take_along_axis(spent, day, 1))
    return found


def _variance(c: Cohorts, people: Floats, greenwood: Floats) -> tuple[Floats, Floats | None]:
    """Variance, and influence summed in clusters."""
    if c.cluster is not None:
        clusters = int(c.cluster.max()) + 1
        sums = people @ (c.cluster[:, None] == np.arange(clusters)).astype(float)
        used = len(np.unique(c.cluster))
        return used / (used - 1) * (sums**2).sum(axis=1), sums
    if c.weight is None and not c.competing:
        return greenwood, None
    return (people**2).sum(axis=1), None


def _kish(c: Cohorts, followed: np.ndarray) -> Floats:
    weight = c.full_weight * followed
    square = (weight**2).sum(axis=1)
    size = np.divide(weight.sum(axis=1) ** 2, square, out=np.zeros(len(square)), where=square > 0)
    if c.cluster is None:
        return np.asarray(size)
    member = (c.cluster[:, None] == np.arange(c.cluster.max() + 1)).astype(float)
    sums, counts = weight @ member, followed.astype(float) @ member
    total, pairs = followed.sum(axis=1), (sums**2).sum(axis=1)
    mean = (counts**2).sum(axis=1) / np.maximum(total, 1)
    groups = np.divide(weight.sum(axis=1) ** 2, pairs, out=np.zeros(len(pairs)), where=pairs > 0)
    return np.asarray(np.maximum(groups, size / (1 + (mean - 1) * CORRELATION)))


def estimates(c: Cohorts) -> dict[str, Found]:
    """Every estimate of an arm, by name."""
    k = _Curves.of(c)
    found = {
        "risk": _risk(c, k, 0),
        "window_risk": _risk(c, k, FIRST),
        "rmst": _rmst(c, k),
        "rate": _rate(c, k),
        "share": _share(c, k),
    }
    if not c.competing:
        return found | {"conditional_risk": _conditional(c, k)}
    any_event = replace(c, cause=np.minimum(c.cause, 1), competing=False)
    free = _risk(any_event, _Curves.of(any_event), 0)
    low, high = free.limits
    usual = (1 - free.plain[1], 1 - free.plain[0])
    return found | {
        "rmtl": _rmtl(c, k),
        "event_free": Found(1 - free.value, (1 - high, 1 - low), usual, free.se, free.sums),
    }


def _slopes(k: _Curves, first: int) -> tuple[Floats, Floats]:
    """Gradients of F(LAST) - F(first) in the hazards of the event and of all events."""
    day = np.arange(LAST + 1)
    own = k.before * (day > first if first else day >= 0)
    staying = np.where(k.total < 1, 1 - k.total, 1.0)
    start = k.incidence[:, [first]] if first else 0.0
    rest = k.incidence[:, [LAST]] - np.maximum(k.incidence, start)
    return own, np.where(k.total < 1, -rest / staying, 0.0)


def _greenwood(k: _Curves, slope: Floats) -> Floats:
    safe = np.where(k.people > 0, k.at_risk, 1.0)
    return np.asarray((slope**2 * k.total * (1 - k.total) / safe).sum(axis=1))


def _missing(c: Cohorts, k: _Curves, events: Floats) -> tuple[np.ndarray, np.ndarray]:
    """Where the curve is not known to the last day, and where there is no standard error."""
    ended = (k.people[:, LAST] == 0) & (k.survival[:, LAST] > 0)
    everyone = (k.survival[:, LAST] == 0) & (c.cause != 2).all(axis=1)
    return ended, (events == 0) | everyone


def _risk(c: Cohorts, k: _Curves, first: int) -> Found:
    value = k.incidence[:, LAST] - (k.incidence[:, first] if first else 0.0)
    own, every = _slopes(k, first)
    variance, sums = _variance(c, _influence(c, k, own, every), _greenwood(k, own + every))
    inside = (c.cause == 1) & (c.day <= LAST) & (c.day > first if first else c.day >= 0)
    ended, none = _missing(c, k, inside.sum(axis=1))
    se = np.where(none & ((first == 0) | (inside.sum(axis=1) == 0)), np.nan, np.sqrt(variance))
    if c.plain and not first:
        low, high = _product(c, k, 0).limits(TAIL)
        limits = joint = (1 - high, 1 - low)
    else:
        limits, joint = _sized(c, value, se, float(c.day.shape[1]), (c.day >= LAST) | (c.cause > 0))
    return _with_plain(c, value, se, limits, joint, ended, sums)


def _sized(
    c: Cohorts, value: Floats, se: Floats, most: Floats | float, followed: np.ndarray
) -> tuple[Limits, Limits]:
    """Return the limits that are printed, and those that differences and ratios take."""
    inside, spare = np.clip(value, 0, 1), _kish(c, followed)
    found, shrink = [], few_clusters_share(TAIL, c.degrees)
    for bound in (most, most * np.sqrt(shrink)):
        size = effective_size(inside, se**2, bound, spare, shrink=shrink)
        found.append(size_interval(inside, size, tail_quantile(TAIL)))
    return found[0], found[1]


def _most_of_events(c: Cohorts, counted: np.ndarray) -> Floats:
    """Most that the events of a share may count for."""
    events: Floats = counted.sum(axis=1).astype(float)
    if not c.degrees:
        return events
    size = _kish(replace(c, cluster=None), counted)
    return np.minimum(of_events(few_clusters_share(TAIL, c.degrees)) * size, c.day.shape[1])


def _with_plain(
    c: Cohorts,
    value: Floats,
    se: Floats,
    limits: Limits,
    joint: Limits,
    ended: np.ndarray,
    sums: Floats | None,
) -> Found:
    """Add R's default limits of a risk: on the log scale of the share without the event."""
    used = 1 if c.cluster is None else len(np.unique(c.cluster))
    raw = se if c.cluster is None else se * np.sqrt((used - 1) / used)
    low, high = survival_interval(1 - value, raw, "log", 1 - 2 * TAIL)
    value = np.where(ended, np.nan, value)
    gone = [np.where(ended, np.nan, part) for part in (*limits, 1 - high, 1 - low, se, *joint)]
    return Found(value, (gone[0], gone[1]), (gone[2], gone[3]), gone[4], sums, (gone[5], gone[6]))


def _product(c: Cohorts, k: _Curves, first: int) -> BetaProduct:
    day = np.arange(LAST + 1)
    events = np.rint(k.total * k.at_risk) * (day > first if first else day >= 0)
    left, y = k.people - events, k.people
    seen = events > 0
    mean = np.where(seen, (left + 1) / (y + 1), 1.0).prod(axis=1)
    square = np.where(seen, (left + 1) * (left + 2) / ((y + 1) * (y + 2)), 1.0).prod(axis=1)
    after = ((c.day > LAST) | ((c.day == LAST) & (c.cause == 0))).sum(axis=1).astype(float)
    sure, empty = np.asarray(~seen.any(axis=1)), after == 0
    count = np.where(empty, 1.0, after)
    below = _beta(mean * count / (count + 1), square * count / (count + 2), np.zeros_like(sure))
    return BetaProduct(_beta(mean, square, sure), below, sure, empty)


def _conditional(c: Cohorts, k: _Curves) -> Found:
    before = np.where(k.survival[:, FIRST] > 0, k.survival[:, FIRST], np.nan)
    value = 1 - k.survival[:, LAST] / before
    slope = np.where(np.arange(LAST + 1) > FIRST, (k.survival[:, [LAST]] / before[:, None]), 0.0)
    staying = np.where(k.total < 1, 1 - k.total, 1.0)
    slope = np.where(k.total < 1, slope / staying, 0.0)
    variance, sums = _variance(c, _influence(c, k, np.zeros_like(slope), slope), _greenwood(k, slope))
    inside = ((c.cause == 1) & (c.day <= LAST) & (c.day > FIRST)).sum(axis=1)
    ended, _ = _missing(c, k, inside)
    se = np.where((inside == 0) | (k.survival[:, LAST] == 0), np.nan, np.sqrt(variance))
    if c.plain:
        low, high = _product(c, k, FIRST).limits(TAIL)
        limits = joint = (1 - high, 1 - low)
    else:
        known = ((c.day >= LAST) | (c.cause > 0)) & (c.day > FIRST)
        limits, joint = _sized(c, value, se, (c.day > FIRST).sum(axis=1).astype(float), known)
    return _with_plain(c, value, se, limits, joint, ended | np.isnan(value), sums)


def _share(c: Cohorts, k: _Curves) -> Found:
    """Share of the events by the last day that occur by the first cut; anything where there was none."""
    whole = k.incidence[:, LAST]
    value = np.divide(k.incidence[:, FIRST], whole, out=np.full(len(whole), np.nan), where=whole > 0)
    own, every = (
        early * (np.arange(LAST + 1) <= FIRST) - value[:, None] * late
        for early, late in zip(_until(k, FIRST), _until(k, LAST), strict=True)
    )
    scale = np.where(whole > 0, whole, 1.0)[:, None]
    own, every = np.nan_to_num(own / scale), np.nan_to_num(every / scale)
    variance, sums = _variance(c, _influence(c, k, own, every), _greenwood(k, own + every))
    counted = (c.cause == 1) & (c.day <= LAST)
    early, events = (counted & (c.day <= FIRST)).sum(axis=1), counted.sum(axis=1)
    ended, _ = _missing(c, k, events)
    se = np.where((early == 0) | (early == events), np.nan, np.sqrt(variance))
    limits, joint = _sized(c, np.nan_to_num(value), se, _most_of_events(c, counted), counted)
    found = _with_plain(c, value, se, limits, joint, ended, sums)
    none = (events == 0) & ~ended
    low, high = np.where(none, 0.0, found.limits[0]), np.where(none, 1.0, found.limits[1])
    return replace(found, limits=(low, high))


def _until(k: _Curves, last: int) -> tuple[Floats, Floats]:
    """Gradients of F(last) in the hazards of the event and of all events."""
    staying = np.where(k.total < 1, 1 - k.total, 1.0)
    rest = np.where(k.total < 1, -(k.incidence[:, [last]] - k.incidence) / staying, 0.0)
    return k.before, rest


def _rmst(c: Cohorts, k: _Curves) -> Found:
    """Mean days free of any event: the area under S up to the last day."""
    single = replace(c, cause=np.minimum(c.cause, 1), competing=False)
    k = _Curves.of(single)
    pieces = k.survival[:, :LAST]
    value = pieces.sum(axis=1)
    area = np.hstack([np.cumsum(pieces[:, ::-1], axis=1)[:, ::-1], np.zeros((len(value), 1))])
    staying = np.where(k.total < 1, 1 - k.total, 1.0)
    slope = np.where(k.total < 1, -area / staying, 0.0)
    variance, sums = _variance(
        single, _influence(single, k, np.zeros_like(slope), slope), _greenwood(k, slope)
    )
    events = ((single.cause == 1) & (single.day <= LAST)).sum(axis=1)
    lost = _days_lost(single, k, LAST - value, np.sqrt(variance), sums, events == 0)
    (low, high), (least, most) = lost.limits, lost.plain
    inner = lost.joined
    return Found(
        LAST - lost.value, (LAST - high, LAST - low), (LAST - most, LAST - least), lost.se, sums,
        (LAST - inner[1], LAST - inner[0]),
    )  # fmt: skip


def _rmtl(c: Cohorts, k: _Curves) -> Found:
    """Mean days lost to the event: the area under F up to the last day."""
    pieces = k.incidence[:, :LAST]
    left = LAST - np.arange(LAST + 1)
    area = np.hstack([np.cumsum(pieces[:, ::-1], axis=1)[:, ::-1], np.zeros((len(pieces), 1))])
    staying = np.where(k.total < 1, 1 - k.total, 1.0)
    every = np.where(k.total < 1, -(area - k.incidence * left) / staying, 0.0)
    variance, sums = _variance(c, _influence(c, k, k.before * left, every), np.zeros(len(pieces)))
    events = ((c.cause == 1) & (c.day <= LAST)).sum(axis=1)
    return _days_lost(c, k, pieces.sum(axis=1), np.sqrt(variance), sums, events == 0)


def _days_lost(
    c: Cohorts, k: _Curves, lost: Floats, se: Floats, sums: Floats | None, none: np.ndarray
) -> Found:
    """Gamma limits of days lost, and Wald's; `none` where there was no event."""
    plain = c.weight is None and c.cluster is None
    ended = (k.people[:, LAST] == 0) & (k.survival[:, LAST] > 0)
    q = tail_quantile(TAIL, c.degrees)
    with np.errstate(all="ignore"):
        size, wider = (lost / se) ** 2, q / tail_quantile(TAIL)
        low = lost * (special.gammaincinv(size, TAIL) / size) ** wider
        following = LAST / 2 * (c.full_weight**2).sum(axis=1) / c.full_weight.sum(axis=1) ** 2
        step = np.maximum(se**2 / lost, following)
        shape = (lost + step) ** 2 / (se**2 + step**2)
        upper = (1 + step / lost) * special.gammainccinv(shape, TAIL) / shape
        high = np.minimum(lost * upper**wider, LAST)
        inner = _mid_p_gamma(size, shape, 1 + step / lost) if plain else (low, upper)
    spare = _kish(c, (c.day >= LAST) | (c.cause > 0))
    high = np.where(none, LAST * size_interval(np.zeros(len(spare)), spare, q)[1], high)
    low = np.where(none, 0.0, low)
    joint = low, high
    if plain:
        joint = (
            np.where(none, 0.0, lost * np.minimum(inner[0], 1)),
            np.where(none, high, np.minimum(lost * np.maximum(inner[1], 1), LAST)),
        )
    used = 1 if c.cluster is None else len(np.unique(c.cluster))
    raw = np.where(none, np.nan, se if c.cluster is None else se * np.sqrt((used - 1) / used))
    z = tail_quantile(TAIL)
    parts = [low, high, lost - z * raw, lost + z * raw, np.where(none, np.nan, se), *joint]
    parts = [np.where(ended, np.nan, part) for part in parts]
    return Found(
        np.where(ended, np.nan, lost), (parts[0], parts[1]), (parts[2], parts[3]), parts[4], sums,
        (parts[5], parts[6]),
    )  # fmt: skip


def _mid_p_gamma(size: Floats, shape: Floats, longer: Floats) -> Limits:
    """Quantiles of the even mixture of both gamma distributions, by halving."""
    low, high = np.full(len(size), 1e-12), np.full(len(size), 1e4)
    found = []
    for goal in (2 * TAIL, 2 - 2 * TAIL):
        least, most = low, high
        for _ in range(70):
            middle = np.sqrt(least * most)
            below = special.gammainc(size, size * middle) + special.gammainc(shape, shape * middle / longer)
            least, most = np.where(below < goal, middle, least), np.where(below < goal, most, middle)
        found.append(np.sqrt(least * most))
    return found[0], found[1]


def _rate(c: Cohorts, k: _Curves) -> Found:
    """Events per person-day on days 31-90."""
    inside = (c.cause == 1) & (c.day > FIRST) & (c.day <= LAST)
    weight = c.full_weight
    spent = np.clip(c.day, FIRST, LAST) - FIRST
    events, days = (weight * inside).sum(axis=1), (weight * spent).sum(axis=1)
    value = events / days
    people = weight * (inside - value[:, None] * spent) / days[:, None]
    plain = c.weight is None and c.cluster is None
    variance, sums = _variance(replace(c, competing=True), people, np.zeros(len(value)))
    se = np.where(events > 0, value / np.sqrt(np.maximum(events, 1)) if plain else np.sqrt(variance), np.nan)
    z, q = tail_quantile(TAIL), tail_quantile(TAIL, c.degrees)
    with np.errstate(all="ignore"):
        used = 1 if c.cluster is None else len(np.unique(c.cluster))
        raw = se if c.cluster is None else se * np.sqrt((used - 1) / used)
        usual = (value * np.exp(-z * raw / value), value * np.exp(z * raw / value))
        if plain:
            low, high = poisson_interval(events.astype(np.int64), 1 - 2 * TAIL)
            limits = (low / days, high / days)
            counts, place = np.unique(events.astype(np.int64), return_inverse=True)
            low, high = np.array([mid_p_poisson_interval(int(count), TAIL) for count in counts])[place].T
            joint = (low / days, high / days)
        else:
            # Without events: Garwood's upper limit, with the person-time of the effective number of people.
            here = c.day > FIRST
            spare = days * _kish(c, here) / (weight * here).sum(axis=1)
            upper = poisson_interval(np.array([0]), 1 - 2 * TAIL)[1] / spare
            low = np.where(events > 0, value * np.exp(-q * se / value), 0.0)
            limits = joint = (low, np.where(events > 0, value * np.exp(q * se / value), upper))
    return Found(value, limits, usual, se, sums, joint)


def correlation(a: Found, b: Found) -> Floats:
    """Correlation of two arms that share clusters; 0 without clusters."""
    if a.sums is None or b.sums is None:
        return np.zeros(len(a.value))
    sums = a.sums, b.sums
    size = max(part.shape[1] for part in sums)
    one, other = (np.pad(part, ((0, 0), (0, size - part.shape[1]))) for part in sums)
    both, squares = (one * other).sum(axis=1), (one**2).sum(axis=1) * (other**2).sum(axis=1)
    root = np.sqrt(squares)
    return np.asarray(np.clip(np.divide(both, root, out=np.zeros(len(both)), where=squares > 0), -1, 1))


def difference(a: Found, b: Found) -> tuple[Floats, Limits, Limits]:
    """Difference of two arms, its limits by MOVER, and Wald's."""
    r = correlation(a, b)
    value = a.value - b.value
    down = _joined(a.value - a.joined[0], b.joined[1] - b.value, r)
    up = _joined(a.joined[1] - a.value, b.value - b.joined[0], r)
    margin = stats.norm.ppf(1 - TAIL) * _joined(a.se, b.se, r)
    return value, (value - down, value + up), (value - margin, value + margin)


def ratio(a: Found, b: Found) -> tuple[Floats, Limits, Limits]:
    """Ratio of two arms, its limits by MOVER, and Wald's on the log scale."""
    r = correlation(a, b)
    with np.errstate(all="ignore"):
        value = a.value / b.value
        low = _ratio(a.value, b.value, a.joined[0], b.joined[1], r, -1.0)
        high = _ratio(a.value, b.value, a.joined[1], b.joined[0], r, 1.0)
        spread = stats.norm.ppf(1 - TAIL) * _joined(a.se / a.value, b.se / b.value, r)
        usual = (value * np.exp(-spread), value * np.exp(spread))
    return value, (np.where(np.isnan(low), 0.0, low), np.where(np.isnan(high), np.inf, high)), usual


def _joined(one: Floats, other: Floats, r: Floats) -> Floats:
    return np.asarray(np.sqrt(np.maximum(one**2 + other**2 - 2 * r * one * other, 0.0)))


def _ratio(a: Floats, b: Floats, la: Floats, lb: Floats, r: Floats, sign: float) -> Floats:
    middle = a * b + r * (a - la) * (b - lb)
    below = lb * (2 * b - lb)
    root = np.sqrt(np.maximum(middle**2 - la * (2 * a - la) * below, 0.0))
    linear = np.abs(below) <= 1e-14 * np.maximum(np.maximum(b**2, lb**2), 1e-300)
    edge = np.where((sign > 0) | (middle <= 0), np.nan, la * (2 * a - la) / (2 * middle))
    found = np.where(linear, edge, (middle + sign * root) / below)
    return np.where((found >= 0) | (sign < 0), found, np.nan)
