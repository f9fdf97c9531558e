"""What follows from published contrasts: E-values, tests of subgroups, verdicts on margins, calibration."""

import math
from collections.abc import Iterator, Mapping, Sequence

from stepdown.checks.empirical_calibration import FEWEST, calibrated, systematic_error
from stepdown.compare.sensitivity import e_value, risk_ratio_of, strength_needed
from stepdown.compare.subgroups import heterogeneity, holm, shrunken_effects, within_margin
from stepdown.release.belonging_rows import Row
from stepdown.release.released_numbers import Numbers
from stepdown.release.rounding import Z, released_p_value

_LIMITS = ("estimate", "conf_low", "conf_high")
_HOLM = "Holm"


def contrast_numbers(
    rows: Sequence[Row], shown: Sequence[Row], *, primary: str
) -> Iterator[tuple[int, Numbers | None]]:
    """Yield the numbers that follow from published contrasts, by place.

    Parameters
    ----------
    rows, shown : sequence of dict
        All rows with their true numbers, and with the published ones.
    primary : str
        Key of the primary comparison.
    """
    yield from _subgroups(shown)
    for place, row in enumerate(rows):
        if row["statistic"] == "not_estimated":
            continue
        if row["estimand"] == "e_value":
            yield place, _e_value(row, shown)
        elif row["estimand"] == "strength_needed":
            yield place, _strength(row, _ratio(row, shown, primary))
        elif row["statistic"] == "within":
            yield place, _within(row, rows, shown)
        elif row["estimand"] == "calibrated_ratio":
            yield place, _calibrated(row, shown, primary)


def _ratio(row: Row, shown: Sequence[Row], analysis: str) -> Row | None:
    """Return the published risk ratio of two arms, the adjusted one where there is one."""
    found = [
        one for one in shown
        if one["analysis"] == analysis and one["estimand"] == "risk" and one["statistic"] == "ratio"
        and one["time"] == row["time"] and not one["variant"] and not one["bound"]
        and (one["arm"], one["reference"]) == (row["arm"], row["reference"])
    ]  # fmt: skip
    found = [one for one in found if one["population"]] or found
    return found[0] if found and math.isfinite(_number(found[0]["estimate"])) else None


def _e_value(row: Row, shown: Sequence[Row]) -> Numbers | None:
    if "hazard" in str(row["method"]):
        found = [
            one for one in shown
            if one["estimand"] == "hazard_ratio" and one["analysis"] == row["analysis"]
            and (one["term"], one["level"], one["variant"]) == (row["term"], row["level"], "")
        ]  # fmt: skip
        ratio = found[0] if found and math.isfinite(_number(found[0]["estimate"])) else None
    else:
        ratio = _ratio(row, shown, str(row["analysis"]))
    if ratio is None or _number(ratio["estimate"]) <= 0:
        return None
    numbers = [_number(ratio[name]) for name in _LIMITS]
    if "hazard" in str(row["method"]):
        numbers = [risk_ratio_of(one) if math.isfinite(one) else one for one in numbers]
    value = e_value(*numbers)
    return {"estimate": value.estimate if row["statistic"] == "estimate" else value.limit}


def _strength(row: Row, ratio: Row | None) -> Numbers | None:
    if ratio is None:
        return None
    value, low, high = (_number(ratio[name]) for name in _LIMITS)
    if row["statistic"] == "limit":
        if not math.isfinite(low) or not math.isfinite(high):
            return None
        value = 1.0 if low <= 1 <= high else low if value >= 1 else high
    needed = strength_needed(value, float(str(row["level"])))
    return {"estimate": needed if math.isfinite(needed) else math.nan}


def _within(row: Row, rows: Sequence[Row], shown: Sequence[Row]) -> Numbers | None:
    """Return whether the published interval of the primary comparison lies within the margin."""
    pair = ("arm", "reference", "time")
    margin = next(
        (
            _number(one["estimate"])
            for one in rows
            if one["statistic"] == "margin" and all(one[name] == row[name] for name in (*pair, "term"))
        ),
        math.nan,
    )
    same = [
        shown[place]
        for place, one in enumerate(rows)
        if one["estimand"] == row["term"] and all(one[name] == row[name] for name in (*pair, "method"))
        and one["statistic"] in ("difference", "ratio") and not one["variant"] and not one["bound"]
        and one["conf_low"] == row["conf_low"] and one["conf_high"] == row["conf_high"]
    ]  # fmt: skip
    if not same or not math.isfinite(_number(same[0]["conf_low"])):
        return None
    low, high = (_number(same[0][name]) for name in ("conf_low", "conf_high"))
    worse = {"rmst": "lower"}.get(str(row["term"]), "higher") if row["estimand"] == "non_inferiority" else ""
    scale = "ratio" if same[0]["statistic"] == "ratio" else "difference"
    met = within_margin(low, high, margin, scale=scale, worse=worse)  # type: ignore[arg-type]
    return {"estimate": math.nan if met is None else float(met), "conf_low": low, "conf_high": high}


