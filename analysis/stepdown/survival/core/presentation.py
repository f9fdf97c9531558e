"""How fits and results are displayed: short text, the same as HTML, and a plot; never a person's row."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from stepdown.survival.core import plots
from stepdown.survival.core.category_coding import reference_lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_ROWS = 20
"""Rows of a table above which only the last row of each curve is shown."""
FACTS = (
    "kind", "method", "estimand", "transform", "n", "events", "competing", "cause", "robust", "correction",
    "conf", "per", "m", "statistic", "df", "p", "note", "level",
)  # fmt: skip


class Presented:
    """Text and HTML of a result that holds a `summary` or a `table`."""

    def __repr__(self) -> str:
        """Return the class, counts, method and key numbers."""
        return "\n".join([self._headline(), *self._remarks(), self._key_numbers().to_string()])

    def _repr_html_(self) -> str:
        lines = "<br>".join(html.escape(line) for line in [self._headline(), *self._remarks()])
        return f"<p>{lines}</p>{self._key_numbers().to_html(border=0)}"

    def _numbers(self) -> pd.DataFrame:
        found = getattr(self, "summary", None)
        result: pd.DataFrame = self.table if found is None else found  # type: ignore[attr-defined]
        return result

    def _key_numbers(self) -> pd.DataFrame:
        table = self._numbers()
        if len(table) <= MOST_ROWS:
            return table
        keys = [name for name in ("arm", "cause", "state") if name in table]
        return table.groupby(keys, sort=False).tail(1) if keys else table.tail(1)

    def _headline(self) -> str:
        facts = [f"{name} {self._fact(name)}" for name in FACTS if self._fact(name) not in ("", "None")]
        arms = getattr(self, "arms", ())
        people = getattr(getattr(self, "sample", None), "size", None)
        facts = ([] if people is None else [f"n {people:,}"]) + facts
        facts += [f"{len(arms)} arms"] if len(arms) > 1 else []
        rows = len(self._numbers())
        return f"{type(self).__name__}: {', '.join(facts) or f'{rows} row' + 's' * (rows != 1)}"

    def _fact(self, name: str) -> str:
        value = getattr(self, name, None)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        return f"{value:,.4g}" if isinstance(value, float) else f"{value:,}"

    def _remarks(self) -> list[str]:
        references = getattr(self, "references", {})
        return [*reference_lines(references), *(f"Warning: {text}" for text in getattr(self, "warnings", ()))]


class Plotted(Presented):
    """Text, HTML and plot of a result with estimates and intervals."""

    _axis: ClassVar[str] = "Estimate"
    _line: ClassVar[str] = ""

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the estimates with their confidence intervals.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes to draw on; new ones where not given.

        Returns
        -------
        matplotlib Axes
        """
        table = self._drawn()
        if self._line:
            return plots.plot_curves(table, ax, step=self._line == "step", ylabel=self._axis)
        point = next(name for name in ("hazard_ratio", "rate", "estimate") if name in table)
        prefix, label = ("hazard_ratio", "Hazard ratio") if point == "hazard_ratio" else ("conf", self._axis)
        columns = (point, f"{prefix}_low", f"{prefix}_high")
        return plots.plot_intervals(table, ax, columns=columns, xlabel=label)

    def _drawn(self) -> pd.DataFrame:
        return self._numbers()
