"""The workbook of a public report holds the results of results.csv."""

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd

EXAMPLE = Path(__file__).resolve().parents[2] / "reports" / "example"


def test_all_results_are_those_of_the_table() -> None:
    # What its other sheets hold: `cells_from_the_table` of tools/validation/public_counts.py.
    book = openpyxl.load_workbook(EXAMPLE / "results.xlsx", read_only=True)
    results = pd.read_csv(EXAMPLE / "results.csv", low_memory=False)
    head, *kept = book["All results"].iter_rows(values_only=True)
    sheet = pd.DataFrame(kept, columns=[str(name) for name in head])
    assert len(sheet) == len(results)
    for name in ("estimate", "std_error", "conf_low", "conf_high", "n", "events"):
        np.testing.assert_allclose(sheet[name].astype(float), results[name].astype(float), rtol=1e-9)
