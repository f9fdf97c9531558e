"""Numbers that follow from published ones: computed again from these, so that they hold nothing else."""

import math
from collections.abc import Iterator, Mapping, Sequence

from stepdown.release.belonging_rows import Row
from stepdown.release.released_charts import chart_numbers
from stepdown.release.released_contrasts import contrast_numbers
from stepdown.release.released_numbers import Numbers
from stepdown.release.released_sites import site_numbers

Published = list[Numbers | None]


def derived(
    rows: Sequence[Row], published: Published, *, primary: str, seed: int
) -> tuple[Mapping[int, Numbers | None], list[Row]]:
    """Return the derived numbers of rows by place, and the rows of charts, which are made anew.

    Parameters
    ----------
    rows : sequence of dict
        All rows with their true numbers.
    published : list
        What is published of each: None of a hidden row, an empty mapping of one that is left out.
    primary : str
        Key of the primary comparison.
    seed : int
        Of the study, for ranks.
    """
    shown = [_with_numbers(row, one) for row, one in zip(rows, published, strict=True)]
    numbers: dict[int, Numbers | None] = {}
    numbers |= dict(site_numbers(rows, shown, seed=seed))
    numbers |= dict(contrast_numbers(rows, shown, primary=primary))
    changed, charts = chart_numbers(rows, shown)
    return numbers | changed, charts


def _with_numbers(row: Row, numbers: Numbers | None) -> Row:
    """Return a row as it is published; one without numbers where they are hidden."""
    hidden = dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high", "n", "events"), math.nan)
    return row | hidden | (numbers or {})


def same_numbers(rows: Sequence[Row], published: Published) -> Iterator[tuple[int, Numbers | None]]:
    """Yield, for other answers to a question, what is published of the same number elsewhere.

    The analyses of sensitivity and the simple comparison repeat differences of the comparisons; no number is
    published in two versions.

    Parameters
    ----------
    rows : sequence of dict
    published : list
    """
    held: dict[tuple[object, ...], Numbers | None] = {}
    for row, one in zip(rows, published, strict=True):
        about = row["estimand"] == "risk" and row["reference"] and row["analysis"] not in _REPEATING
        if about and row["statistic"] in ("difference", "ratio") and one != {} and _same(row) is not None:
            held.setdefault(_same(row) or (), one)
    for place, row in enumerate(rows):
        repeats = row["analysis"] in _REPEATING and row["estimand"] in ("risk", "specification")
        if repeats and _same(row) in held:
            yield place, held[_same(row) or ()]


_REPEATING = ("sensitivity", "simple_comparison")


def _same(row: Row) -> tuple[object, ...] | None:
    """Return what makes a difference or ratio the same: its arms, its day and its unrounded numbers."""
    numbers = [float(row[name]) for name in ("estimate", "conf_low")]  # type: ignore[arg-type]
    if not math.isfinite(numbers[0]):
        return None
    rounded = [round(one, 12) if math.isfinite(one) else "" for one in numbers]
    return row["arm"], row["reference"], row["time"], row["statistic"], *rounded
