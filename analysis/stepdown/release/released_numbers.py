"""The published numbers of a row, from its class, its published size and the rules."""

import math
from collections.abc import Callable

from stepdown.release.belonging_rows import CALENDAR, Row, is_size, risk_key
from stepdown.release.hidden_rows import HiddenRows, family, group_size
from stepdown.release.rounding import (
    Interval,
    Z,
    coarse,
    effective_size,
    limits_about,
    limits_of_ratio,
    released_difference,
    released_p_value,
    released_ratio,
    released_share,
    to_step,
)
from stepdown.release.row_classes import CONTRAST, COUNT, FREE, FUNCTION, MEAN, P_VALUE, QUANTILE, SHARE
from stepdown.results.table import HIGHEST, KEY, LOWEST

Numbers = dict[str, float]
EMPTY: Numbers = dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high", "n", "events"), math.nan)
_SAME = 1e-9
_OTHER_END = {LOWEST: HIGHEST, HIGHEST: LOWEST}
_COARSEST = {"probability": 0.1, "standard deviations": 0.2, "log ratio": 0.5}
"""The coarsest step of what is rounded to steps of one size; of days a tenth of the report's."""
_ADDITIVE = (*_COARSEST, "days")
_COARSEST_PART = 0.01
"""The same of the parts of a change, which are small: a coarser step would show 0 for all of them."""


class ReleasedNumbers:
    """Computes what is published of rows that are not hidden.

    Parameters
    ----------
    found : HiddenRows
    horizon : float
        Last day of the report: what a step of a number of days is a part of.
    threshold, base : int
    """

    def __init__(self, found: HiddenRows, *, horizon: float, threshold: int, base: int) -> None:
        self.found, self.horizon, self.threshold, self.base = found, horizon, threshold, base

    def of(self, row: Row, name: str) -> Numbers | None:
        """Return the published numbers; None where none may be published. Contrasts: see `contrast`."""
        how: dict[str, Callable[[Row], Numbers | None]] = {
            COUNT: self._count,
            SHARE: self._share,
            FUNCTION: self._function,
            CONTRAST: self._function,
            MEAN: self._mean,
            QUANTILE: self._quantile,
            P_VALUE: lambda one: {"estimate": released_p_value(_number(one["estimate"]))},
            FREE: self._free,
        }
        numbers = how[name](row)
        return None if numbers is None else EMPTY | self._counts(row) | numbers

    def size(self, row: Row) -> float | None:
        """Return the published size of the smallest group that a number rests on."""
        size = group_size(row, self.found.groups)
        if size is None:
            return None
        about = family(row) if _is(row["n"]) else (str(row["arm"]), "", "")
        found = self.found.sizes.published(about, size)
        return None if found is None else float(found)

    def _counts(self, row: Row) -> Numbers:
        found: Numbers = {}
        if _is(row["n"]):
            size = self.found.sizes.published(family(row), _number(row["n"]))
            found["n"] = math.nan if size is None else float(size)
        if _is(row["events"]):
            # Tests and contacts are counted too: one person may have many.
            step = float(self.base)
            if row["estimand"] == "testing_rate":
                step = max(step, self._relative(_number(row["events"]), row) or math.nan)
            found["events"] = to_step(_number(row["events"]), step)
        return found

    def _count(self, row: Row) -> Numbers | None:
        value = _number(row["estimate"])
        if is_size(row) and value >= self.threshold:
            size = self.found.sizes.published(family(row), value)
            return None if size is None else {"estimate": float(size)}
        return {"estimate": to_step(value, self.base)}

    def _share(self, row: Row) -> Numbers | None:
        share = _number(row["estimate"])
        size = self.size(row)
        if not _is(share):
            return {}
        if row["population"]:
            found = self._function(row)
            ends = ("conf_low", "conf_high")
            return found and found | {key: min(max(found[key], 0.0), 1.0) for key in ends if _is(found[key])}
        if size is None:
            return None
        if row["estimand"] in CALENDAR and share in (0, 1):
            return {"estimate": share} | ({"events": share * size} if _is(row["events"]) else {})
        true = _number(row["n"]) if _is(row["n"]) else size
        events = _number(row["events"])
        whole = share * true
        plain = _is(events) and abs(whole - events) < _SAME * true
        if not _is(events) and abs(whole - round(whole)) < _SAME * true:
            events, plain = round(whole), True
        effective = effective_size(
            share,
            _number(row["std_error"]),
            _number(row["conf_low"]),
            _number(row["conf_high"]),
            true,
        )
        released = released_share(
            share,
            size if effective == true else effective,
            size,
            people=events if plain else share * size,
            threshold=self.threshold,
            base=self.base,
        )
        return None if released is None else interval(released)

    def _function(self, row: Row) -> Numbers | None:
        if not _is(row["estimate"]):
            return {}
        estimate, low, high = (_number(row[key]) for key in ("estimate", "conf_low", "conf_high"))
        step = self._step(estimate, row)
        if step is None or self._too_coarse(step, estimate, row):
            return None
        released = to_step(estimate, step)
        if row["unit"] in _ADDITIVE:
            low, high = limits_about(released, low, high, step)
            error = (high - low) / 2 / Z
        else:
            low, high = limits_of_ratio(released, low, high, self.base)
            error = math.nan
        return {"estimate": released, "std_error": error, "conf_low": low, "conf_high": high}

    def _step(self, value: float, row: Row) -> float | None:
        """Return the step of a function of counts: what `base` people can change it by, or more."""
        size = self.size(row)
        if size is None:
            return None
        part = self.base / size
        if row["estimand"] == "share_of_events_by" or row["unit"] == "probability":
            events = _number(row["events"])
            whole = events if row["estimand"] == "share_of_events_by" and _is(events) else size
            return coarse(self.base / whole)
        if row["statistic"] == "person_days":
            return coarse(part * abs(value))
        if row["unit"] == "days":
            time = _number(row["time"])
            return coarse(part * (time if _is(time) and time > 0 else self.horizon))
        if row["unit"] == "standard deviations":
            return coarse(2 * part)
        if row["unit"] == "log ratio":
            return coarse(self.base / self._fewest(row, size))
        if row["unit"] in ("people", "discharges"):
            return max(float(self.base), self._relative(value, row) or 0.0)
        return self._relative(value, row)

    def _too_coarse(self, step: float, value: float, row: Row) -> bool:
        """Return whether a number rounded to a step is too coarse to be worth printing."""
        unit = str(row["unit"])
        if row["estimand"] == "change_part":
            return step > _COARSEST_PART
        if unit in _ADDITIVE:
            return step > _COARSEST.get(unit, 0.1 * self.horizon)
        return step > abs(value) / 2

    def _relative(self, value: float, row: Row) -> float | None:
        """Return the step of a rate or ratio, which `base` events change in proportion."""
        size = self.size(row)
        if size is None:
            return None
        # A step of 0 is none: a ratio or rate of 0 has no counts to publish.
        step = abs(value) * self.base / self._fewest(row, size)
        return coarse(step) if step > 0 else None

    def _fewest(self, row: Row, size: float) -> float:
        """Return the fewest events, or people, that a number rests on."""
        events = _number(row["events"])
        if not _is(events) or row["estimand"] == "testing_rate":
            keys = [risk_key(row, str(row[arm])) for arm in ("arm", "reference") if row[arm] or arm == "arm"]
            known = [self.found.events.get(key, math.nan) for key in keys]
            events = min((one for one in known if _is(one)), default=size)
        return min(events, size)

    def _mean(self, row: Row) -> Numbers | None:
        value, size = _number(row["estimate"]), self.size(row)
        if size is None:
            return None
        step = coarse(2 * abs(value) * self.base / size)
        if _is(step) and step > abs(value) / 2:
            return None
        return {"estimate": to_step(value, step) if _is(step) else 0.0}

    def _quantile(self, row: Row) -> Numbers | None:
        size = self.size(row)
        if size is None:
            return None
        value = _number(row["estimate"])
        step = coarse(max(1.0, abs(value) * self.base / size)) if _is(value) else math.nan
        return {key: to_step(_number(row[key]), step) for key in ("estimate", "conf_low", "conf_high")}

    def _free(self, row: Row) -> Numbers | None:
        return {"estimate": _number(row["estimate"])}

    def contrast(self, row: Row, arms: tuple[Row, Row] | None) -> Numbers | None:
        """Return a contrast of two published shares, or of adjusted ones a rounded number.

        Parameters
        ----------
        row : dict
        arms : tuple of dict or None
            Published rows of the arm and of the reference; None where there are none.
        """
        if not _is(row["estimate"]):
            return EMPTY
        if row["population"] or arms is None:
            return self.of(row, FUNCTION)
        first, second = _interval_of(arms[0]), _interval_of(arms[1])
        if not (_is(first[0]) and _is(second[0])):
            return None
        difference = released_difference(first, second)
        if row["bound"]:
            # An end of a range has no interval.
            ratio = first[0] / second[0] if second[0] else math.nan
            ends = {"difference": difference[0], "ratio": ratio}
            return EMPTY | {"estimate": ends.get(str(row["statistic"]), math.nan)}
        if row["statistic"] == "difference":
            return EMPTY | interval(difference)
        if row["statistic"] == "ratio":
            return EMPTY | interval(released_ratio(first, second))
        return EMPTY | _needed(difference)


