"""The frequency table of a file in the shape of SAMHSA's codebook."""

import numpy as np
import pandas as pd

from stepdown.sources.teds_d.public_use_file import TedsDischarges
from stepdown.sources.teds_d.variables import MISSING, MISSING_LABEL, variables

NOT_LISTED = "Not in the code list"


def frequency_table(discharges: TedsDischarges) -> pd.DataFrame:
    """Return how many discharges have each code of each variable.

    Parameters
    ----------
    discharges : TedsDischarges
        As of `read_teds_d`.

    Returns
    -------
    DataFrame
        `variable`, `variable_label`, `code`, `label`, `frequency` and `percent` (of all discharges, one
        decimal), in the order of the codebook of 2019: each of its codes, also with frequency 0, then -9,
        then other codes of the file. The frequencies of a variable add up to all discharges. Variables that
        the file lacks, and numbers without codes, are left out.
    """
    table = discharges.table
    rows: list[tuple[str, str, int, str, int]] = []
    for variable in variables():
        codes = {year: str(year) for year in discharges.years} if variable.name == "DISYR" else variable.codes
        if variable.name not in table or not codes:
            continue
        column = table[variable.name].array
        values = np.asarray(column.to_numpy(dtype=np.int64, na_value=MISSING))
        found, counts = np.unique(values, return_counts=True)
        many = dict(zip(found.tolist(), counts.tolist(), strict=True))
        labels = {**codes}
        if variable.missing or MISSING in many:
            labels[MISSING] = variable.missing or MISSING_LABEL
        labels |= {code: variable.more_codes.get(code, NOT_LISTED) for code in many if code not in labels}
        rows += [
            (variable.name, variable.label, code, label, many.get(code, 0)) for code, label in labels.items()
        ]
    frame = pd.DataFrame(rows, columns=["variable", "variable_label", "code", "label", "frequency"])
    return frame.assign(percent=(100 * frame["frequency"] / max(len(table), 1)).round(1))
