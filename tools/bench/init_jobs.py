"""The jobs of `stepdown init`: a large text file and a large workbook, from the files to a project."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

CSV, WORKBOOK = "log.csv", "log.xlsx"


def discharge_log(rows: int, columns: int) -> pd.DataFrame:
    """Return a discharge log with dates, an indicator and, up to so many columns, numbers and categories."""
    rng = np.random.default_rng(1)
    left = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, rows), "D")
    relapsed = rng.random(rows) < 0.4
    days = {
        "admit_date": left - pd.to_timedelta(rng.integers(7, 60, rows), "D"),
        "discharge_date": left,
        "iop_start": (left + pd.to_timedelta(rng.integers(1, 20, rows), "D")).where(rng.random(rows) < 0.5),
        "relapse_date": (left + pd.to_timedelta(rng.integers(1, 90, rows), "D")).where(relapsed),
        "last_contact": left + pd.to_timedelta(rng.integers(90, 200, rows), "D"),
    }
    frame = pd.DataFrame(
        {
            "client_id": np.arange(1, rows + 1),
            **{name: pd.Series(day).dt.strftime("%m/%d/%Y") for name, day in days.items()},
            "relapsed": np.where(relapsed, "Y", "N"),
            "age": rng.integers(18, 80, rows),
            "sex": rng.choice(["M", "F"], rows),
        }
    )
    more = range(columns - frame.shape[1])
    values = [
        rng.integers(0, 5, rows) if one % 2 else rng.choice(["low", "mid", "high"], rows) for one in more
    ]
    return frame.assign(**{f"item_{one}": value for one, value in zip(more, values, strict=True)})


def write_log(folder: Path, name: str, *, rows: int, columns: int) -> None:
    """Write a discharge log as text or as a workbook."""
    frame = discharge_log(rows, columns)
    if name == CSV:
        frame.to_csv(folder / name, index=False)
    else:
        from openpyxl import Workbook

        book = Workbook(write_only=True)
        sheet = book.create_sheet("Log")
        sheet.append(list(frame))
        for row in frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None):
            sheet.append(row)
        book.save(folder / name)


def new_project(folder: Path, done: Callable[[str], None]) -> None:
    """Start a project from the only log of a folder."""
    from stepdown.sources import create_project

    (path,) = folder.glob("log.*")
    done("import")
    create_project(path, folder / "project", basis="own_operations")
    done("init")


def identifier_check(folder: Path, done: Callable[[str], None]) -> None:
    """Run the identifier check over 1,000 columns of 45 rows."""
    import pyarrow as pa

    from stepdown.identifiers import scan

    columns = {
        f"SomeField_{place}_txt": pa.chunked_array([pa.array([f"{row + place}" for row in range(45)])])
        for place in range(1_000)
    }
    done("import")
    scan(columns, basis="safe_harbor")
    done("check")