def _subgroups(shown: Sequence[Row]) -> Iterator[tuple[int, Numbers | None]]:
    """Yield shrunken effects and tests of interaction of the published effects."""
    mine = [(place, row) for place, row in enumerate(shown) if row["analysis"] == "subgroups"]
    effects: dict[tuple[object, ...], list[Row]] = {}
    for _, row in mine:
        plain = row["estimand"] == "risk" and row["statistic"] == "difference" and not row["variant"]
        if plain and math.isfinite(_number(row["std_error"])):
            effects.setdefault((row["subgroup"], row["arm"]), []).append(row)
    tests = {key: heterogeneity(*_columns(found)) for key, found in effects.items()}
    for place, row in mine:
        held = effects.get((row["subgroup"], row["arm"]), [])
        if row["estimand"] == "risk" and row["variant"]:
            near = dict(zip((one["level"] for one in held), _near(held), strict=False))
            yield place, {"estimate": near[row["level"]]} if row["level"] in near else None
        elif row["estimand"] == "interaction" and row["statistic"] != "not_estimated":
            yield place, _interaction(row, tests)


def _columns(found: Sequence[Row]) -> tuple[list[float], list[float]]:
    return [_number(row["estimate"]) for row in found], [_number(row["std_error"]) for row in found]


def _near(found: Sequence[Row]) -> list[float]:
    return [float(one) for one in shrunken_effects(*_columns(found))] if len(found) > 1 else []


def _interaction(row: Row, tests: Mapping[tuple[object, ...], object]) -> Numbers | None:
    test = tests.get((row["subgroup"], row["arm"]))
    if test is None or not test.degrees:  # type: ignore[attr-defined]
        return None
    if row["statistic"] == "p_value" and row["method"] == _HOLM:
        own = [key for key in tests if key[1] == row["arm"]]
        adjusted = holm([tests[key].p for key in own])  # type: ignore[attr-defined]
        return {"estimate": released_p_value(float(adjusted[own.index((row["subgroup"], row["arm"]))]))}
    value = {"statistic": "statistic", "df": "degrees", "p_value": "p"}[str(row["statistic"])]
    found = float(getattr(test, value))
    return {"estimate": released_p_value(found) if value == "p" else found}


def _calibrated(row: Row, shown: Sequence[Row], primary: str) -> Numbers | None:
    """Return the calibrated ratio, from the published ratios of the negative controls."""
    controls = [
        one for one in shown
        if one["estimand"] == "negative_control" and one["statistic"] == "ratio" and one["term"] == "outcome"
        and (one["arm"], one["reference"]) == (row["arm"], row["reference"])
        and math.isfinite(_log_error(one))
    ]  # fmt: skip
    ratio = _ratio(row, shown, primary)
    if len(controls) < FEWEST or ratio is None or not math.isfinite(_log_error(ratio)):
        return None
    error = systematic_error(
        [math.log(_number(one["estimate"])) for one in controls], [_log_error(one) for one in controls]
    )
    found = calibrated(math.log(_number(ratio["estimate"])), _log_error(ratio), error)
    return {
        "ratio": {"estimate": found.ratio, "conf_low": found.low, "conf_high": found.high},
        "p_value": {"estimate": released_p_value(found.p)},
        "mean": {"estimate": error.mean},
        "sd": {"estimate": error.spread},
    }[str(row["statistic"])]


def _log_error(row: Row) -> float:
    low, high = _number(row["conf_low"]), _number(row["conf_high"])
    return math.log(high / low) / (2 * Z) if low > 0 and math.isfinite(high) and high > low else math.nan


def _number(value: object) -> float:
    return float(value)  # type: ignore[arg-type]
