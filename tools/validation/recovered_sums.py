"""Sums of draws by what the gates found of them, read with their cells and selections."""

from pathlib import Path

import pandas as pd

from tools.validation.draw_sums import read_sums, summary_of


def recovered(folder: Path) -> pd.DataFrame:
    """Return bias and coverage of each cell whose sums a folder holds, by method and selection.

    Returns
    -------
    DataFrame
        `world, effect, n, sites, method, selected`, and the columns of `summary_of` with `estimates`.
    """
    parts = []
    for path in sorted(folder.glob("*.csv"), key=_order):
        world, effect, n, sites = path.stem.split("_")
        sums = read_sums(path)[1]
        found = summary_of(sums).assign(estimates=sums["estimates"].astype(int)).reset_index()
        named = found["method"].str.rsplit("/", n=1, expand=True)
        found = found.assign(method=named[0], selected=named[1])
        parts.append(found.assign(world=world, effect=effect, n=int(n), sites=int(sites)))
    return pd.concat(parts, ignore_index=True)


def _order(path: Path) -> tuple[int, int, str]:
    _, _, n, sites = path.stem.split("_")
    return -int(n), int(sites), path.stem
