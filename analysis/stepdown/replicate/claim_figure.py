"""The columns of one claim, or all claims, as a forest plot."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stepdown.display.drawing import Picture
from stepdown.display.style import INK, POINTS, SMALL, brief, drawing, forest_sheet
from stepdown.replicate.claim import RATIOS, Claim
from stepdown.replicate.claim_columns import INTERVAL
from stepdown.replicate.claim_finding import CITED, DONE_RIGHT, NO_EFFECT, REAL, REBUILT, ClaimFinding
from stepdown.replicate.claim_words import LABELS, by_selection, figures, shown, typical
from stepdown.replicate.replication import ClaimResult
from stepdown.replicate.worlds.selection import SELECTION

ROW, NAMES, HEAD = 15.0, 172.0, 8.0
COLORS = {
    CITED: "#1a1a1a", REBUILT: "#0072b2", NO_EFFECT: "#d55e00", DONE_RIGHT: "#009e73", REAL: "#a85c8a",
}  # fmt: skip
MARKERS = {CITED: "s", REBUILT: "o", NO_EFFECT: "D", DONE_RIGHT: "^", REAL: "v"}
RATIO, SHARE, RANK = "Ratio (log scale)", "Share, or difference of shares", "Rank (1 is the strongest)"
_SMALLEST, _LARGEST, WIDE = 0.2, 6.0, 8.0


@dataclass(frozen=True, kw_only=True)
class ForestLine:
    """One line of a forest plot.

    Attributes
    ----------
    label, column : str
        Name, and the column of the claim, which decides the look; an empty column is a heading.
    value, low, high : float
        Estimate and limits.
    """

    label: str
    column: str = ""
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan


def claim_picture(result: ClaimResult, *, width: float = 5.6) -> Picture | None:
    """Draw every column of a claim under one another; None where nothing has a number.

    Parameters
    ----------
    result : ClaimResult
        Of `replicate_claims`.
    width : float
        Inches.
    """
    lines = [*_of_cited(result), *_of_simulated(result), *_of_data(result)]
    if not any(math.isfinite(one.value) for one in lines):
        return None
    claim = result.claim
    alt = "; ".join(f"{one.label}: {_numbers(one)}" for one in lines if math.isfinite(one.value))
    return Picture(
        figure=_drawn(lines, scale=_scale_of(claim), width=width),
        title=f"{claim.id}: the figure as cited, rebuilt, without an effect, and in data",
        subtitle="Marks with their 95% intervals; of replicates, the middle 95% of estimates.",
        alt=f"{alt}.",
    )


def all_claims_picture(
    results: Sequence[ClaimResult], *, ratios: bool = True, width: float = 5.6
) -> Picture | None:
    """Draw of every claim that is a ratio, or a share, the figure, the design alone, and real data.

    Parameters
    ----------
    results : sequence of ClaimResult
        Of `replicate_claims`.
    ratios : bool
        Claims that are ratios; else those that are shares.
    width : float
        Inches.
    """
    measures = RATIOS if ratios else ("proportion", "share_of_events", "attributable_share")
    lines: list[ForestLine] = []
    for result in results:
        claim = result.claim
        if claim.measure not in measures or not math.isfinite(claim.target):
            continue
        own = [*_of_cited(result)[:1]]
        three, null = by_selection(result), typical(result)
        if three:
            own += [_line(f"design alone, {one.variant}", NO_EFFECT, one) for one in three]
        elif null is not None:
            own.append(_line("design alone, no effect", NO_EFFECT, null))
        own += _of_data(result)
        lines += [ForestLine(label=claim.id), *own]
    if not lines:
        return None
    alt = "; ".join(f"{one.label}: {_numbers(one)}" if one.column else one.label for one in lines)
    return Picture(
        figure=_drawn(lines, scale=RATIO if ratios else SHARE, width=width),
        title=f"All {'ratios' if ratios else 'shares'}: as cited, by design alone, and in real data",
        subtitle=(
            "Black: the figure as cited. Orange: what the same comparison gives without any effect"
            f"{', by how strongly clients are selected' if ratios else ''}. Purple: data, of which synthetic "
            "ones give no verdict."
        ),
        alt=f"{alt}.",
    )


def _numbers(one: ForestLine) -> str:
    limits = f" ({shown(one.low)} to {shown(one.high)})" if math.isfinite(one.low) else ""
    return f"{shown(one.value)}{limits}"


def _line(label: str, column: str, one: ClaimFinding) -> ForestLine:
    return ForestLine(label=label, column=column, value=one.estimate, low=one.low, high=one.high)


def _of_cited(result: ClaimResult) -> list[ForestLine]:
    names = {"": "as cited", INTERVAL: "interval at the stated n"}
    return [
        _line(names.get(one.variant, one.variant), CITED, _within(result.claim, one))
        for one in figures(result, CITED) if one.shown
    ]  # fmt: skip


def _within(claim: Claim, one: ClaimFinding) -> ClaimFinding:
    """Return a cited range that can be drawn: an open end of a ratio is at 0.2 or 6."""
    low = one.low if one.low > 0 or claim.measure not in RATIOS else _SMALLEST
    high = min(one.high, _LARGEST) if claim.measure in RATIOS else one.high
    return ClaimFinding(claim=one.claim, column=one.column, estimate=one.estimate, low=low, high=high)


def _of_simulated(result: ClaimResult) -> list[ForestLine]:
    found = [_line("rebuilt", REBUILT, one) for one in figures(result, REBUILT) if one.shown]
    for one in figures(result, NO_EFFECT):
        if one.shown:
            known = one.variant in SELECTION
            found.append(_line(f"no effect, {one.variant}" if known else one.variant, NO_EFFECT, one))
    for one in result.of(DONE_RIGHT):
        if one.shown and one.quantity == "figure":
            label = LABELS.get(one.variant, one.variant)
            found.append(_line(label[:1].lower() + label[1:], DONE_RIGHT, one))
    return found


def _of_data(result: ClaimResult) -> list[ForestLine]:
    return [
        _line(one.variant, REAL, one)
        for one in figures(result, REAL) if one.shown and ", " not in one.variant
    ]  # fmt: skip


def _scale_of(claim: Claim) -> str:
    """Return the label of the axis of a claim."""
    if claim.measure in RATIOS:
        return RATIO
    return RANK if claim.measure == "ranking" else SHARE


def _drawn(lines: Sequence[ForestLine], *, scale: str, width: float) -> Figure:
    with drawing():
        fig, axes = forest_sheet(width=width, rows=len(lines), row=ROW, names=NAMES, head=HEAD)
        if scale == RATIO:
            axes.set_xscale("log")
            axes.axvline(1, color=INK, linewidth=0.8)
        for place, one in enumerate(lines):
            _name(fig, place, one)
            if one.column and math.isfinite(one.value):
                _mark(axes, place, one)
        ends = [value for one in lines for value in (one.value, one.low, one.high) if math.isfinite(value)]
        _set_scale(axes, ends, scale)
    return fig


def _set_scale(axes: Axes, ends: Sequence[float], scale: str) -> None:
    low, high = min(ends), max(ends)
    axes.set_xlabel(scale, fontsize=SMALL, color=INK)
    if scale == RANK:
        ticks = [float(rank) for rank in range(1, math.ceil(high) + 1)]
        low, high = 0.8, max(ticks) + 0.2
    elif scale == RATIO:
        low, high = min(low, 1.0) / 1.15, max(high, 1.0) * 1.15
        few, more = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0), (0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0)
        steps = few if high / low > WIDE else more
        ticks = [one for one in steps if low <= one <= high]
    else:
        margin = max((high - low) * 0.08, 0.02)
        low, high = low - margin, high + margin
        ticks = [one / 10 for one in range(-10, 11) if low <= one / 10 <= high]
    axes.set_xlim(low, high)
    axes.set_xticks(ticks, [f"{one:g}" for one in ticks])
    axes.minorticks_off()


def _name(fig: Figure, place: int, one: ForestLine) -> None:
    wide, high = (size * POINTS for size in fig.get_size_inches())
    y = (high - HEAD - ROW * (place + 0.5)) / high
    text = brief(one.label, points=NAMES - 8, size=SMALL)
    weight = "normal" if one.column else "bold"
    fig.text(4 / wide, y, text, fontsize=SMALL, color=INK, va="center", fontweight=weight)


def _mark(axes: Axes, place: int, one: ForestLine) -> None:
    color = COLORS[one.column]
    if math.isfinite(one.low) and math.isfinite(one.high):
        axes.plot([one.low, one.high], [place, place], color=color, linewidth=1.6, solid_capstyle="butt")
    axes.plot([one.value], [place], marker=MARKERS[one.column], color=color, markersize=5, linestyle="none")