def _interval_of(row: Row) -> Interval:
    return (
        _number(row["estimate"]),
        _number(row["std_error"]),
        _number(row["conf_low"]),
        _number(row["conf_high"]),
    )


def arm_keys(row: Row) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """Return the keys of the rows of the two arms that a contrast compares, as `row_key` makes them."""
    own = row | {"statistic": "estimate", "reference": "", "unit": "probability"}
    # The lowest difference of two ranges is that of the lowest of the one and the highest of the other.
    end = _OTHER_END.get(str(row["bound"]), row["bound"])
    return row_key(own), row_key(own | {"arm": row["reference"], "bound": end})


def row_key(row: Row) -> tuple[object, ...]:
    """Return the key of a row, but for its method, in which missing days equal each other."""
    return tuple("" if row[name] != row[name] else row[name] for name in KEY if name != "method")


def interval(found: Interval) -> Numbers:
    """Return an estimate with its interval as the numbers of a row."""
    return dict(zip(("estimate", "std_error", "conf_low", "conf_high"), found, strict=True))


def _needed(difference: Interval) -> Numbers:
    """Return the number needed to treat; its limits where the interval holds no difference of 0."""
    value, _, low, high = difference
    if value == 0:
        return {}
    found = {"estimate": round(-1 / value, 1)}
    if _is(low) and _is(high) and low * high > 0:
        found |= {"conf_low": round(-1 / low, 1), "conf_high": round(-1 / high, 1)}
    return found


def _number(value: object) -> float:
    return float(value)  # type: ignore[arg-type]


def _is(value: object) -> bool:
    return math.isfinite(_number(value))
